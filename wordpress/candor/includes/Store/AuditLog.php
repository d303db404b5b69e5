<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Random;

/** What owners have done, for the owner to read: bounded in time, and in number for each event, so that none pushes others out. */
final class AuditLog
{
    /** The most entries of one event; the oldest go first. */
    public const MAX_ENTRIES_OF_EVENT = 1000;

    /** How long an entry is kept, and an address from which somebody has signed in is known. */
    private const KEPT_SECONDS = 365 * DAY_IN_SECONDS;

    /** The longest that each text of an entry may be, in characters. */
    private const MAX_WHO_CHARS = 60;
    private const MAX_WHAT_CHARS = 1000;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /**
     * @param string $event One of `Candor\Audit`'s.
     * @param string $who The login name, or what stands for one.
     * @param string $address From where, as it is told to the owner.
     */
    public function keep(string $event, string $who, string $what, string $address): void
    {
        $this->database->insert('audit', [
            'id' => Random::id('a_'),
            'time' => Clock::now(),
            'event' => $event,
            'who' => mb_substr($who, 0, self::MAX_WHO_CHARS),
            'what' => mb_substr($what, 0, self::MAX_WHAT_CHARS),
            'address' => $address,
        ]);
        $this->trim($event);
    }

    /** @return array<int, array<string, string|null>> With time, event, who, what and address, the latest first. */
    public function page(int $offset, int $limit): array
    {
        return $this->database->rows(
            'SELECT time, event, who, what, address FROM {audit} ORDER BY time DESC, id LIMIT %d OFFSET %d',
            [$limit, $offset]
        );
    }

    public function count(): int
    {
        return $this->database->number('SELECT COUNT(*) FROM {audit}');
    }

    /** @return string[] From where somebody has done this, as far as it is kept. */
    public function addresses(string $event, string $who): array
    {
        $rows = $this->database->rows(
            'SELECT DISTINCT address FROM {audit} WHERE event = %s AND who = %s',
            [$event, mb_substr($who, 0, self::MAX_WHO_CHARS)]
        );
        return array_map('strval', array_column($rows, 'address'));
    }

    /** Deletes what is too old. */
    public function purge(): void
    {
        $this->database->change('DELETE FROM {audit} WHERE time < %d', [Clock::now() - self::KEPT_SECONDS * 1000]);
    }

    private function trim(string $event): void
    {
        $surplus = $this->database->row(
            'SELECT time FROM {audit} WHERE event = %s ORDER BY time DESC LIMIT 1 OFFSET %d',
            [$event, self::MAX_ENTRIES_OF_EVENT]
        );
        if ($surplus !== null) {
            $this->database->change('DELETE FROM {audit} WHERE event = %s AND time <= %d', [$event, (int) $surplus['time']]);
        }
    }
}
