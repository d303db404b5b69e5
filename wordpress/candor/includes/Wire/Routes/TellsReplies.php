<?php

namespace Candor\Wire\Routes;

use Candor\Reply\Follower;
use Candor\Reply\Writer;
use Candor\Store\Message;
use Candor\Store\Turn;
use Candor\Wire\Answer;
use Candor\Wire\EventStream;

/** How a reply is told, wherever it is kept: as a stream, or once it has ended where only JSON is accepted. */
trait TellsReplies
{
    /**
     * Answers with a reply that this very process is to write.
     *
     * @param callable(?EventStream): Message $run
     */
    private function answer(Turn $turn, callable $run): Answer
    {
        if ($this->at->request->wantsJson()) {
            EventStream::outlive();
            return $this->whole($turn, $run(null));
        }
        return Answer::stream(function (EventStream $stream) use ($turn, $run): void {
            $this->start($stream, $turn);
            $reply = $run($stream);
            [$name, $data] = $this->ending($reply);
            $stream->send(Writer::eventId($reply), $name, $data);
        });
    }

    /** Answers with a reply that another process writes, or that has ended. */
    private function tell(Turn $turn, Follower $follower): Answer
    {
        if ($this->at->request->wantsJson()) {
            return $this->whole($turn, $follower->wait($turn->reply));
        }
        return Answer::stream(function (EventStream $stream) use ($follower, $turn): void {
            [$reply, $from] = $follower->takeUp($turn->reply, $this->at->request->header('last-event-id'));
            if ($from === null) {
                $this->start($stream, $turn);
            }
            $start = function () use ($stream, $turn): void {
                $this->start($stream, $turn);
            };
            $follower->stream($stream, $reply, $from ?? 0, $start, function (Message $reply): array {
                return $this->ending($reply);
            });
        });
    }

    /**
     * What the provider is sent: the owner's instructions before the conversation. Two turns of one role that follow each other
     * are one: strict models refuse them, as Mistral's and Gemma's do.
     *
     * @param array<int, array{role: string, content: string, reasoning_content?: string}> $conversation
     * @return array<int, array{role: string, content: string, reasoning_content?: string}>
     */
    private function prompt(array $conversation): array
    {
        array_unshift($conversation, ['role' => 'system', 'content' => $this->at->assistant->instructions()]);
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

    /** @return array{0: string, 1: array<string, mixed>} The last event. */
    private function ending(Message $reply): array
    {
        $diagnostics = $this->at->settings->diagnostics();
        return $reply->error !== null
            ? ['error', $reply->error->forVisitor($diagnostics)->fields()]
            : ['done', ['reply' => $reply->forVisitor($diagnostics)]];
    }

    private function whole(Turn $turn, Message $reply): Answer
    {
        $diagnostics = $this->at->settings->diagnostics();
        if ($reply->error !== null) {
            return Answer::problem($reply->error->forVisitor($diagnostics));
        }
        $message = $turn->message->forVisitor($diagnostics);
        return Answer::json(['message' => $message, 'reply' => $reply->forVisitor($diagnostics)]);
    }
}
