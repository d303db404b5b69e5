<?php

namespace Candor;

/** The proxy's clock. */
final class Clock
{
    /** Milliseconds since 1970-01-01 UTC. */
    public static function now(): int
    {
        return (int) floor(microtime(true) * 1000);
    }

    /** Microseconds since 1970-01-01 UTC, greater with every call of a process: an order of what happens. */
    public static function tick(): int
    {
        static $last = 0;
        $last = max($last + 1, (int) floor(microtime(true) * 1000000));
        return $last;
    }

    /** Seconds until the next day begins in UTC, by which limits of a day are counted. */
    public static function untilTomorrow(): int
    {
        return DAY_IN_SECONDS - time() % DAY_IN_SECONDS;
    }

    /** Seconds until the next month begins in UTC. */
    public static function untilNextMonth(): int
    {
        return gmmktime(0, 0, 0, (int) gmdate('n') + 1, 1) - time();
    }
}
