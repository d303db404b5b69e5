<?php

namespace Candor\Store;

/** All visitors' conversations, for the owner: to list, read, search, export and delete. */
final class Archive
{
    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /**
     * A page of them, the latest first.
     *
     * @return array<int, array<string, string|null>> With id, assistant, title, preview, created_at, updated_at and messages.
     */
    public function page(string $words, int $offset, int $limit): array
    {
        [$where, $values] = $this->having($words);
        return $this->database->rows(
            'SELECT c.id, c.assistant, c.title, c.preview, c.created_at, c.updated_at,'
            . ' (SELECT COUNT(*) FROM {messages} m WHERE m.conversation_id = c.id) AS messages'
            . " FROM {conversations} c WHERE $where ORDER BY c.updated_at DESC, c.id LIMIT %d OFFSET %d",
            array_merge($values, [$limit, $offset])
        );
    }

    public function count(string $words): int
    {
        [$where, $values] = $this->having($words);
        return $this->database->number("SELECT COUNT(*) FROM {conversations} c WHERE $where", $values);
    }

    /** @return array<string, string|null>|null */
    public function one(string $id): ?array
    {
        return $this->database->row('SELECT id, assistant, title, created_at, updated_at FROM {conversations} WHERE id = %s', [$id]);
    }

    /** @return Message[] With what the visitor thinks of the answers. */
    public function messages(string $id): array
    {
        $rows = $this->database->rows(
            'SELECT m.id, m.number, m.role, m.content, m.status, m.error, m.created_at, f.rating, f.comment'
            . ' FROM {messages} m LEFT JOIN {feedback} f ON f.message_id = m.id WHERE m.conversation_id = %s ORDER BY m.number',
            [$id]
        );
        return array_map([Message::class, 'of'], $rows);
    }

    /** Deletes a conversation with all that hangs on it. A reply that is under way in it finds itself gone, and ends. */
    public function delete(string $id): void
    {
        $this->database->transaction(function () use ($id): void {
            $this->database->change('DELETE FROM {messages} WHERE conversation_id = %s', [$id]);
            $this->database->change('DELETE FROM {conversations} WHERE id = %s', [$id]);
            // Last: whoever rates an answer of it has kept that by now, or finds the conversation gone.
            $this->database->change('DELETE FROM {feedback} WHERE conversation_id = %s', [$id]);
        });
    }

    /** @return array{0: string, 1: string[]} */
    private function having(string $words): array
    {
        $words = trim($words);
        if ($words === '') {
            return ['1 = 1', []];
        }
        $pattern = $this->database->like(mb_strtolower($words));
        return [
            '(c.folded LIKE %s OR c.id IN (SELECT m.conversation_id FROM {messages} m WHERE m.folded LIKE %s)'
            . ' OR c.id IN (SELECT f.conversation_id FROM {feedback} f WHERE f.folded LIKE %s))',
            [$pattern, $pattern, $pattern],
        ];
    }
}
