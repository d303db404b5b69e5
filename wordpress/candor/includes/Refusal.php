<?php

namespace Candor;

use Candor\Store\Exceeded;
use Candor\Wire\ApiProblem;

/** What is said to whoever has reached a limit: which kind it is, and when there is room again. */
final class Refusal
{
    /** Up to so many seconds are told as seconds, up to a day as a time, and more as a day. */
    private const LONGEST_COUNTDOWN_SECONDS = 120;

    /** What is not kept, for it is no message. */
    private const REQUESTS = ['checks', 'codes', 'searches'];

    public static function of(Exceeded $exceeded, int $now): ApiProblem
    {
        $charge = $exceeded->charge;
        $seconds = max(1, $charge->window->end - $now);
        [$cause, $detail] = self::words($charge->limit, self::again($now, $charge->window->end));
        // No time makes room for what takes more of a limit than there is.
        if ($charge->amount > $charge->most) {
            return (new ApiProblem($cause, 429, 'Your message is kept. Shorten it, or start a new conversation.'))->never();
        }
        return new ApiProblem($cause, 429, $detail, $seconds);
    }

    /** A moment in words: `in 42 seconds`, `at 14:05 UTC`, `on 1 December at 00:00 UTC`. */
    public static function again(int $now, int $until): string
    {
        $wait = max(1, $until - $now);
        if ($wait > DAY_IN_SECONDS) {
            return 'on ' . gmdate('j F \a\t H:i', $until) . ' UTC';
        }
        if ($wait > self::LONGEST_COUNTDOWN_SECONDS) {
            return 'at ' . gmdate('H:i', $until) . ' UTC';
        }
        return $wait === 1 ? 'in 1 second' : "in $wait seconds";
    }

    /** @return array{0: string, 1: string} The cause, and what a visitor reads beside its title. */
    private static function words(Limit $limit, string $again): array
    {
        if ($limit->what === 'visitors') {
            return ['too_many_visitors', "Please try again $again."];
        }
        if (in_array($limit->what, self::REQUESTS, true)) {
            return ['address_limit', "Please try again $again."];
        }
        if ($limit->whom === 'site') {
            return [$limit->what === 'cents' ? 'spending_cap' : 'site_limit', "Your message is kept. The assistant is back $again."];
        }
        return ["{$limit->whom}_limit", "Your message is kept. You can send it again $again."];
    }
}
