<?php

namespace Candor\Wire\Routes;

use Candor\Quota;
use Candor\Store\Conversations;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\Fields;
use Candor\Wire\Paging;

/** `GET, POST conversations` and `GET, PATCH, DELETE conversations/{id}`. */
final class ConversationRoutes extends Route
{
    /** How many conversations a page has where nobody says, and at most. */
    private const USUAL_PAGE = 50;
    private const LARGEST_PAGE = 100;

    /** The most characters that are searched for, and of a title. */
    private const MAX_SEARCH_CHARS = 200;
    private const MAX_TITLE_CHARS = 120;

    public function list(): Answer
    {
        $conversations = $this->conversations();
        $limit = Paging::limit($this->at->request, self::USUAL_PAGE, self::LARGEST_PAGE);
        $search = str_replace("\0", '', $this->at->request->query('search') ?? '');
        if (mb_strlen($search) > self::MAX_SEARCH_CHARS) {
            throw ApiProblem::invalid('The query search may have ' . self::MAX_SEARCH_CHARS . ' characters at most.');
        }
        if ($search !== '') {
            (new Quota($this->at->settings, $this->at->database))->count('searches');
        }
        return Answer::json($conversations->page(Paging::before($this->at->request), $limit, $search));
    }

    public function create(): Answer
    {
        $conversations = $this->conversations();
        if ($this->at->settings->keepsInBrowser()) {
            throw new ApiProblem('not_kept', 409);
        }
        $fields = Fields::of($this->at->request);
        $key = Fields::idempotencyKey($this->at->request);
        $title = $fields->text('title');
        $fields->nothingElse();
        (new Quota($this->at->settings, $this->at->database))->count('conversations');
        return Answer::json($conversations->create($title === null ? '' : self::title($title), $key), 201);
    }

    /** @param array<string, string> $path */
    public function show(array $path): Answer
    {
        return Answer::json($this->conversations()->one(self::id($path)));
    }

    /** @param array<string, string> $path */
    public function change(array $path): Answer
    {
        $conversations = $this->conversations();
        $fields = Fields::of($this->at->request);
        $title = $fields->text('title');
        $unread = $fields->flag('unread');
        $fields->nothingElse();
        if ($title === null && $unread === null) {
            throw ApiProblem::invalid('The field title or unread is missing.');
        }
        $title = $title === null ? null : self::title($title);
        return Answer::json($conversations->change(self::id($path), $title, $unread));
    }

    /** @param array<string, string> $path */
    public function delete(array $path): Answer
    {
        $this->conversations()->delete(self::id($path));
        return Answer::nothing();
    }

    /**
     * The id in an address. What is no id is not asked for: a collation of the database's would find it all the same.
     *
     * @param array<string, string> $path
     */
    public static function id(array $path): string
    {
        if (!preg_match('/^c_[0-9a-f]{32}$/D', $path['conversation'])) {
            throw ApiProblem::notFound();
        }
        return $path['conversation'];
    }

    private function conversations(): Conversations
    {
        return new Conversations($this->at->database, $this->at->visitor()->id, $this->at->assistant->id);
    }

    private static function title(string $title): string
    {
        $title = Fields::trimmed($title);
        if ($title === '') {
            throw ApiProblem::invalid('The field title must not be empty.');
        }
        if (mb_strlen($title) > self::MAX_TITLE_CHARS) {
            throw ApiProblem::invalid('The field title may have ' . self::MAX_TITLE_CHARS . ' characters at most.');
        }
        if (preg_match('/[\x{00}-\x{1F}\x{7F}-\x{9F}]/u', $title)) {
            throw ApiProblem::invalid('The field title must be one line.');
        }
        return $title;
    }
}
