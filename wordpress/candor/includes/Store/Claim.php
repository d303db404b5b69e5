<?php

namespace Candor\Store;

/**
 * Work that one process does at a time, on whichever of the site's machines it runs. Who claims it first has it, and says so
 * again while it lasts.
 */
final class Claim
{
    /** How long a claim holds that nobody renews, in seconds: its process was killed. */
    private const LEASE_SECONDS = 10;

    /** How often it is renewed, in seconds. */
    private const RENEWAL_SECONDS = 2;

    /** @var Database */
    private $database;

    /** @var string */
    private $name;

    /** @var int Tells this claim from another of the same name. */
    private $own;

    /** @var float When it was renewed last; 0: it is not ours. */
    private $renewedAt = 0.0;

    public function __construct(Database $database, string $work)
    {
        $this->database = $database;
        $this->name = "claim $work";
        $this->own = random_int(1, PHP_INT_MAX);
    }

    /** Takes it where nobody has it. */
    public function take(): bool
    {
        $taken = 'SELECT COUNT(*) FROM {counters} WHERE name = %s AND expires_at >= %d';
        if ($this->database->number($taken, [$this->name, time()]) > 0) {
            return false;
        }
        $until = time() + self::LEASE_SECONDS;
        $isOurs = $this->database->insert('counters', ['name' => $this->name, 'amount' => $this->own, 'expires_at' => $until])
            || $this->database->change(
                'UPDATE {counters} SET amount = %d, expires_at = %d WHERE name = %s AND expires_at < %d',
                [$this->own, $until, $this->name, time()]
            ) > 0;
        $this->renewedAt = $isOurs ? microtime(true) : 0.0;
        return $isOurs;
    }

    /** Says that the work goes on. May be called as often as one likes. */
    public function renew(): void
    {
        if ($this->renewedAt > 0 && microtime(true) - $this->renewedAt >= self::RENEWAL_SECONDS) {
            $this->renewedAt = microtime(true);
            $this->database->change(
                'UPDATE {counters} SET expires_at = %d WHERE name = %s AND amount = %d',
                [time() + self::LEASE_SECONDS, $this->name, $this->own]
            );
        }
    }

    public function release(): void
    {
        if ($this->renewedAt > 0) {
            $this->renewedAt = 0.0;
            $this->database->change('DELETE FROM {counters} WHERE name = %s AND amount = %d', [$this->name, $this->own]);
        }
    }
}
