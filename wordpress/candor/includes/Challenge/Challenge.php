<?php

namespace Candor\Challenge;

/** What new visitors solve before they are let in. */
interface Challenge
{
    /** @return array<string, mixed> What `GET challenge` answers. */
    public function offer(): array;

    /**
     * Checks a solution that was sent from a page of this host. Whether it was used before, the database knows.
     *
     * @throws \Candor\Wire\ApiProblem `challenge_failed`, `challenge_unavailable`
     */
    public function check(string $solution, string $host): Solved;
}
