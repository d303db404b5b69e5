<?php

namespace Candor;

/** A time in which something is counted: a minute, hour, day or month of UTC. */
final class Window
{
    private const SECONDS = ['minute' => MINUTE_IN_SECONDS, 'hour' => HOUR_IN_SECONDS, 'day' => DAY_IN_SECONDS];

    /** @var int Its first second, since 1970-01-01 UTC. */
    public $start;

    /** @var int The first second behind it. */
    public $end;

    /** The one that a moment lies in, in seconds since 1970-01-01 UTC. */
    public function __construct(string $per, int $now)
    {
        if ($per === 'month') {
            [$year, $month] = array_map('intval', explode('-', gmdate('Y-n', $now)));
            $this->start = (int) gmmktime(0, 0, 0, $month, 1, $year);
            $this->end = (int) gmmktime(0, 0, 0, $month + 1, 1, $year);
        } else {
            $seconds = self::SECONDS[$per];
            $this->start = $now - $now % $seconds;
            $this->end = $this->start + $seconds;
        }
    }
}
