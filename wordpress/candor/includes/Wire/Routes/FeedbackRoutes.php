<?php

namespace Candor\Wire\Routes;

use Candor\Store\Feedback;
use Candor\Store\Messages;
use Candor\Store\Replies;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\Fields;

/** `PUT, DELETE conversations/{id}/messages/{reply id}/feedback`: what a visitor thinks of an answer. */
final class FeedbackRoutes extends Route
{
    use FindsMessages;

    /** The most characters of a comment. */
    private const MAX_COMMENT_CHARS = 1000;

    /**
     * In the place of what they thought before.
     *
     * @param array<string, string> $path
     */
    public function give(array $path): Answer
    {
        $this->checkAskedFor();
        $fields = Fields::of($this->at->request);
        $rating = $fields->text('rating');
        $comment = $fields->text('comment');
        $fields->nothingElse();
        if (!in_array($rating, Feedback::RATINGS, true)) {
            throw ApiProblem::invalid('The field rating must be ' . implode(' or ', Feedback::RATINGS) . '.');
        }
        $comment = $comment === null ? null : self::comment($comment);
        $messages = $this->messages($path);
        $reply = $this->ended($messages, self::messageId($path));
        (new Feedback($this->at->database))->keep($messages, $reply, $rating, $comment, $this->at->assistant->model());
        return Answer::nothing();
    }

    /** @param array<string, string> $path */
    public function takeBack(array $path): Answer
    {
        $this->checkAskedFor();
        $reply = $this->ended($this->messages($path), self::messageId($path));
        (new Feedback($this->at->database))->forget($reply);
        return Answer::nothing();
    }

    private function checkAskedFor(): void
    {
        // As everywhere, who asks is known before anything else is told.
        $this->at->visitor();
        if (!$this->at->settings->asksForFeedback()) {
            throw $this->at->noRoute();
        }
    }

    /**
     * The id of a reply to which nothing is added any more.
     *
     * @throws ApiProblem Where there is none, or it is being written.
     */
    private function ended(Messages $messages, string $id): string
    {
        $reply = $messages->reply($id);
        if ($reply->status === 'streaming') {
            // Its process may be gone: looking finds that out.
            $reply = (new Replies($this->at->database))->find($id);
        }
        if ($reply === null) {
            throw ApiProblem::notFound();
        }
        if ($reply->status === 'streaming') {
            throw new ApiProblem('conflict', 409);
        }
        return $id;
    }

    private static function comment(string $comment): string
    {
        $comment = Fields::trimmed($comment);
        if ($comment === '') {
            throw ApiProblem::invalid('The field comment must not be empty.');
        }
        if (mb_strlen($comment) > self::MAX_COMMENT_CHARS) {
            throw ApiProblem::invalid('The field comment may have ' . self::MAX_COMMENT_CHARS . ' characters at most.');
        }
        return $comment;
    }
}
