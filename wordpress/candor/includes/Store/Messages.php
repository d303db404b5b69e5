<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Wire\ApiProblem;

/** Messages and the replies to them, turn by turn, in one conversation of a visitor. */
final class Messages
{
    /** Messages of the visitor's that a conversation may have. */
    public const MAX_TURNS = 200;

    /** How long a reply counts as being written after its process was heard of last, in milliseconds. */
    public const LEASE_MS = 10000;

    private const COLUMNS = 'id, number, role, content, status, error, created_at,'
        . ' (SELECT f.rating FROM {feedback} f WHERE f.message_id = {messages}.id) AS rating';

    /** @var Database */
    private $database;

    /** @var string */
    private $visitor;

    /** @var string */
    private $conversation;

    /** Of a conversation that is known to be the visitor's. */
    public function __construct(Database $database, string $visitor, string $conversation)
    {
        $this->database = $database;
        $this->visitor = $visitor;
        $this->conversation = $conversation;
    }

    /**
     * A page: the latest, or those before the place that another page gave.
     *
     * @return array{0: Message[], 1: string|null} The oldest first, and where there are older ones, the place of the page with them.
     */
    public function page(?int $before, int $limit): array
    {
        // One more than asked for tells whether there are older ones.
        $rows = $this->database->rows(
            'SELECT ' . self::COLUMNS . ' FROM {messages} WHERE conversation_id = %s AND number < %d ORDER BY number DESC LIMIT %d',
            [$this->conversation, $before ?? PHP_INT_MAX, $limit + 1]
        );
        $page = array_reverse(array_slice($rows, 0, $limit));
        $next = count($rows) > $limit ? (string) $page[0]['number'] : null;
        return [array_map([Message::class, 'of'], $page), $next];
    }

    /**
     * Keeps a new message and the reply that has begun; or finds both, where the key was here before with the same words.
     *
     * @param callable(Turn): void $take Counts the reply; where there is no room for it, nothing is kept.
     */
    public function begin(string $content, ?string $key, AtOnce $atOnce, callable $take): Turn
    {
        $atOnce->open();
        return $this->alone(function () use ($content, $key, $atOnce, $take): Turn {
            $atOnce->hold();
            $known = $this->known($key, $content);
            if ($known !== null) {
                return $known;
            }
            $atOnce->check($this->conversation);
            $number = $this->nextNumber();
            if ($number >= 2 * self::MAX_TURNS) {
                $detail = 'Your message is kept. Start a new conversation to go on.';
                throw new ApiProblem('too_many', 429, $detail);
            }
            $message = Message::fresh('user', $content, $number);
            $this->insert($message, $key === null ? null : hash('sha256', $key));
            $reply = $this->beginReply($number + 1, $atOnce);
            $this->touch($message, false);
            $turn = new Turn($message, $reply, true);
            $take($turn);
            return $turn;
        });
    }

    /** The message with this key, and the reply to it; null where there is none. */
    public function known(?string $key, string $content): ?Turn
    {
        $known = $key === null ? null : $this->byKey(hash('sha256', $key));
        if ($known !== null && $known->message->content !== $content) {
            throw ApiProblem::invalid('This Idempotency-Key was used for another message.');
        }
        return $known;
    }

    /**
     * Puts a new reply in the place of the one to that message.
     *
     * @param callable(Turn): void $take As in `begin`.
     */
    public function beginAgain(string $message, AtOnce $atOnce, callable $take): Turn
    {
        $atOnce->open();
        return $this->alone(function () use ($message, $atOnce, $take): Turn {
            $atOnce->hold();
            $turn = $this->turn($message);
            $atOnce->check($this->conversation);
            $this->database->change('DELETE FROM {messages} WHERE id = %s', [$turn->reply->id]);
            $this->database->change('DELETE FROM {feedback} WHERE message_id = %s', [$turn->reply->id]);
            $again = new Turn($turn->message, $this->beginReply($turn->message->number + 1, $atOnce), true);
            $take($again);
            return $again;
        });
    }

    /** A message of the visitor's with the latest reply to it. */
    public function turn(string $message): Turn
    {
        $asked = $this->database->row(
            'SELECT ' . self::COLUMNS . " FROM {messages} WHERE id = %s AND conversation_id = %s AND role = 'user'",
            [$message, $this->conversation]
        );
        $answered = $asked === null ? null : $this->at((int) $asked['number'] + 1);
        if ($answered === null) {
            throw ApiProblem::notFound();
        }
        return new Turn(Message::of($asked), Message::of($answered), false);
    }

    /** A reply, of whichever message. */
    public function reply(string $id): Message
    {
        $row = $this->database->row(
            'SELECT ' . self::COLUMNS . " FROM {messages} WHERE id = %s AND conversation_id = %s AND role = 'assistant'",
            [$id, $this->conversation]
        );
        if ($row === null) {
            throw ApiProblem::notFound();
        }
        return Message::of($row);
    }

    /** @return Message[] What stands in the conversation up to and with that message. */
    public function upTo(Message $message): array
    {
        $rows = $this->database->rows(
            'SELECT ' . self::COLUMNS . ', reasoning FROM {messages} WHERE conversation_id = %s AND number <= %d ORDER BY number',
            [$this->conversation, $message->number]
        );
        return array_map([Message::class, 'of'], $rows);
    }

    /** Puts the conversation on top of the list, with the message's words. */
    public function touch(Message $message, bool $unread): void
    {
        $title = Excerpt::start($message->content, 60);
        $plain = $message->role === 'user' ? $message->content : Excerpt::withoutMarkdown($message->content);
        $preview = Excerpt::start($plain, 120);
        $this->database->change(
            "UPDATE {conversations} SET folded = CASE WHEN title = '' THEN %s ELSE folded END,"
            . " title = CASE WHEN title = '' THEN %s ELSE title END,"
            . " preview = CASE WHEN %s = '' THEN preview ELSE %s END,"
            . ' updated_at = %d, position = %d, unread = %d WHERE id = %s',
            [mb_strtolower($title), $title, $preview, $preview, Clock::now(), Clock::tick(), (int) $unread, $this->conversation]
        );
    }

    /** Whether this is the latest reply, and came to its end while nobody followed it; the visitor may have said otherwise. */
    public function isUnread(Message $reply): bool
    {
        $query = 'SELECT COUNT(*) FROM {conversations} WHERE id = %s AND unread = 1'
            . ' AND NOT EXISTS (SELECT 1 FROM {messages} WHERE conversation_id = %s AND number > %d)';
        return $this->database->number($query, [$this->conversation, $this->conversation, $reply->number]) === 1;
    }

    public function conversation(): string
    {
        return $this->conversation;
    }

    /**
     * Work in which nobody else changes the conversation.
     *
     * @template T
     * @param callable(): T $work
     * @return T
     */
    public function alone(callable $work)
    {
        return $this->database->transaction(function () use ($work) {
            $locked = $this->database->change(
                'UPDATE {conversations} SET locks = locks + 1 WHERE id = %s AND visitor_id = %s',
                [$this->conversation, $this->visitor]
            );
            if ($locked === 0) {
                throw ApiProblem::notFound();
            }
            return $work();
        });
    }

    private function nextNumber(): int
    {
        return $this->database->number(
            'SELECT COALESCE(MAX(number) + 1, 0) FROM {messages} WHERE conversation_id = %s',
            [$this->conversation]
        );
    }

    private function byKey(string $key): ?Turn
    {
        $asked = $this->database->row(
            'SELECT ' . self::COLUMNS . ' FROM {messages} WHERE conversation_id = %s AND idempotency_key = %s',
            [$this->conversation, $key]
        );
        return $asked === null ? null : $this->turn((string) $asked['id']);
    }

    /** @return array<string, string|null>|null */
    private function at(int $number): ?array
    {
        return $this->database->row(
            'SELECT ' . self::COLUMNS . ' FROM {messages} WHERE conversation_id = %s AND number = %d',
            [$this->conversation, $number]
        );
    }

    private function beginReply(int $number, AtOnce $atOnce): Message
    {
        $reply = Message::fresh('assistant', '', $number);
        $reply->status = 'streaming';
        if (!$this->insert($reply, null, $atOnce->address())) {
            throw new ApiProblem('conflict', 409);
        }
        return $reply;
    }

    private function insert(Message $message, ?string $key, ?string $address = null): bool
    {
        $isReply = $message->status === 'streaming';
        return $this->database->insert('messages', [
            'id' => $message->id,
            'conversation_id' => $this->conversation,
            'number' => $message->number,
            'role' => $message->role,
            'content' => $message->content,
            'folded' => mb_strtolower($message->content),
            'status' => $message->status,
            'error' => null,
            'created_at' => $message->createdAt,
            'idempotency_key' => $key,
            'under_way' => $isReply ? 1 : null,
            'alive_until' => $isReply ? Clock::now() + self::LEASE_MS : null,
            'followed_until' => null,
            'stop' => 0,
            'address' => $address,
        ]);
    }
}
