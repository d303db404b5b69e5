<?php

namespace Candor\Store;

/**
 * The search in a visitor's conversations, which ends within a time however much there is to look through: from the latest on,
 * some conversations at a time. Where the time is over before the end, the page has what was found, and its `next` goes on
 * behind the place, as with `candor serve`. There is no index to ask: that of MariaDB finds whole words alone.
 */
final class ConversationSearch
{
    /** How long conversations are looked through, in seconds. */
    public const SECONDS = 0.05;

    /** How many are looked through at a time, at first and at most. */
    private const FIRST_SLICE = 8;
    private const MAX_SLICE = 256;

    /** How long that should take, in seconds, so that the time that is left is looked at often enough. */
    private const SLICE_SECONDS = 0.005;

    /** @var Database */
    private $database;

    /** @var string */
    private $visitor;

    /** @var string */
    private $assistant;

    /** @var float */
    private $seconds;

    public function __construct(Database $database, string $visitor, string $assistant, float $seconds = self::SECONDS)
    {
        $this->database = $database;
        $this->visitor = $visitor;
        $this->assistant = $assistant;
        $this->seconds = $seconds;
    }

    /**
     * A page of the conversations that have these words.
     *
     * @return array{0: array<int, array<string, string|null>>, 1: string|null} Their rows, the latest first, with `found`, the latest
     *   message that has the words; and the place behind which there may be more.
     */
    public function page(int $before, int $limit, string $words): array
    {
        $until = microtime(true) + $this->seconds;
        $pattern = $this->database->like(mb_strtolower($words));
        $found = [];
        for ($size = self::FIRST_SLICE;; $size = self::nextSize($size, microtime(true) - $begun)) {
            $begun = microtime(true);
            $rows = $this->slice($before, $size, $pattern);
            foreach ($rows as $row) {
                if ((int) $row['is_titled'] === 0 && $row['found'] === null) {
                    continue;
                }
                if (count($found) === $limit) {
                    return [$found, (string) end($found)['position']];
                }
                $found[] = $row;
            }
            if (count($rows) < $size) {
                return [$found, null];
            }
            $before = (int) end($rows)['position'];
            if (microtime(true) >= $until) {
                return [$found, (string) $before];
            }
        }
    }

    /**
     * The next conversations, each with what it has of the words.
     *
     * @return array<int, array<string, string|null>>
     */
    private function slice(int $before, int $size, string $pattern): array
    {
        return $this->database->rows(
            'SELECT ' . Conversations::COLUMNS . ', CASE WHEN folded LIKE %s THEN 1 ELSE 0 END AS is_titled,'
            . ' (SELECT m.content FROM {messages} m WHERE m.conversation_id = {conversations}.id AND m.folded LIKE %s'
            . ' ORDER BY m.number DESC LIMIT 1) AS found'
            . ' FROM {conversations} WHERE visitor_id = %s AND assistant = %s AND position < %d ORDER BY position DESC LIMIT %d',
            [$pattern, $pattern, $this->visitor, $this->assistant, $before, $size]
        );
    }

    /** How many are looked through next, where as many as now took so long. */
    private static function nextSize(int $size, float $took): int
    {
        return $took < self::SLICE_SECONDS ? min(2 * $size, self::MAX_SLICE) : max(1, intdiv($size, 2));
    }
}
