<?php

namespace Candor\Store;

/** Numbers that count up, for limits: what is counted has a name, and an end after which it is forgotten. */
final class Counters
{
    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    /** Adds, and gives what it is then. Each of two who add at the same time sees the other or is seen. */
    public function add(string $name, int $amount, int $seconds): int
    {
        $name = self::key($name);
        $values = [$amount, $name];
        $update = 'UPDATE {counters} SET amount = amount + %d WHERE name = %s';
        if ($this->database->change($update, $values) === 0) {
            $row = ['name' => $name, 'amount' => $amount, 'expires_at' => time() + $seconds];
            if (!$this->database->insert('counters', $row)) {
                $this->database->change($update, $values);
            }
        }
        return $this->amount($name);
    }

    public function get(string $name): int
    {
        return $this->amount(self::key($name));
    }

    /** Deletes what has ended. */
    public function purge(): void
    {
        $this->database->change('DELETE FROM {counters} WHERE expires_at < %d', [time()]);
    }

    private function amount(string $key): int
    {
        return $this->database->number('SELECT amount FROM {counters} WHERE name = %s AND expires_at >= %d', [$key, time()]);
    }

    private static function key(string $name): string
    {
        return strlen($name) <= 120 ? $name : substr($name, 0, 50) . hash('sha256', $name);
    }
}
