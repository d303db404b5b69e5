<?php

namespace Candor\Reply;

use Candor\Store\Message;
use Candor\Store\Replies;
use Candor\Wire\EventStream;

/** Follows a reply that another process writes, or tells one that has ended: from the start, or behind a byte. */
final class Follower
{
    /** How often it says to be there, in seconds. */
    private const SAID_SECONDS = 1.0;

    /** The longest that what is kept may be behind what was seen, in seconds. */
    private const BEHIND_SECONDS = 3.0;

    /** @var callable(string): ?Message */
    private $find;

    /** @var callable(string): void */
    private $say;

    /**
     * @param callable(string): ?Message $find Looks for a reply by its id.
     * @param callable(string): void $say Says of a reply that somebody follows it.
     */
    public function __construct(callable $find, callable $say)
    {
        $this->find = $find;
        $this->say = $say;
    }

    public static function ofTable(Replies $replies): self
    {
        return new self([$replies, 'find'], [$replies, 'follow']);
    }

    /**
     * The reply, and the byte behind which a `Last-Event-ID` goes on; null where it is of another reply or of no place in
     * this one.
     *
     * @return array{0: Message, 1: int|null}
     */
    public function takeUp(Message $reply, string $lastEventId): array
    {
        if (!preg_match('/^' . preg_quote($reply->id, '/') . ':(\d{1,9})$/D', $lastEventId, $found)) {
            return [$reply, null];
        }
        $at = (int) $found[1];
        // Whoever was there saw more than is kept yet: the writing process keeps it in a moment.
        $until = microtime(true) + self::BEHIND_SECONDS;
        while ($reply->status === 'streaming' && $at > strlen($reply->content) && microtime(true) < $until) {
            usleep(50000);
            $reply = ($this->find)($reply->id) ?? $reply;
        }
        $next = $reply->content[$at] ?? '';
        // The byte behind is not the inside of a letter.
        $isPlace = $at <= strlen($reply->content) && ($next === '' || (ord($next) & 0xC0) !== 0x80);
        return [$reply, $isPlace ? $at : null];
    }

    /** Gives the reply once it has ended. */
    public function wait(Message $reply): Message
    {
        EventStream::leaveWithVisitor();
        return $this->watch($reply, static function (): void {
        });
    }

    /**
     * Streams the reply to its end.
     *
     * @param callable(): void $start Tells that the reply begins, after which nothing counts that was told before.
     * @param callable(Message): array{0: string, 1: array<string, mixed>} $ending The last event of a reply that has ended.
     */
    public function stream(EventStream $stream, Message $reply, int $from, callable $start, callable $ending): void
    {
        EventStream::leaveWithVisitor();
        $sent = substr($reply->content, 0, $from);
        $tell = static function (Message $reply) use ($stream, $start, &$sent): void {
            if (strncmp($reply->content, $sent, strlen($sent)) !== 0) {
                // What had arrived was thought, and has been taken back.
                $start();
                $sent = '';
            }
            if (strlen($reply->content) > strlen($sent)) {
                $stream->send(Writer::eventId($reply), 'delta', ['content' => substr($reply->content, strlen($sent))]);
                $sent = $reply->content;
            }
            $stream->beat();
        };
        $reply = $this->watch($reply, $tell);
        $tell($reply);
        [$name, $data] = $ending($reply);
        $stream->send(Writer::eventId($reply), $name, $data);
    }

    /** @param callable(Message): void $tell */
    private function watch(Message $reply, callable $tell): Message
    {
        $saidAt = 0.0;
        while ($reply->status === 'streaming') {
            $tell($reply);
            if (microtime(true) - $saidAt >= self::SAID_SECONDS) {
                ($this->say)($reply->id);
                $saidAt = microtime(true);
            }
            usleep((int) (Replies::KEEP_SECONDS * 1000000));
            $found = ($this->find)($reply->id);
            if ($found === null) {
                // It was deleted, or another came in its place: for whoever follows, it has stopped.
                $reply->status = 'stopped';
                break;
            }
            $reply = $found;
        }
        return $reply;
    }
}
