<?php

namespace Candor;

/** One limit that the owner can set. `limits.toml`, which both proxies read, explains each part of it. */
final class Limit
{
    /** @var string Such as `answers_visitor_minute`. */
    public $name;

    /** @var string What is counted: answers, tokens, cents, visitors, conversations, checks, codes, searches or turns. */
    public $what;

    /** @var string For whom: visitor, address, site, question or answer. */
    public $whom;

    /** @var string|null In which time: minute, hour, day, month or at_once. */
    public $per;

    /** @var int|null What it is without a setting, with a provider that costs money; null: none. */
    public $most;

    /** @var int|null The same with the demo. */
    public $demo;

    /** @param array<string, string|int> $entry */
    private function __construct(array $entry)
    {
        $this->name = (string) $entry['name'];
        $this->what = (string) $entry['what'];
        $this->whom = (string) $entry['whom'];
        $this->per = isset($entry['per']) ? (string) $entry['per'] : null;
        $this->most = isset($entry['most']) ? (int) $entry['most'] : null;
        $this->demo = isset($entry['demo']) ? (int) $entry['demo'] : null;
    }

    /** @return self[] All that there are, by the names of their settings. */
    public static function all(): array
    {
        static $all = null;
        if ($all === null) {
            $all = [];
            foreach (Data::of('limits')['limit'] as $entry) {
                $limit = new self($entry);
                $all[$limit->setting()] = $limit;
            }
        }
        return $all;
    }

    /** What it is called among all settings, as in `candor serve`. */
    public function setting(): string
    {
        return "limits_$this->name";
    }
}
