<?php

namespace Candor;

/** What the plugin shares with the Rust side as data; `cargo xtask package` writes it. */
final class Data
{
    /** @var array<string, array<string, mixed>> */
    private static $read = [];

    /** @return array<string, mixed> */
    public static function of(string $name): array
    {
        if (!isset(self::$read[$name])) {
            self::$read[$name] = require dirname(__DIR__) . "/data/$name.php";
        }
        return self::$read[$name];
    }
}
