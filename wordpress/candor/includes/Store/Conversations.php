<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Random;
use Candor\Wire\ApiProblem;

/** The conversations of one visitor with one assistant. Nobody gets at anything but through the visitor it belongs to. */
final class Conversations
{
    /** What is told of one, and its place in the list. */
    public const COLUMNS = 'id, title, preview, created_at, updated_at, unread, position';

    /** @var Database */
    private $database;

    /** @var string */
    private $visitor;

    /** @var string */
    private $assistant;

    public function __construct(Database $database, string $visitor, string $assistant)
    {
        $this->database = $database;
        $this->visitor = $visitor;
        $this->assistant = $assistant;
    }

    /**
     * A page, the latest first. With words, those conversations that have them, with the place as preview.
     *
     * @return array<string, mixed> As the wire has it.
     */
    public function page(?int $before, int $limit, string $words): array
    {
        $before = $before ?? PHP_INT_MAX;
        $words = trim($words);
        [$rows, $next] = $words === ''
            ? $this->latest($before, $limit)
            : (new ConversationSearch($this->database, $this->visitor, $this->assistant))->page($before, $limit, $words);
        $told = array_map(static function (array $row) use ($words): array {
            $place = isset($row['found']) ? ['preview' => Excerpt::around($row['found'], $words)] : [];
            return array_merge(self::asTold($row), $place);
        }, $rows);
        return ['conversations' => $told] + ($next === null ? [] : ['next' => $next]);
    }

    /** @return array{0: array<int, array<string, string|null>>, 1: string|null} Rows, and the place behind which there are more. */
    private function latest(int $before, int $limit): array
    {
        // One more than asked for tells whether there is another page.
        $rows = $this->database->rows(
            'SELECT ' . self::COLUMNS . ' FROM {conversations} WHERE visitor_id = %s AND assistant = %s AND position < %d'
            . ' ORDER BY position DESC LIMIT %d',
            [$this->visitor, $this->assistant, $before, $limit + 1]
        );
        $isMore = count($rows) > $limit;
        $rows = array_slice($rows, 0, $limit);
        return [$rows, $isMore ? (string) end($rows)['position'] : null];
    }

    /**
     * A new one; the title may be empty. The same key is the same conversation.
     *
     * @return array<string, mixed>
     */
    public function create(string $title, ?string $key): array
    {
        $time = Clock::now();
        $row = [
            'id' => Random::id('c_'),
            'visitor_id' => $this->visitor,
            'assistant' => $this->assistant,
            'idempotency_key' => $key === null ? null : hash('sha256', $this->assistant . "\n" . $key),
            'title' => $title,
            'folded' => mb_strtolower($title),
            'preview' => '',
            'created_at' => $time,
            'updated_at' => $time,
            'position' => Clock::tick(),
            'unread' => 0,
            'locks' => 0,
        ];
        if ($this->database->insert('conversations', $row)) {
            return self::asTold($row);
        }
        $same = $this->database->row(
            'SELECT ' . self::COLUMNS . ' FROM {conversations} WHERE visitor_id = %s AND idempotency_key = %s',
            [$this->visitor, $row['idempotency_key']]
        );
        if ($same === null) {
            throw new Unavailable('a conversation was neither made nor found');
        }
        return self::asTold($same);
    }

    /**
     * @return array<string, mixed>
     * @throws ApiProblem For nobody's and for somebody else's alike.
     */
    public function one(string $id): array
    {
        $row = $this->database->row(
            'SELECT ' . self::COLUMNS . ' FROM {conversations} WHERE id = %s AND visitor_id = %s AND assistant = %s',
            [$id, $this->visitor, $this->assistant]
        );
        if ($row === null) {
            throw ApiProblem::notFound();
        }
        return self::asTold($row);
    }

    /**
     * Changes what is given, and gives the conversation as it is then.
     *
     * @return array<string, mixed>
     */
    public function change(string $id, ?string $title, ?bool $unread): array
    {
        $this->one($id);
        if ($title !== null) {
            $this->database->change(
                'UPDATE {conversations} SET title = %s, folded = %s WHERE id = %s',
                [$title, mb_strtolower($title), $id]
            );
        }
        if ($unread !== null) {
            $this->database->change('UPDATE {conversations} SET unread = %d WHERE id = %s', [(int) $unread, $id]);
        }
        return $this->one($id);
    }

    /** Deletes it with its messages. A reply that is under way finds itself gone, and ends. */
    public function delete(string $id): void
    {
        $this->one($id);
        (new Archive($this->database))->delete($id);
    }

    /**
     * @param array<string, mixed> $row
     * @return array<string, mixed>
     */
    private static function asTold(array $row): array
    {
        return [
            'id' => (string) $row['id'],
            'title' => (string) $row['title'],
            'preview' => (string) $row['preview'],
            'created_at' => (int) $row['created_at'],
            'updated_at' => (int) $row['updated_at'],
            'unread' => (bool) (int) $row['unread'],
        ];
    }
}
