<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Wire\Cause;
use Candor\Wire\Problem;

/** Replies under way, which one process writes while others may follow, stop or delete them. */
final class Replies
{
    /** How often what has arrived is kept, and how often followers look, in seconds. */
    public const KEEP_SECONDS = 0.25;

    /** How long somebody who was seen following counts as still there, in milliseconds. */
    private const FOLLOWED_MS = 3000;

    /** How long a process that is there and silent is waited for beyond what it has promised, in milliseconds. */
    private const PAUSED_MS = 30000;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /**
     * Keeps what has arrived, and that it is still being written. Gives what the process is to do: go on, `stop`, or `gone`
     * where the reply was deleted or replaced.
     */
    public function keep(string $id, string $content): string
    {
        $this->database->change(
            'UPDATE {messages} SET content = %s, alive_until = %d WHERE id = %s AND under_way = 1',
            [$content, Clock::now() + Messages::LEASE_MS, $id]
        );
        return $this->wish($id);
    }

    /** The same without keeping anything. */
    public function wish(string $id): string
    {
        $row = $this->database->row('SELECT stop, under_way FROM {messages} WHERE id = %s', [$id]);
        if ($row === null || $row['under_way'] === null) {
            return 'gone';
        }
        return (int) $row['stop'] === 1 ? 'stop' : 'on';
    }

    /** Asks the writing process to end the reply. */
    public function stop(string $id): void
    {
        $this->database->change('UPDATE {messages} SET stop = 1 WHERE id = %s AND under_way = 1', [$id]);
    }

    /** Somebody follows it. */
    public function follow(string $id): void
    {
        $until = Clock::now() + self::FOLLOWED_MS;
        $this->database->change('UPDATE {messages} SET followed_until = %d WHERE id = %s AND under_way = 1', [$until, $id]);
    }

    public function isFollowed(string $id): bool
    {
        $row = $this->database->row('SELECT followed_until FROM {messages} WHERE id = %s', [$id]);
        return $row !== null && (int) $row['followed_until'] > Clock::now();
    }

    /** A reply as it is kept. Null where it was deleted or replaced. */
    public function find(string $id): ?Message
    {
        $row = $this->database->row(
            'SELECT id, number, role, content, status, error, created_at, alive_until FROM {messages} WHERE id = %s',
            [$id]
        );
        if ($row !== null && $row['status'] === 'streaming' && self::endIfAbandoned($this->database, $row)) {
            return $this->find($id);
        }
        return $row === null ? null : Message::of($row);
    }

    /** Keeps a reply that has ended; unread where nobody followed it to its end. One that was deleted meanwhile is deleted. */
    public function finish(Messages $messages, Message $reply, bool $isUnread): void
    {
        $this->database->transaction(function () use ($messages, $reply, $isUnread): void {
            $kept = $this->database->change(
                'UPDATE {messages} SET content = %s, folded = %s, status = %s, error = ' . ($reply->error === null ? 'NULL' : '%s')
                . ', reasoning = ' . ($reply->reasoning === null ? 'NULL' : '%s')
                . ', under_way = NULL, alive_until = NULL, address = NULL WHERE id = %s AND under_way = 1',
                array_merge(
                    [$reply->content, mb_strtolower($reply->content), $reply->status],
                    $reply->error === null ? [] : [$reply->error->json()],
                    $reply->reasoning === null ? [] : [$reply->reasoning],
                    [$reply->id]
                )
            );
            if ($kept > 0) {
                $messages->touch($reply, $isUnread);
            }
        });
    }

    /** Ends the replies whose process is gone: cut by the host's time limit, or killed. They keep what had arrived. */
    public static function endAbandoned(Database $database): void
    {
        foreach ($database->rows('SELECT id, content, alive_until FROM {messages} WHERE under_way = 1') as $row) {
            self::endIfAbandoned($database, $row);
        }
    }

    /**
     * The same of one. Gives whether nobody writes it.
     *
     * @param array<string, string|null> $row Its id, content and alive_until as they were read.
     */
    public static function endIfAbandoned(Database $database, array $row): bool
    {
        if (!self::isAbandoned(WriterLock::isHeld((string) $row['id']), (int) $row['alive_until'])) {
            return false;
        }
        $problem = Problem::of(Cause::of('reply_interrupted'), 500);
        // Whoever has kept something meanwhile is alive.
        $ended = $database->change(
            "UPDATE {messages} SET status = 'failed', error = %s, folded = %s, under_way = NULL, alive_until = NULL, address = NULL"
            . ' WHERE id = %s AND under_way = 1 AND alive_until = %d',
            [$problem->json(), mb_strtolower((string) $row['content']), $row['id'], (int) $row['alive_until']]
        );
        if ($ended > 0) {
            (new ErrorLog($database))->keep($problem);
        }
        return true;
    }

    /**
     * Whether the process that writes a reply is gone. The lease decides where the process itself cannot be seen.
     *
     * @param bool|null $isHeld What `WriterLock` has told.
     */
    public static function isAbandoned(?bool $isHeld, int $aliveUntil): bool
    {
        if ($isHeld === false) {
            return true;
        }
        return $aliveUntil + ($isHeld === true ? self::PAUSED_MS : 0) < Clock::now();
    }
}
