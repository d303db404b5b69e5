<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Wire\ApiProblem;

/** What visitors think of answers, once for each. Whatever deletes messages deletes what is thought of them. */
final class Feedback
{
    /** What a visitor can say, without a comment. */
    public const RATINGS = ['up', 'down'];

    /** The most rated answers that are listed. */
    private const MAX_LISTED = 200;

    /** The most characters of a question and of an answer in the list. */
    private const MAX_QUOTED_CHARS = 2000;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /**
     * Keeps what the visitor thinks of a reply that has ended, in the place of what they thought before.
     *
     * @param string $model What answers now.
     * @throws ApiProblem Where another reply has taken its place meanwhile.
     */
    public function keep(Messages $messages, string $reply, string $rating, ?string $comment, string $model): void
    {
        // Nobody replaces the reply, or deletes the conversation, between the look and the writing.
        $messages->alone(function () use ($messages, $reply, $rating, $comment, $model): void {
            $messages->reply($reply);
            $places = $comment === null ? 'NULL, NULL' : '%s, %s';
            $words = $comment === null ? [] : [$comment, mb_strtolower($comment)];
            $this->database->change(
                'INSERT INTO {feedback} (message_id, conversation_id, rating, comment, folded, created_at, model)'
                . " VALUES (%s, %s, %s, $places, %d, %s) ON DUPLICATE KEY UPDATE rating = VALUES(rating), comment = VALUES(comment),"
                . ' folded = VALUES(folded), created_at = VALUES(created_at), model = VALUES(model)',
                array_merge([$reply, $messages->conversation(), $rating], $words, [Clock::now(), $model])
            );
        });
    }

    /** Of a reply that is the visitor's. */
    public function forget(string $reply): void
    {
        $this->database->change('DELETE FROM {feedback} WHERE message_id = %s', [$reply]);
    }

    /**
     * The answers of all visitors that were rated, the latest first, for the owner.
     *
     * @return array<int, array<string, string|null>> The table's columns, with the beginning of the question and of the answer.
     */
    public function latest(): array
    {
        return $this->database->rows(
            'SELECT f.message_id, f.conversation_id, f.rating, f.comment, f.created_at, f.model,'
            . ' SUBSTRING(q.content, 1, %d) AS question, SUBSTRING(a.content, 1, %d) AS answer'
            . ' FROM {feedback} f JOIN {messages} a ON a.id = f.message_id'
            . ' LEFT JOIN {messages} q ON q.conversation_id = a.conversation_id AND q.number = a.number - 1'
            . ' ORDER BY f.created_at DESC, f.message_id LIMIT %d',
            [self::MAX_QUOTED_CHARS, self::MAX_QUOTED_CHARS, self::MAX_LISTED]
        );
    }
}
