<?php

namespace Candor\Store;

use Candor\Wire\ApiProblem;

/** Wrong tries at a secret, so that it cannot be guessed: only so many in any minute, from each address. */
final class AttemptLimiter
{
    private const WINDOW_SECONDS = 60;

    /** @var Database */
    private $database;

    /** @var string */
    private $secret;

    /** @var int */
    private $most;

    /** @var string */
    private $cause;

    /** @var bool Whether the try was wrong, and the last that could be made for now. */
    public $isUsedUp = false;

    /**
     * @param string $secret What is guessed at, and what the address is called that guesses.
     * @param string $cause Of the refusal where there were too many wrong ones.
     */
    public function __construct(Database $database, string $secret, int $most, string $cause)
    {
        $this->database = $database;
        $this->secret = $secret;
        $this->most = $most;
        $this->cause = $cause;
    }

    /**
     * Makes a try, for which those at the same time wait: no more are made than may be wrong. A right one is refused too once these
     * are used up, else guessing could go on.
     *
     * @template T
     * @param callable(): ?T $try Nothing but queries; null where it was wrong.
     * @return T|null
     * @throws ApiProblem Where too many were wrong.
     */
    public function attempt(callable $try)
    {
        $counters = new Counters($this->database);
        $all = "tries $this->secret";
        $counters->open([$all => time() + self::WINDOW_SECONDS]);
        return $this->database->transaction(function () use ($counters, $all, $try) {
            $counters->hold([$all]);
            $wrong = $this->wrong();
            $result = $try();
            if ($result === null) {
                $name = "wrong $this->secret " . bin2hex(random_bytes(8));
                $this->database->insert('counters', ['name' => $name, 'amount' => 1, 'expires_at' => time() + self::WINDOW_SECONDS]);
                $this->isUsedUp = $wrong + 1 >= $this->most;
            }
            return $result;
        });
    }

    /** How many were wrong of late. */
    private function wrong(): int
    {
        $row = $this->database->row(
            'SELECT COUNT(*) AS tries, MIN(expires_at) AS next FROM {counters} WHERE name LIKE %s AND expires_at > %d',
            ["wrong $this->secret %", time()]
        );
        $tries = (int) ($row['tries'] ?? 0);
        if ($tries >= $this->most) {
            $seconds = max(1, (int) $row['next'] - time());
            throw new ApiProblem($this->cause, 429, "There were too many wrong tries. Try again in $seconds seconds.", $seconds);
        }
        return $tries;
    }
}
