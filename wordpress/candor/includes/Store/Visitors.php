<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Random;

/** Visitors and their tokens, of which only the hash is kept. */
final class Visitors
{
    /** How old a token may be before its visitor gets another, in milliseconds. */
    private const TOKEN_AGE = 90 * 86400 * 1000;

    /** How exactly it is known when a visitor was here last. */
    private const DAY = 86400 * 1000;

    /** How soon after a new token nobody needs one more. */
    private const MOMENT = 60 * 1000;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /** @return array{token: string, created_at: int} */
    public function create(): array
    {
        [$id, $token, $time] = [Random::id('v_'), Random::token(), Clock::now()];
        $this->database->transaction(function () use ($id, $token, $time): void {
            $this->database->insert('visitors', ['id' => $id, 'created_at' => $time, 'seen_at' => $time]);
            $this->addToken($id, $token, $time, null);
        });
        return ['token' => $token, 'created_at' => $time];
    }

    /** Another token for a visitor who is known, as for a second device. */
    public function another(string $visitor): array
    {
        [$token, $time] = [Random::token(), Clock::now()];
        $this->addToken($visitor, $token, $time, null);
        return ['token' => $token, 'created_at' => $time];
    }

    /** Whose token it is; null where it is nobody's. The first use of one that `renew` gave ends the one before it. */
    public function recognise(string $token): ?Visitor
    {
        $hash = self::hash($token);
        $known = $this->database->row(
            'SELECT v.id, v.seen_at, t.created_at, t.replaces FROM {tokens} t JOIN {visitors} v ON v.id = t.visitor_id'
            . ' WHERE t.hash = %s',
            [$hash]
        );
        if ($known === null) {
            return null;
        }
        $time = Clock::now();
        if ($time - (int) $known['seen_at'] > self::DAY) {
            $this->database->change('UPDATE {visitors} SET seen_at = %d WHERE id = %s', [$time, $known['id']]);
        }
        if ($known['replaces'] !== null) {
            $this->database->transaction(function () use ($hash, $known): void {
                $this->database->change('UPDATE {tokens} SET replaces = NULL WHERE hash = %s', [$hash]);
                $this->database->change(
                    'DELETE FROM {tokens} WHERE hash <> %s AND (hash = %s OR replaces = %s)',
                    [$hash, $known['replaces'], $known['replaces']]
                );
            });
        }
        return new Visitor($known['id'], $time - (int) $known['created_at'] >= self::TOKEN_AGE);
    }

    /**
     * Another token in the place of an old one, which goes on until the new one is used: the answer that carries it may be
     * lost. Null where one was given a moment ago.
     */
    public function renew(Visitor $visitor, string $old): ?string
    {
        [$token, $hash, $time] = [Random::token(), self::hash($old), Clock::now()];
        return $this->database->transaction(function () use ($visitor, $token, $hash, $time): ?string {
            // Locks the visitor, so that of two requests at once one gets a token.
            $this->database->change('UPDATE {visitors} SET seen_at = seen_at + 1 WHERE id = %s', [$visitor->id]);
            $given = $this->database->number(
                'SELECT COUNT(*) FROM {tokens} WHERE replaces = %s AND created_at > %d',
                [$hash, $time - self::MOMENT]
            );
            if ($given > 0) {
                return null;
            }
            $this->addToken($visitor->id, $token, $time, $hash);
            return $token;
        });
    }

    /** Deletes a visitor with everything that is kept of them. A reply that is under way finds itself gone, and ends. */
    public function delete(string $visitor): void
    {
        $this->database->transaction(function () use ($visitor): void {
            $this->database->change(
                'DELETE FROM {messages} WHERE conversation_id IN (SELECT id FROM {conversations} WHERE visitor_id = %s)',
                [$visitor]
            );
            $this->database->change('DELETE FROM {conversations} WHERE visitor_id = %s', [$visitor]);
            $this->database->change('DELETE FROM {tokens} WHERE visitor_id = %s', [$visitor]);
            $this->database->change('DELETE FROM {visitors} WHERE id = %s', [$visitor]);
        });
    }

    /** A visitor's conversations and tokens become another's; the visitor is gone then. */
    public function merge(string $from, string $into): void
    {
        $this->database->transaction(function () use ($from, $into): void {
            // Keys of sending are each visitor's own: two alike would collide, and none is needed any more.
            $this->database->change(
                'UPDATE {conversations} SET visitor_id = %s, idempotency_key = NULL WHERE visitor_id = %s',
                [$into, $from]
            );
            $this->database->change('DELETE FROM {tokens} WHERE visitor_id = %s', [$from]);
            $this->database->change('DELETE FROM {visitors} WHERE id = %s', [$from]);
        });
    }

    public static function hash(string $token): string
    {
        return hash('sha256', $token);
    }

    private function addToken(string $visitor, string $token, int $time, ?string $replaces): void
    {
        $this->database->insert('tokens', [
            'hash' => self::hash($token), 'visitor_id' => $visitor, 'created_at' => $time, 'replaces' => $replaces,
        ]);
    }
}
