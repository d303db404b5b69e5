<?php

namespace Candor\Store;

/** Wrong tries at a secret, so that it cannot be guessed: only so many in any minute, from everybody together. */
final class AttemptLimiter
{
    private const WINDOW_SECONDS = 60;

    /** @var Database */
    private $database;

    /** @var string */
    private $secret;

    /** @var int */
    private $most;

    /** @param string $secret What is guessed at, in a word. */
    public function __construct(Database $database, string $secret, int $most)
    {
        $this->database = $database;
        $this->secret = $secret;
        $this->most = $most;
    }

    /** Seconds until another try is let through; null where it may be now. A right one waits too: else guessing could go on. */
    public function wait(): ?int
    {
        $row = $this->database->row(
            'SELECT COUNT(*) AS tries, MIN(expires_at) AS next FROM {counters} WHERE name LIKE %s AND expires_at > %d',
            ["wrong $this->secret %", time()]
        );
        return $row !== null && (int) $row['tries'] >= $this->most ? max(1, (int) $row['next'] - time()) : null;
    }

    /** Notes a wrong one. */
    public function wrong(): void
    {
        $name = "wrong $this->secret " . bin2hex(random_bytes(8));
        $this->database->insert('counters', ['name' => $name, 'amount' => 1, 'expires_at' => time() + self::WINDOW_SECONDS]);
    }
}
