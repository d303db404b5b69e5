<?php

namespace Candor;

use Candor\Store\Counters;
use Candor\Store\Database;
use Candor\Store\Replies;
use Candor\Wire\ApiProblem;

/**
 * What the owner lets visitors spend: messages a visitor and an address in a day, messages and tokens in a month, replies at
 * once. Days and months are those of UTC. The demo costs nothing, so for it only the number at once is bounded.
 */
final class Limits
{
    /** New visitors from one address in a day, since a new visitor begins with nothing used up. */
    private const MAX_VISITORS_A_DAY = 200;

    /** @var Settings */
    private $settings;

    /** @var Database */
    private $database;

    /** @var Counters */
    private $counters;

    public function __construct(Settings $settings, Database $database)
    {
        $this->settings = $settings;
        $this->database = $database;
        $this->counters = new Counters($database);
    }

    /** Counts a new visitor. */
    public function visitor(): void
    {
        if ($this->settings->isDemo()) {
            return;
        }
        $count = $this->counters->add('visitors ' . $this->day() . ' ' . Address::ofToday(), 1, 2 * DAY_IN_SECONDS);
        if ($count > self::MAX_VISITORS_A_DAY) {
            throw $this->tomorrow();
        }
    }

    /** Counts a message that is about to be answered. What is refused is counted too, so that trying on does not help. */
    public function message(string $visitor): void
    {
        $most = $this->settings->number('replies_at_once');
        if ($most > 0 && (new Replies($this->database))->underWay() >= $most) {
            throw new ApiProblem('too_many', 429, 'Your message is kept. Many people are chatting; please try again in a moment.', 10);
        }
        if ($this->settings->isDemo()) {
            return;
        }
        if ($this->monthIsUsedUp()) {
            $detail = 'Your message is kept. The assistant is back next month.';
            throw new ApiProblem('too_many', 429, $detail, Clock::untilNextMonth());
        }
        $this->count('visitor ' . $this->day() . ' ' . $visitor, 'visitor_day');
        $this->count('address ' . $this->day() . ' ' . Address::ofToday(), 'address_day');
        $this->counters->add('messages ' . $this->month(), 1, 62 * DAY_IN_SECONDS);
    }

    /** Counts what an answer has cost. */
    public function tokens(int $tokens): void
    {
        if (!$this->settings->isDemo() && $tokens > 0) {
            $this->counters->add('tokens ' . $this->month(), $tokens, 62 * DAY_IN_SECONDS);
        }
    }

    /** @return array{messages: int, tokens: int} What this month has used so far. */
    public function monthSoFar(): array
    {
        return [
            'messages' => $this->counters->get('messages ' . $this->month()),
            'tokens' => $this->counters->get('tokens ' . $this->month()),
        ];
    }

    public function monthIsUsedUp(): bool
    {
        foreach ($this->monthSoFar() as $what => $used) {
            $most = $this->settings->number("month_$what");
            if ($most > 0 && $used >= $most) {
                return true;
            }
        }
        return false;
    }

    private function count(string $name, string $limit): void
    {
        $most = $this->settings->number($limit);
        if ($most > 0 && $this->counters->add($name, 1, 2 * DAY_IN_SECONDS) > $most) {
            throw $this->tomorrow();
        }
    }

    private function tomorrow(): ApiProblem
    {
        $detail = 'Your message is kept. You can write again tomorrow.';
        return new ApiProblem('too_many', 429, $detail, Clock::untilTomorrow());
    }

    private function day(): string
    {
        return gmdate('Y-m-d');
    }

    private function month(): string
    {
        return gmdate('Y-m');
    }
}
