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
}
