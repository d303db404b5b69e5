<?php

namespace Candor;

/** Names that nobody can guess: tokens, ids and references. */
final class Random
{
    /** How every visitor's token begins, and no owner's. */
    public const TOKEN = 'ct_';

    /** A visitor's token: 256 random bits. */
    public static function token(): string
    {
        return self::TOKEN . bin2hex(random_bytes(32));
    }

    /** An id: the prefix, such as `c_`, and 128 random bits. */
    public static function id(string $prefix): string
    {
        return $prefix . bin2hex(random_bytes(16));
    }

    /** A reference to quote: `CR-` and eight characters of which none is mistaken for another. */
    public static function reference(): string
    {
        $characters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
        $reference = 'CR-';
        foreach (str_split(random_bytes(8)) as $byte) {
            $reference .= $characters[ord($byte) % 32];
        }
        return $reference;
    }
}
