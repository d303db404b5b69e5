<?php

namespace Candor\Challenge;

use Candor\ChallengeSecret;
use Candor\Settings;
use Candor\Store\Counters;
use Candor\Store\Database;
use Candor\Wire\ApiProblem;

/** Lets new visitors in who have solved the challenge; all of them, where there is none. */
final class ChallengeGate
{
    /** The most characters of a solution. Those of hCaptcha are the longest, with a few thousand. */
    private const MAX_SOLUTION_CHARS = 16384;

    /** @var Challenge|null */
    private $challenge;

    /** @var Database */
    private $database;

    public function __construct(Settings $settings, Database $database)
    {
        $this->database = $database;
        $kind = $settings->text('challenge');
        if ($kind === 'altcha') {
            $this->challenge = new Altcha(hash_hmac('sha256', 'candor challenge ' . home_url(), wp_salt('auth')));
        } elseif (Service::isOne($kind)) {
            $secret = ChallengeSecret::reveal();
            $this->challenge = new Service($kind, $settings->text('challenge_site_key'), $secret, $settings->text('challenge_verify_url'));
        }
    }

    /** Whether new visitors have something to solve. */
    public function isOn(): bool
    {
        return $this->challenge !== null;
    }

    /** @return array<string, mixed> What a new visitor solves. */
    public function offer(): array
    {
        return $this->challenge === null ? ['kind' => 'off'] : $this->challenge->offer();
    }

    /** Lets a solution pass that was sent from a page of this host, once. */
    public function pass(string $solution, string $host): void
    {
        if ($this->challenge === null) {
            return;
        }
        if (strlen($solution) > self::MAX_SOLUTION_CHARS) {
            throw new ApiProblem('challenge_failed', 403);
        }
        $solved = $this->challenge->check($solution, $host);
        // Beside the limits' counters, which have an end as well, and are purged with it.
        if (!(new Counters($this->database))->isNews("challenge {$solved->id}", $solved->until)) {
            throw new ApiProblem('challenge_failed', 403);
        }
    }
}
