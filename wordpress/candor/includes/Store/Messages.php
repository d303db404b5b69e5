<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Wire\ApiProblem;

/** Messages and the replies to them, turn by turn, in one conversation of a visitor. */
final class Messages
{
    /** Messages of the visitor's that a conversation may have. */
    public const MAX_TURNS = 200;

    /** Replies that a visitor may have under way. */
    private const MAX_REPLIES = 3;

    /** How long a reply counts as being written after its process was heard of last, in milliseconds. */
    public const LEASE_MS = 10000;

    private const COLUMNS = 'id, number, role, content, status, error, created_at';

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
     */
    public function begin(string $content, ?string $key): Turn
    {
        return $this->alone(function () use ($content, $key): Turn {
            $key = $key === null ? null : hash('sha256', $key);
            if ($key !== null && ($known = $this->byKey($key)) !== null) {
                if ($known->message->content !== $content) {
                    throw ApiProblem::invalid('This Idempotency-Key was used for another message.');
                }
                return $known;
            }
            $this->checkReplies();
            $number = $this->nextNumber();
            if ($number >= 2 * self::MAX_TURNS) {
                $detail = 'Your message is kept. Start a new conversation to go on.';
                throw new ApiProblem('too_many', 429, $detail);
            }
            $message = Message::fresh('user', $content, $number);
            $this->insert($message, $key);
            $reply = $this->beginReply($number + 1);
            $this->touch($message, false);
            return new Turn($message, $reply, true);
        });
    }

    /** Whether a message with this key is here already. */
    public function knows(string $key): bool
    {
        return $this->byKey(hash('sha256', $key)) !== null;
    }

    /** Puts a new reply in the place of the one to that message. */
    public function beginAgain(string $message): Turn
    {
        return $this->alone(function () use ($message): Turn {
            $turn = $this->turn($message);
            $this->checkReplies();
            $this->database->change('DELETE FROM {messages} WHERE id = %s', [$turn->reply->id]);
            return new Turn($turn->message, $this->beginReply($turn->message->number + 1), true);
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
    private function alone(callable $work)
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

    private function checkReplies(): void
    {
        $rows = $this->database->rows(
            'SELECT m.id, m.conversation_id, m.content, m.alive_until FROM {messages} m JOIN {conversations} c ON c.id = m.conversation_id'
            . ' WHERE c.visitor_id = %s AND m.under_way = 1',
            [$this->visitor]
        );
        $others = 0;
        foreach ($rows as $row) {
            if (Replies::endIfAbandoned($this->database, $row)) {
                // Its process is gone, and nobody has asked for it since.
                continue;
            }
            if ($row['conversation_id'] === $this->conversation) {
                throw new ApiProblem('conflict', 409);
            }
            $others++;
        }
        if ($others >= self::MAX_REPLIES) {
            $detail = 'Your message is kept. Wait for an answer that is under way, then send again.';
            throw new ApiProblem('too_many', 429, $detail);
        }
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

    private function beginReply(int $number): Message
    {
        $reply = Message::fresh('assistant', '', $number);
        $reply->status = 'streaming';
        if (!$this->insert($reply, null)) {
            throw new ApiProblem('conflict', 409);
        }
        return $reply;
    }

    private function insert(Message $message, ?string $key): bool
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
        ]);
    }
}
