<?php

namespace Candor\Challenge;

/** A challenge that was solved. */
final class Solved
{
    /** @var string What tells it apart from all others; nothing of it can be read from this. */
    public $id;

    /** @var int From when on its solution is refused in any case, in seconds since 1970-01-01 UTC. */
    public $until;

    public function __construct(string $what, int $until)
    {
        $this->id = hash('sha256', $what);
        $this->until = $until;
    }
}
