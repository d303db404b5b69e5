<?php

namespace Candor;

use Candor\Provider\Usage;
use Candor\Store\AtOnce;
use Candor\Store\Charge;
use Candor\Store\Counters;
use Candor\Store\Database;
use Candor\Store\Exceeded;
use Candor\Store\Unavailable;

/** What a request takes of the owner's limits: for its visitor, its address and the whole site. */
final class Quota
{
    /** How many tokens an answer is expected to have, until it is known. Most have fewer. */
    private const EXPECTED_ANSWER_TOKENS = 500;

    /** What the checks ask of the model: one word, before which it may think. */
    private const CHECK_INPUT_TOKENS = 20;
    private const CHECK_OUTPUT_TOKENS = 100;

    /** The narrowest circle first: the counters of the whole site, which all wait for, come last. */
    private const CIRCLES = ['visitor', 'address', 'site'];

    /** @var Limits */
    private $limits;

    /** @var Database */
    private $database;

    /** @var Counters */
    private $counters;

    /** @var string|null Who asks, where it is a visitor. */
    private $visitor;

    /** @var Settings */
    private $settings;

    /** @var int Seconds since 1970-01-01 UTC: one moment for all that the request takes. */
    private $now;

    /** @var Price|null What the model costs; null: nothing. */
    private $price;

    /** @var Charge[] What was taken for tokens, and for their cost. */
    private $reserved = [];

    /** @param string $model Who is asked, where somebody is. */
    public function __construct(Settings $settings, Database $database, ?string $visitor = null, string $model = '')
    {
        $this->price = Price::of($settings, $model);
        $this->settings = $settings;
        $this->limits = new Limits($settings);
        $this->database = $database;
        $this->counters = new Counters($database);
        $this->visitor = $visitor;
        $this->now = time();
        Address::noteUnnamedProxy($this->counters);
    }

    /** Counts one new visitor or conversation, code or search. */
    public function count(string $what): void
    {
        $this->take($this->charges([$what => 1]), true);
    }

    /** Counts a run of the checks, with what it is expected to cost. */
    public function check(): void
    {
        $this->reserve('checks', new Usage(self::CHECK_INPUT_TOKENS, self::CHECK_OUTPUT_TOKENS), true);
    }

    /** What an answer will be counted by, made before the transaction that begins it. */
    public function open(): void
    {
        $this->counters->open(self::ends($this->charges(['answers' => 1] + $this->amounts(new Usage(1, 1)))));
    }

    /** Counts an answer that begins, in the transaction that begins it: to a question of so many tokens. */
    public function answer(int $asked): void
    {
        $longest = $this->settings->number('max_output_tokens') ?: self::EXPECTED_ANSWER_TOKENS;
        $this->reserve('answers', new Usage($asked, min($longest, self::EXPECTED_ANSWER_TOKENS)), false);
    }

    /** Puts right what was expected. Where it cannot be, what was expected counts. */
    public function settle(Usage $used): void
    {
        try {
            $this->counters->settle($this->reserved, $this->amounts($used));
            if ($this->reserved !== []) {
                $this->tellWhenNear();
            }
        } catch (Unavailable $error) {
            // The database has logged why.
            return;
        }
    }

    /** Counts what was used whatever the limits say: by the owner’s own checks. */
    public function spend(Usage $used): void
    {
        foreach ($this->charges(array_filter($this->amounts($used))) as $charge) {
            $this->counters->add($charge->counter, $charge->amount, $charge->window->end);
        }
    }

    /** How many answers may be under way at a time. */
    public function atOnce(): AtOnce
    {
        return new AtOnce(
            $this->database,
            (string) $this->visitor,
            Address::ofToday(),
            [
                'visitor' => $this->limits->most('answers_visitor_at_once'),
                'address' => $this->limits->most('answers_address_at_once'),
                'site' => $this->settings->number('max_streams') ?: null,
            ]
        );
    }

    /** @return array<string, array{used: int, most: int, until: int}> The limits of the whole site and a day or month, by name. */
    public function site(): array
    {
        $limits = [];
        foreach ($this->charges(['answers' => 1, 'tokens' => 1, 'cents' => 1]) as $charge) {
            if ($charge->limit->whom === 'site' && $charge->limit->per !== 'minute') {
                $unit = self::unit($charge->limit);
                $limits[$charge->limit->name] = [
                    'used' => intdiv($this->counters->get($charge->counter), $unit),
                    'most' => intdiv($charge->most, $unit),
                    'until' => $charge->window->end,
                ];
            }
        }
        return $limits;
    }

    /** Tells the owner of each limit of the whole site that is used up, or nearly. */
    private function tellWhenNear(): void
    {
        foreach ($this->site() as $name => $limit) {
            NearLimit::tell($this->counters, $name, $limit['used'], $limit['most'], $limit['until']);
        }
    }

    /** @return array<string, int> How much of what is counted, by its name: tokens, and their cost in millionths of a dollar. */
    private function amounts(Usage $usage): array
    {
        $cost = $this->price === null ? [] : ['cents' => $this->price->cost($usage->input, $usage->output)];
        return ['tokens' => $usage->total()] + $cost;
    }

    /** What a limit's figure is counted in: money in millionths of a dollar. */
    private static function unit(Limit $limit): int
    {
        return $limit->what === 'cents' ? Price::MICROS_PER_CENT : 1;
    }

    /** Takes one of what is counted, and what it is expected to cost, until `settle` puts that right. */
    private function reserve(string $what, Usage $expected, bool $open): void
    {
        $charges = $this->charges([$what => 1] + $this->amounts($expected));
        $this->take($charges, $open);
        $this->reserved = array_filter($charges, static function (Charge $charge) use ($what): bool {
            return $charge->limit->what !== $what;
        });
    }

    /** @param Charge[] $charges */
    private function take(array $charges, bool $open): void
    {
        if ($open) {
            $this->counters->open(self::ends($charges));
        }
        try {
            $this->counters->take($charges);
        } catch (Exceeded $exceeded) {
            $refusal = Refusal::of($exceeded, $this->now);
            $refusal->exceeded = $exceeded;
            throw $refusal;
        }
    }

    /**
     * What it takes of each limit that counts this. The order is always the same, so that two that wait for each other are never
     * both in each other's way.
     *
     * @param array<string, int> $amounts How much, by what is counted.
     * @return Charge[]
     */
    private function charges(array $amounts): array
    {
        $charges = [];
        foreach (self::CIRCLES as $whom) {
            foreach ($amounts as $what => $amount) {
                foreach ($this->limits->of($what) as $limit) {
                    $subject = $limit->whom === $whom && $limit->per !== 'at_once' ? $this->subject($limit) : null;
                    if ($subject !== null) {
                        $most = (int) $this->limits->most($limit->name) * self::unit($limit);
                        $charges[] = new Charge($limit, $most, $subject, new Window((string) $limit->per, $this->now), $amount);
                    }
                }
            }
        }
        return $charges;
    }

    /** What somebody is called in the counters of a limit; null where nobody is counted. */
    private function subject(Limit $limit): ?string
    {
        switch ($limit->whom) {
            case 'visitor':
                return $this->visitor;
            case 'address':
                return $limit->per === 'month' ? Address::ofMonth() : Address::ofToday();
            case 'site':
                return '';
        }
        return null;
    }

    /**
     * @param Charge[] $charges
     * @return array<string, int>
     */
    private static function ends(array $charges): array
    {
        $ends = [];
        foreach ($charges as $charge) {
            $ends[$charge->counter] = $charge->window->end;
        }
        return $ends;
    }
}
