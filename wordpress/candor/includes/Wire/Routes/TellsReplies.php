<?php

namespace Candor\Wire\Routes;

use Candor\Quota;
use Candor\Reply\Context;
use Candor\Reply\Follower;
use Candor\Reply\ReplyStorage;
use Candor\Reply\Writer;
use Candor\Store\Message;
use Candor\Store\Turn;
use Candor\Store\WorkerSlots;
use Candor\Wire\Answer;
use Candor\Wire\EventStream;

/** How a reply is written and told, wherever it is kept: as a stream, or once it has ended where only JSON is accepted. */
trait TellsReplies
{
    use Rehearses;

    /** Writes a new reply in this very process, and tells it meanwhile. */
    private function write(Turn $turn, ReplyStorage $storage, Context $context, Quota $quota, bool $isRehearsal): Answer
    {
        $chat = $this->chat($isRehearsal, $context);
        $log = $this->log($isRehearsal);
        return $this->answer($turn, function (?EventStream $stream) use ($turn, $storage, $context, $quota, $chat, $log): Message {
            $start = function (EventStream $stream) use ($turn): void {
                $this->start($stream, $turn);
            };
            $writer = new Writer($turn->reply, $storage, $stream, $log, $start, [$quota, 'settle'], $context->notice);
            return $writer->write($chat, $this->at->assistant->model(), $this->prompt($context));
        });
    }

    /**
     * Answers with a reply that this very process is to write.
     *
     * @param callable(?EventStream): Message $run
     */
    private function answer(Turn $turn, callable $run): Answer
    {
        if ($this->at->request->wantsJson()) {
            EventStream::outlive();
            $reply = $run(null);
            WorkerSlots::release();
            return $this->whole($turn, $reply);
        }
        return Answer::stream(function (EventStream $stream) use ($turn, $run): void {
            $this->start($stream, $turn);
            $reply = $run($stream);
            WorkerSlots::release();
            [$name, $data] = $this->ending($turn, $reply);
            $stream->send(Writer::eventId($reply), $name, $data);
        });
    }

    /** Answers with a reply that another process writes, or that has ended. */
    private function tell(Turn $turn, Follower $follower): Answer
    {
        if ($turn->reply->status === 'streaming') {
            $this->at->holdWorker('The answer is being written all the same. Open this conversation again in a moment.');
        }
        if ($this->at->request->wantsJson()) {
            $reply = $follower->wait($turn->reply);
            WorkerSlots::release();
            return $this->whole($turn, $reply);
        }
        return Answer::stream(function (EventStream $stream) use ($follower, $turn): void {
            [$reply, $from] = $follower->takeUp($turn->reply, $this->at->request->header('last-event-id'));
            if ($from === null) {
                $this->start($stream, $turn);
            }
            $start = function () use ($stream, $turn): void {
                $this->start($stream, $turn);
            };
            $follower->stream($stream, $reply, $from ?? 0, $start, function (Message $reply) use ($turn): array {
                WorkerSlots::release();
                return $this->ending($turn, $reply);
            });
        });
    }

    /** The end of a reply that was told to stop is waited for where a worker is to spare. It stops in any case. */
    private function holdForStop(Message $reply): void
    {
        if ($reply->status === 'streaming') {
            $this->at->holdWorker('The answer is being stopped.', 1);
        }
    }

    /**
     * What the provider is sent: the owner's instructions before the conversation. Two turns of one role that follow each other
     * are one: strict models refuse them, as Mistral's and Gemma's do.
     *
     * @return array<int, array{role: string, content: string, reasoning_content?: string}>
     */
    private function prompt(Context $context): array
    {
        $instructions = $context->instructions($this->at->assistant->instructions());
        $conversation = array_merge([['role' => 'system', 'content' => $instructions]], $context->turns);
        $messages = [];
        foreach ($conversation as $turn) {
            $last = count($messages) - 1;
            if ($turn['content'] === '') {
                continue;
            }
            if ($last >= 0 && $messages[$last]['role'] === $turn['role']) {
                $messages[$last]['content'] .= "\n\n" . $turn['content'];
                $thoughts = array_filter([$messages[$last]['reasoning_content'] ?? '', $turn['reasoning_content'] ?? '']);
                if ($thoughts !== []) {
                    $messages[$last]['reasoning_content'] = implode("\n\n", $thoughts);
                }
            } else {
                $messages[] = $turn;
            }
        }
        return $messages;
    }

    private function start(EventStream $stream, Turn $turn): void
    {
        $diagnostics = $this->at->settings->diagnostics();
        $begun = $turn->reply->begun();
        $stream->send(Writer::eventId($begun), 'start', [
            'message' => $turn->message->forVisitor($diagnostics),
            'reply' => $begun->forVisitor($diagnostics),
        ]);
    }

    /**
     * What is told beside the end of a reply.
     *
     * @return array{signature?: string}
     */
    abstract protected function signature(Turn $turn, Message $reply): array;

    /** @return array{0: string, 1: array<string, mixed>} The last event. */
    private function ending(Turn $turn, Message $reply): array
    {
        $diagnostics = $this->at->settings->diagnostics();
        [$name, $data] = $reply->error !== null
            ? ['error', $reply->error->forVisitor($diagnostics)->fields()]
            : ['done', ['reply' => $reply->forVisitor($diagnostics)]];
        return [$name, $data + $this->signature($turn, $reply)];
    }

    private function whole(Turn $turn, Message $reply): Answer
    {
        $diagnostics = $this->at->settings->diagnostics();
        if ($reply->error !== null) {
            return Answer::problem($reply->error->forVisitor($diagnostics));
        }
        $message = $turn->message->forVisitor($diagnostics);
        $told = ['message' => $message, 'reply' => $reply->forVisitor($diagnostics)];
        return Answer::json($told + $this->signature($turn, $reply));
    }
}
