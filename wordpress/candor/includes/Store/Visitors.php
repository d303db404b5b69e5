<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Random;

/** Visitors and their tokens, of which only the hash is kept. */
final class Visitors
{
    /** How old a token may be before its visitor gets another, in milliseconds. */
    private const MAX_TOKEN_AGE_MS = 90 * 86400 * 1000;

    /** How precisely it is known when a visitor was here last, in milliseconds. */
    public const SEEN_PRECISION_MS = 3600 * 1000;

    /** How soon after a new token nobody needs one more. */
    private const MOMENT_MS = 60 * 1000;

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

    /** Lets another device become this visitor by a code. A new one ends the one before. */
    public function allowCode(string $visitor, string $code, int $until): void
    {
        $this->database->change(
            'UPDATE {visitors} SET code = %s, code_until = %d WHERE id = %s',
            [self::hashOfCode($code), $until, $visitor]
        );
    }

    /**
     * A token for another device of the visitor who was given that code, which works once. Null where it is nobody's. The
     * device's own visitor, if there is one, moves along with all conversations, and is gone then.
     *
     * @return array{token: string, created_at: int}|null
     */
    public function link(string $code, ?Visitor $own): ?array
    {
        $hash = self::hashOfCode($code);
        return $this->database->transaction(function () use ($hash, $own): ?array {
            $found = $this->database->row('SELECT id FROM {visitors} WHERE code = %s AND code_until > %d', [$hash, Clock::now()]);
            if ($found === null) {
                return null;
            }
            // Of two devices at the same time one has it.
            $query = 'UPDATE {visitors} SET code = NULL, code_until = NULL WHERE id = %s AND code = %s';
            if ($this->database->change($query, [$found['id'], $hash]) === 0) {
                return null;
            }
            if ($own !== null && $own->id !== $found['id']) {
                $this->merge($own->id, $found['id']);
            }
            [$token, $time] = [Random::token(), Clock::now()];
            $this->addToken($found['id'], $token, $time, null);
            return ['token' => $token, 'created_at' => $time];
        });
    }

    /** Ends the visitor's tokens on all other devices, and a code that is out. */
    public function endOthers(string $visitor, string $token): void
    {
        $this->database->transaction(function () use ($visitor, $token): void {
            $this->database->change(
                'DELETE FROM {tokens} WHERE visitor_id = %s AND hash <> %s',
                [$visitor, self::hash($token)]
            );
            $this->database->change('UPDATE {visitors} SET code = NULL, code_until = NULL WHERE id = %s', [$visitor]);
        });
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
        if ($time - (int) $known['seen_at'] > self::SEEN_PRECISION_MS) {
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
        return new Visitor($known['id'], $time - (int) $known['created_at'] >= self::MAX_TOKEN_AGE_MS);
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
                [$hash, $time - self::MOMENT_MS]
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
            // From here on no answer of theirs is rated.
            $this->database->change('UPDATE {conversations} SET locks = locks + 1 WHERE visitor_id = %s', [$visitor]);
            foreach (['messages', 'feedback'] as $table) {
                $this->database->change(
                    "DELETE FROM {{$table}} WHERE conversation_id IN (SELECT id FROM {conversations} WHERE visitor_id = %s)",
                    [$visitor]
                );
            }
            $this->database->change('DELETE FROM {conversations} WHERE visitor_id = %s', [$visitor]);
            $this->database->change('DELETE FROM {tokens} WHERE visitor_id = %s', [$visitor]);
            $this->database->change('DELETE FROM {visitors} WHERE id = %s', [$visitor]);
        });
    }

    public static function hash(string $token): string
    {
        return hash('sha256', $token);
    }

    private static function hashOfCode(string $code): string
    {
        return hash_hmac('sha256', $code, wp_salt('nonce'));
    }

    /** A visitor's conversations become another's; the visitor is gone then. */
    private function merge(string $from, string $into): void
    {
        // Keys of sending are each visitor's own: two alike would collide, and none is needed any more.
        $this->database->change(
            'UPDATE {conversations} SET visitor_id = %s, idempotency_key = NULL WHERE visitor_id = %s',
            [$into, $from]
        );
        $this->database->change('DELETE FROM {tokens} WHERE visitor_id = %s', [$from]);
        $this->database->change('DELETE FROM {visitors} WHERE id = %s', [$from]);
    }

    private function addToken(string $visitor, string $token, int $time, ?string $replaces): void
    {
        $this->database->insert('tokens', [
            'hash' => self::hash($token), 'visitor_id' => $visitor, 'created_at' => $time, 'replaces' => $replaces,
        ]);
    }
}
