<?php

namespace Candor\Wire\Routes;

use Candor\Limits;
use Candor\Reply\EphemeralReply;
use Candor\Reply\Follower;
use Candor\Reply\Writer;
use Candor\Store\Message;
use Candor\Store\Turn;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\EventStream;
use Candor\Wire\Fields;

/** `POST replies` and `GET, DELETE replies/{id}`, where conversations are kept in the visitor's browser alone. */
final class EphemeralReplyRoutes extends Route
{
    use Rehearses;
    use TellsReplies;

    /** The most messages of a conversation that a browser sends along. */
    private const MAX_MESSAGES = 400;

    public function create(): Answer
    {
        $passing = $this->passing();
        $key = Fields::idempotencyKey($this->at->request);
        $isRehearsal = $this->isRehearsal();
        $conversation = $this->conversation();
        $asked = $conversation[count($conversation) - 1]['content'];
        $turn = $passing->begin($asked, $key);
        if (!$turn->isNew) {
            return $this->tell($turn, $this->follower($passing));
        }
        $limits = new Limits($this->at->settings, $this->at->database);
        if (!$isRehearsal) {
            $limits->message($this->at->visitor()->id);
        }
        $chat = $this->chat($isRehearsal);
        $log = $this->log($isRehearsal);
        $run = function (?EventStream $stream) use ($chat, $turn, $passing, $log, $conversation, $limits, $isRehearsal): Message {
            $writer = new Writer($turn->reply, $passing, $stream, $log, function (EventStream $stream) use ($turn): void {
                $this->start($stream, $turn);
            });
            $reply = $writer->write($chat, $this->at->assistant->model(), $this->prompt($conversation));
            if (!$isRehearsal) {
                $limits->tokens($chat->tokens);
            }
            return $reply;
        };
        return $this->answer($turn, $run);
    }

    /** @param array<string, string> $path */
    public function follow(array $path): Answer
    {
        $passing = $this->passing();
        return $this->tell($passing->turn($path['reply']), $this->follower($passing));
    }

    /** @param array<string, string> $path */
    public function stop(array $path): Answer
    {
        $passing = $this->passing();
        $reply = $passing->turn($path['reply'])->reply;
        if ($reply->status === 'streaming') {
            $passing->stop($reply->id);
            while (($reply = $passing->find($reply->id)) !== null && $reply->status === 'streaming') {
                usleep(50000);
            }
        }
        return Answer::nothing();
    }

    private function passing(): EphemeralReply
    {
        $this->at->visitor();
        if (!$this->at->settings->keepsInBrowser()) {
            throw new ApiProblem('invalid_request', 409, 'This site keeps conversations: send messages to one of them.');
        }
        return new EphemeralReply((string) $this->at->request->bearer());
    }

    private function follower(EphemeralReply $passing): Follower
    {
        return new Follower([$passing, 'find'], static function (): void {
        });
    }

    /**
     * The conversation as the browser has it: turn by turn, the last one the visitor's.
     *
     * @return array<int, array{role: string, content: string}>
     */
    private function conversation(): array
    {
        $fields = Fields::of($this->at->request);
        $messages = $fields->list('messages');
        $fields->nothingElse();
        if ($messages === null || $messages === []) {
            throw ApiProblem::invalid('The field messages is missing.');
        }
        if (count($messages) > self::MAX_MESSAGES) {
            throw new ApiProblem('too_many', 429, 'Your message is kept. Start a new conversation to go on.');
        }
        $last = array_pop($messages);
        $conversation = [];
        foreach ($messages as $message) {
            $role = $message->text('role');
            $content = $message->text('content');
            $message->nothingElse();
            if (!in_array($role, ['user', 'assistant'], true) || $content === null) {
                throw ApiProblem::invalid('Each message has a role, user or assistant, and a content.');
            }
            if ($content !== '') {
                $conversation[] = ['role' => $role, 'content' => $content];
            }
        }
        if ($last->peek('role') !== 'user') {
            throw ApiProblem::invalid('The last message is the visitor’s.');
        }
        $content = MessageRoutes::content($last, $this->at->settings->number('message_chars'));
        $conversation[] = ['role' => 'user', 'content' => $content];
        return $conversation;
    }
}
