<?php

namespace Candor\Wire\Routes;

use Candor\Limits;
use Candor\Provider\Providers;
use Candor\Quota;
use Candor\Reply\Context;
use Candor\Reply\Follower;
use Candor\Reply\TableStorage;
use Candor\Store\Message;
use Candor\Store\Messages;
use Candor\Store\Replies;
use Candor\Store\Turn;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\Fields;
use Candor\Wire\Paging;

/** Messages of a conversation, and the reply to each: begun with it, taken up again, asked for again, stopped. */
final class MessageRoutes extends Route
{
    use FindsMessages;
    use TellsReplies;

    /** How many messages a page has where nobody says, and at most. */
    private const USUAL_PAGE = 50;
    private const LARGEST_PAGE = 200;

    /** @param array<string, string> $path */
    public function list(array $path): Answer
    {
        $messages = $this->messages($path);
        $limit = Paging::limit($this->at->request, self::USUAL_PAGE, self::LARGEST_PAGE);
        [$page, $next] = $messages->page(Paging::before($this->at->request), $limit);
        $replies = new Replies($this->at->database);
        foreach ($page as $at => $message) {
            if ($message->status === 'streaming') {
                // Its process may be gone: looking finds that out.
                $page[$at] = $replies->find($message->id) ?? $message;
            }
        }
        $told = array_map(function (Message $message): array {
            return $message->forVisitor($this->at->settings->diagnostics());
        }, $page);
        return Answer::json(['messages' => $told] + ($next === null ? [] : ['next' => $next]));
    }

    /** @param array<string, string> $path */
    public function create(array $path): Answer
    {
        $messages = $this->messages($path);
        $key = Fields::idempotencyKey($this->at->request);
        $isRehearsal = $this->isRehearsal();
        $content = self::content(Fields::of($this->at->request), $this->at->settings->number('message_chars'));
        $known = $messages->known($key, $content);
        if ($known !== null) {
            return $this->tell($known, $this->follower());
        }
        $this->at->holdWorker();
        $quota = $this->quota($isRehearsal);
        $context = null;
        $turn = $messages->begin($content, $key, $quota->atOnce(), $this->counting($messages, $quota, $isRehearsal, $context));
        return $turn->isNew
            ? $this->write($turn, $this->storage($messages), $context, $quota, $isRehearsal)
            : $this->tell($turn, $this->follower());
    }

    /** @param array<string, string> $path */
    public function follow(array $path): Answer
    {
        return $this->tell($this->messages($path)->turn(self::messageId($path)), $this->follower());
    }

    /** @param array<string, string> $path */
    public function retry(array $path): Answer
    {
        $messages = $this->messages($path);
        $isRehearsal = $this->isRehearsal();
        $turn = $messages->turn(self::messageId($path));
        if ($turn->reply->status === 'complete' && $messages->isUnread($turn->reply)) {
            // Nobody could follow it to its end, as where all workers were busy: whoever asks again wants to read it.
            return $this->tell($turn, $this->follower());
        }
        $this->at->holdWorker();
        $quota = $this->quota($isRehearsal);
        $context = null;
        $counting = $this->counting($messages, $quota, $isRehearsal, $context);
        $turn = $messages->beginAgain(self::messageId($path), $quota->atOnce(), $counting);
        return $this->write($turn, $this->storage($messages), $context, $quota, $isRehearsal);
    }

    /**
     * One that has ended already is left as it is.
     *
     * @param array<string, string> $path
     */
    public function stop(array $path): Answer
    {
        $replies = new Replies($this->at->database);
        $reply = $this->messages($path)->turn(self::messageId($path))->reply;
        $replies->stop($reply->id);
        $this->holdForStop($reply);
        while (($reply = $replies->find($reply->id)) !== null && $reply->status === 'streaming') {
            usleep(50000);
        }
        return Answer::nothing();
    }

    /** What a visitor has written, checked. */
    public static function content(Fields $fields, int $most): string
    {
        $role = $fields->text('role');
        if ($role !== null && $role !== 'user') {
            throw new ApiProblem('invalid_request', 400, 'A visitor writes as user; no other role is accepted.');
        }
        $content = $fields->text('content');
        if ($content === null) {
            throw ApiProblem::invalid('The field content is missing.');
        }
        $fields->nothingElse();
        if (trim($content) === '' || preg_match('/^\s*$/u', $content)) {
            throw ApiProblem::invalid('The field content must not be empty.');
        }
        if (mb_strlen($content) > $most) {
            $detail = "Your message is kept. It may have $most characters at most.";
            throw new ApiProblem('body_too_large', 413, $detail);
        }
        return $content;
    }

    /** What a new reply is counted by. A rehearsal is not. */
    private function quota(bool $isRehearsal): Quota
    {
        $quota = new Quota($this->at->settings, $this->at->database, $this->at->visitor()->id, $this->at->assistant->model());
        if (!$isRehearsal) {
            $quota->open();
        }
        return $quota;
    }

    /**
     * Counts a reply in the transaction that begins it, and says what is sent with its question.
     *
     * @param Context|null $context Is set then.
     * @return callable(Turn): void
     */
    private function counting(Messages $messages, Quota $quota, bool $isRehearsal, ?Context &$context): callable
    {
        $sendsReasoning = !$isRehearsal && Providers::of($this->at->settings)->sendsReasoning($this->at->assistant->model());
        return function (Turn $turn) use ($messages, $quota, $isRehearsal, $sendsReasoning, &$context): void {
            $said = self::said($messages->upTo($turn->message));
            $context = new Context($said, new Limits($this->at->settings), $this->at->visitorLanguage(), $sendsReasoning);
            if (!$isRehearsal) {
                $quota->answer($context->tokens($this->at->assistant->instructions()));
            }
        };
    }

    private function storage(Messages $messages): TableStorage
    {
        return new TableStorage(new Replies($this->at->database), $messages);
    }

    /** The site keeps its answers itself. */
    protected function signature(Turn $turn, Message $reply): array
    {
        return [];
    }

    private function follower(): Follower
    {
        return Follower::ofTable(new Replies($this->at->database));
    }

    /**
     * The site's own record of what was said. A question that failed, without a word of an answer, is left out: each later one
     * might fail with it.
     *
     * @param Message[] $history
     * @return array<int, array{role: string, content: string, reasoning_content?: string}>
     */
    private static function said(array $history): array
    {
        $said = [];
        foreach ($history as $message) {
            $hasFailed = $message->content === '' && $message->status === 'failed';
            if ($hasFailed && $said !== [] && end($said)['role'] === 'user') {
                array_pop($said);
            } elseif ($message->content !== '') {
                $reasoning = $message->reasoning === null ? [] : ['reasoning_content' => $message->reasoning];
                $said[] = ['role' => $message->role, 'content' => $message->content] + $reasoning;
            }
        }
        return $said;
    }
}
