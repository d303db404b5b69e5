<?php

namespace Candor;

/** PHP's workers on this server: each answers one request at a time, of the chat and of every other page alike. */
final class Workers
{
    /** How many there are where nobody tells: as many as PHP-FPM has until somebody sets its pm.max_children. */
    private const ASSUMED_COUNT = 5;

    /** The chat holds one in so many at most, so that the others are left to the site. */
    private const SHARE = 2;

    /** Where servers that are not PHP-FPM tell PHP of their number. */
    private const VARIABLES = ['cli-server' => 'PHP_CLI_SERVER_WORKERS', 'litespeed' => 'PHP_LSAPI_CHILDREN'];

    /** @var int */
    public $count;

    /** @var bool Whether the server has told so; else there may be more. */
    public $isKnown;

    private function __construct(?int $known, int $atLeast)
    {
        $this->isKnown = $known !== null;
        $this->count = max(1, $known ?? max($atLeast, self::ASSUMED_COUNT));
    }

    public static function ofServer(): self
    {
        $variable = self::VARIABLES[PHP_SAPI] ?? null;
        if ($variable !== null && (int) getenv($variable) > 0) {
            return new self((int) getenv($variable), 0);
        }
        // Without PHP-FPM, or where the host has switched it off, it is not there.
        $pool = function_exists('fpm_get_status') ? fpm_get_status() : false;
        return $pool === false ? new self(null, 0) : self::ofPool($pool);
    }

    /**
     * PHP-FPM tells how many it runs, but not how many it would: that is the same with `pm = static`, and known once it wanted more.
     *
     * @param array<string, mixed> $pool As `fpm_get_status` tells of it.
     */
    public static function ofPool(array $pool): self
    {
        $seen = max((int) $pool['total-processes'], (int) $pool['max-active-processes']);
        $isAll = $pool['process-manager'] === 'static' || (int) $pool['max-children-reached'] > 0;
        return new self($isAll ? $seen : null, $seen);
    }

    /** How many of them the chat may hold at a time, where the owner has set nothing. */
    public function share(): int
    {
        return max(1, intdiv($this->count, self::SHARE));
    }

    /** How many the chat may hold; null where the owner has lifted the bound. */
    public static function mostHeld(Settings $settings): ?int
    {
        $figure = $settings->figure('max_workers');
        return $figure === null ? self::ofServer()->share() : ($figure ?: null);
    }
}
