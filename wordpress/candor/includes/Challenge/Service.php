<?php

namespace Candor\Challenge;

use Candor\Host;
use Candor\Log;
use Candor\Wire\ApiProblem;

/** Turnstile and hCaptcha, which are asked in the same way whether a solution is right. */
final class Service implements Challenge
{
    private const VERIFY_URLS = [
        'turnstile' => 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
        'hcaptcha' => 'https://api.hcaptcha.com/siteverify',
    ];

    private const TIMEOUT_SECONDS = 10;

    /** Longer than either service takes a solution for: Turnstile five minutes, hCaptcha two. */
    private const REMEMBERED_SECONDS = 600;

    /** What the services call a fault of whoever asks, or their own, rather than of the visitor. */
    private const FAULTS = [
        'bad-request',
        'internal-error',
        'invalid-input-secret',
        'invalid-sitekey',
        'missing-input-secret',
        'sitekey-secret-mismatch',
    ];

    /** @var string turnstile or hcaptcha */
    private $kind;

    /** @var string */
    private $siteKey;

    /** @var string */
    private $secret;

    /** @var string */
    private $verifyUrl;

    /** Whether the setting names one of them. */
    public static function isOne(string $kind): bool
    {
        return isset(self::VERIFY_URLS[$kind]);
    }

    /** @param string $verifyUrl Empty: the service's own. */
    public function __construct(string $kind, string $siteKey, string $secret, string $verifyUrl)
    {
        $this->kind = $kind;
        $this->siteKey = $siteKey;
        $this->secret = $secret;
        $this->verifyUrl = $verifyUrl ?: self::VERIFY_URLS[$kind];
    }

    public function offer(): array
    {
        return ['kind' => $this->kind, 'site_key' => $this->siteKey];
    }

    public function check(string $solution, string $host): Solved
    {
        $verdict = $this->ask($solution);
        $codes = array_filter((array) ($verdict['error-codes'] ?? []), 'is_string');
        $fault = array_intersect($codes, self::FAULTS);
        if ($fault !== []) {
            throw self::unavailable("{$this->kind} says " . reset($fault));
        }
        $solvedAt = is_string($verdict['hostname'] ?? null) ? strtolower($verdict['hostname']) : '';
        if ($verdict['success'] !== true || $solvedAt === '' || $solvedAt !== strtolower($host)) {
            throw new ApiProblem('challenge_failed', 403);
        }
        return new Solved("{$this->kind} $solution", time() + self::REMEMBERED_SECONDS);
    }

    /** @return array<string, mixed> With `success`. */
    private function ask(string $solution): array
    {
        if (Host::isPlainAndFar($this->verifyUrl)) {
            throw self::unavailable('nothing was sent over plain http, by which anybody on the way would read the secret key');
        }
        $form = ['secret' => $this->secret, 'response' => $solution];
        if ($this->kind === 'hcaptcha') {
            // Else a solution for another site of the same account would do.
            $form['sitekey'] = $this->siteKey;
        }
        $answer = wp_remote_post($this->verifyUrl, ['body' => $form, 'redirection' => 0, 'timeout' => self::TIMEOUT_SECONDS]);
        if (is_wp_error($answer)) {
            throw self::unavailable($answer->get_error_message());
        }
        $verdict = json_decode(wp_remote_retrieve_body($answer), true, 8);
        if (!is_array($verdict) || !is_bool($verdict['success'] ?? null)) {
            throw self::unavailable('the answer is none, with status ' . wp_remote_retrieve_response_code($answer));
        }
        return $verdict;
    }

    private static function unavailable(string $reason): ApiProblem
    {
        Log::write("the challenge could not be checked: $reason");
        return new ApiProblem('challenge_unavailable', 503);
    }
}
