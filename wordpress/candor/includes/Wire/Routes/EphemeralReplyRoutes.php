<?php

namespace Candor\Wire\Routes;

use Candor\Limits;
use Candor\Quota;
use Candor\Reply\AnswerSigner;
use Candor\Reply\Context;
use Candor\Reply\EphemeralReply;
use Candor\Reply\Follower;
use Candor\Store\Message;
use Candor\Store\Turn;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\Fields;

/** `POST replies` and `GET, DELETE replies/{id}`, where conversations are kept in the visitor's browser alone. */
final class EphemeralReplyRoutes extends Route
{
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
        $context = new Context($conversation, new Limits($this->at->settings), $this->at->visitorLanguage());
        $quota = new Quota($this->at->settings, $this->at->database, $this->at->visitor()->id, $this->at->assistant->model());
        $this->count($turn, $passing, $quota, $isRehearsal ? null : $context);
        return $this->write($turn, $passing, $context, $quota, $isRehearsal);
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
            $this->holdForStop($reply);
            while (($reply = $passing->find($reply->id)) !== null && $reply->status === 'streaming') {
                usleep(50000);
            }
        }
        return Answer::nothing();
    }

    /**
     * Counts a reply. One that there is no room for has not begun: whoever sends the same once more begins it.
     *
     * @param Context|null $context Null for a rehearsal, which costs nothing.
     */
    private function count(Turn $turn, EphemeralReply $passing, Quota $quota, ?Context $context): void
    {
        try {
            $this->at->holdWorker();
            $passing->countBy($quota->atOnce(), $turn->reply);
            if ($context !== null) {
                $quota->open();
                $quota->answer($context->tokens($this->at->assistant->instructions()));
            }
        } catch (\Exception $refusal) {
            $passing->forget($turn->reply);
            throw $refusal;
        }
    }

    private function passing(): EphemeralReply
    {
        $this->at->visitor();
        if (!$this->at->settings->keepsInBrowser()) {
            throw new ApiProblem('invalid_request', 409, 'This site keeps conversations: send messages to one of them.');
        }
        return new EphemeralReply((string) $this->at->request->bearer());
    }

    /** By which the answer is known again when it comes back. */
    protected function signature(Turn $turn, Message $reply): array
    {
        return $reply->content === '' ? [] : ['signature' => $this->signer()->sign($turn->message->content, $reply->content)];
    }

    private function signer(): AnswerSigner
    {
        return new AnswerSigner($this->at->visitor()->id);
    }

    private function follower(EphemeralReply $passing): Follower
    {
        return new Follower([$passing, 'find'], static function (): void {
        });
    }

    /**
     * The conversation as the browser has it: turn by turn, the last one the visitor's. Of the answers those are known for the
     * assistant's that are signed.
     *
     * @return array<int, array{role: string, content: string, is_proven: bool}>
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
        $asked = null;
        foreach ($messages as $message) {
            $role = $message->text('role');
            $content = $message->text('content');
            $signature = $message->text('signature');
            $message->nothingElse();
            if (!in_array($role, ['user', 'assistant'], true) || $content === null) {
                throw ApiProblem::invalid('Each message has a role, user or assistant, and a content.');
            }
            $isSigned = $role === 'assistant' && $asked !== null && $signature !== null
                && $this->signer()->verifies($asked, $content, $signature);
            if ($signature !== null && !$isSigned) {
                throw new ApiProblem('forged_turn', 400);
            }
            if ($content !== '') {
                $conversation[] = ['role' => $role, 'content' => $content, 'is_proven' => $role === 'user' || $isSigned];
            }
            $asked = $role === 'user' ? $content : null;
        }
        if ($last->peek('role') !== 'user') {
            throw ApiProblem::invalid('The last message is the visitor’s.');
        }
        if ($last->peek('signature') !== null) {
            throw new ApiProblem('forged_turn', 400);
        }
        $content = MessageRoutes::content($last, $this->at->settings->number('message_chars'));
        $conversation[] = ['role' => 'user', 'content' => $content, 'is_proven' => true];
        return $conversation;
    }
}
