<?php

namespace Candor\Store;

/**
 * Numbers that count up, for limits: what is counted has a name, and an end after which it is forgotten. One statement counts
 * and decides, so that however many ask at the same time, no more get through than there is room for.
 */
final class Counters
{
    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /**
     * Makes the counters that are missing. Outside of the transaction that takes: of many that make the same row inside of one, and
     * then go back, MySQL lets all but one fail.
     *
     * @param array<string, int> $ends When each is forgotten, in seconds since 1970-01-01 UTC, by its name.
     */
    public function open(array $ends): void
    {
        if ($ends === []) {
            return;
        }
        $values = [];
        foreach ($ends as $name => $end) {
            array_push($values, self::key($name), $end);
        }
        $rows = implode(', ', array_fill(0, count($ends), '(%s, 0, %d)'));
        $this->database->change(
            "INSERT INTO {counters} (name, amount, expires_at) VALUES $rows ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)",
            $values
        );
    }

    /**
     * Takes all of these or none, of counters that were opened. Where it is part of a transaction, that must go back too.
     *
     * @param Charge[] $charges
     * @throws Exceeded With the first that there is no room for.
     */
    public function take(array $charges): void
    {
        $this->database->transaction(function () use ($charges): void {
            foreach ($charges as $charge) {
                $taken = $this->database->change(
                    'UPDATE {counters} SET amount = amount + %d WHERE name = %s AND amount + %d <= %d',
                    [$charge->amount, self::key($charge->counter), $charge->amount, $charge->most]
                );
                if ($taken === 0) {
                    throw new Exceeded($charge);
                }
            }
        });
    }

    /**
     * Puts right what was taken. It may be more than there was room for.
     *
     * @param Charge[] $charges
     * @param array<string, int> $used How much was used, by what the limits count.
     */
    public function settle(array $charges, array $used): void
    {
        foreach ($charges as $charge) {
            $more = $used[$charge->limit->what] - $charge->amount;
            if ($more !== 0) {
                $this->database->change(
                    'UPDATE {counters} SET amount = amount + %d WHERE name = %s',
                    [$more, self::key($charge->counter)]
                );
            }
        }
    }

    /** Until the transaction is over, nobody else gets past here with one of these names. They were opened. @param string[] $names */
    public function hold(array $names): void
    {
        foreach ($names as $name) {
            $this->database->change('UPDATE {counters} SET amount = amount + 1 WHERE name = %s', [self::key($name)]);
        }
    }

    /** Adds, whatever it comes to. */
    public function add(string $name, int $amount, int $end): void
    {
        $this->open([$name => $end]);
        $this->database->change('UPDATE {counters} SET amount = amount + %d WHERE name = %s', [$amount, self::key($name)]);
    }

    public function get(string $name): int
    {
        return $this->database->number(
            'SELECT amount FROM {counters} WHERE name = %s AND expires_at > %d',
            [self::key($name), time()]
        );
    }

    /** Whether this is the first who says so until then. */
    public function isNews(string $name, int $end): bool
    {
        return $this->get($name) === 0
            && $this->database->insert('counters', ['name' => self::key($name), 'amount' => 1, 'expires_at' => $end]);
    }

    public function forget(string $name): void
    {
        $this->database->change('DELETE FROM {counters} WHERE name = %s', [self::key($name)]);
    }

    /** Deletes what has ended. */
    public function purge(): void
    {
        $this->database->change('DELETE FROM {counters} WHERE expires_at < %d', [time()]);
    }

    private static function key(string $name): string
    {
        return strlen($name) <= 120 ? $name : substr($name, 0, 50) . hash('sha256', $name);
    }
}
