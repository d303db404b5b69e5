<?php

namespace Candor\Reply;

use Candor\Clock;
use Candor\Log;
use Candor\Provider\Chat;
use Candor\Provider\Usage;
use Candor\Store\Message;
use Candor\Store\Messages;
use Candor\Store\Replies;
use Candor\Store\Turn;
use Candor\Store\Unavailable;
use Candor\Store\WriterLock;
use Candor\Wire\Cause;
use Candor\Wire\EventStream;
use Candor\Wire\Problem;

/**
 * Writes one reply to its end, and keeps it. It ends with the provider's answer or with the visitor's wish to stop, and not
 * with the connection that asked for it.
 */
final class Writer
{
    /** How often a reply without news is said to be alive, in seconds: a few times in `Messages::LEASE_MS`. */
    private const ALIVE_SECONDS = 2;

    /** How often a database that does not answer is tried again for the end of a reply, in seconds. */
    private const PAUSES = [0, 1, 2, 4, 8];

    /** @var Message */
    private $reply;

    /** @var ReplyStorage */
    private $keeper;

    /** @var EventStream|null Null where the answer waits for the reply's end. */
    private $stream;

    /** @var float */
    private $keptAt = 0.0;

    /** @var float */
    private $lookedAt = 0.0;

    /** @var int */
    private $kept = 0;

    /** @var string */
    private $wish = 'on';

    /** @var bool */
    private $isOver = false;

    /** @var WriterLock */
    private $life;

    /** @var Chat */
    private $chat;

    /** @var callable(Problem): void */
    private $log;

    /** @var callable(Usage): void */
    private $settle;

    /** @var string What the visitor is told before the answer's first word. */
    private $notice;

    /** @var bool */
    private $hasNoticed = false;

    /** @var callable(EventStream): void */
    private $start;

    /**
     * @param callable(Problem): void $log Takes a failure for the owner.
     * @param callable(EventStream): void $start Tells that the reply begins, after which nothing counts that was told before.
     * @param callable(Usage): void $settle Takes what it has cost, whatever it ended by.
     */
    public function __construct(
        Message $reply,
        ReplyStorage $keeper,
        ?EventStream $stream,
        callable $log,
        callable $start,
        callable $settle,
        string $notice = ''
    ) {
        $this->settle = $settle;
        $this->notice = $notice;
        $this->start = $start;
        $this->reply = $reply;
        $this->keeper = $keeper;
        $this->stream = $stream;
        $this->log = $log;
    }

    /**
     * Asks the model, and gives the reply as it has ended.
     *
     * @param array<int, array{role: string, content: string, reasoning_content?: string}> $prompt
     */
    public function write(Chat $chat, string $model, array $prompt): Message
    {
        $this->chat = $chat;
        $this->life = WriterLock::hold($this->reply->id);
        // Also where PHP ends this process: by its time limit, or for want of memory.
        register_shutdown_function(function (): void {
            if (!$this->isOver) {
                $this->end(Problem::of(Cause::of('reply_interrupted'), 500));
            }
        });
        $chat->onThinking = function (): void {
            if ($this->stream !== null) {
                $this->stream->send(self::eventId($this->reply), 'thinking', new \stdClass());
            }
        };
        $chat->onRetracted = function (): void {
            $this->reply->content = '';
            $this->hasNoticed = false;
            if ($this->stream !== null) {
                ($this->start)($this->stream);
            }
        };
        try {
            $problem = $chat->run($model, $prompt, function (string $text): void {
                $this->add($text);
            }, function (): bool {
                return $this->goesOn();
            });
        } catch (\Throwable $error) {
            Log::write('a reply was interrupted: ' . $error->getMessage());
            $cause = $error instanceof Unavailable ? ['database_unavailable', 503] : ['interrupted', 500];
            $problem = Problem::of(Cause::of($cause[0]), $cause[1]);
        }
        $this->end($problem);
        return $this->reply;
    }

    /** @return string The id of an event behind so many bytes of the reply. */
    public static function eventId(Message $reply): string
    {
        return $reply->id . ':' . strlen($reply->content);
    }

    private function add(string $text): void
    {
        if (!$this->hasNoticed) {
            $this->hasNoticed = true;
            $text = $this->notice . $text;
        }
        $this->reply->content .= $text;
        if ($this->stream !== null) {
            $this->stream->send(self::eventId($this->reply), 'delta', ['content' => $text]);
        }
    }

    /** Keeps what has arrived where it is time to, and looks whether the reply is still wanted. */
    private function goesOn(): bool
    {
        $now = microtime(true);
        if ($this->stream !== null) {
            $this->stream->beat();
        }
        if ($now - $this->lookedAt < Replies::KEEP_SECONDS) {
            return true;
        }
        $this->lookedAt = $now;
        $length = strlen($this->reply->content);
        if ($length !== $this->kept || $now - $this->keptAt > self::ALIVE_SECONDS) {
            $this->wish = $this->keeper->keep($this->reply);
            $this->kept = $length;
            $this->keptAt = $now;
        } else {
            $this->wish = $this->keeper->wish($this->reply);
        }
        return $this->wish === 'on';
    }

    private function end(?Problem $problem): void
    {
        $this->isOver = true;
        $this->reply->status = $problem !== null ? 'failed' : ($this->wish === 'on' ? 'complete' : 'stopped');
        $this->reply->error = $problem;
        $this->reply->reasoning = $this->chat->reasoning;
        if ($problem !== null) {
            ($this->log)($problem);
        }
        $this->keepEnd();
        ($this->settle)($this->chat->usage());
        $this->life->release();
    }

    /** Before anybody is told: whoever sees the end may send the next message at once. */
    private function keepEnd(): void
    {
        foreach (self::PAUSES as $pause) {
            sleep($pause);
            try {
                $this->keeper->finish($this->reply, $this->stream === null || $this->stream->isHeard());
                return;
            } catch (Unavailable $error) {
                // After the last try the lease ends, and whoever asks finds the reply as it was kept last.
                continue;
            }
        }
    }
}
