<?php

namespace Candor;

/** An API key as it is copied. */
final class CopiedKey
{
    /** The key without what was copied along with it: blanks and line ends, quotation marks, and the word "Bearer" before it. */
    public static function tidy(string $key): string
    {
        $around = '[\s"\'`\x{201C}\x{201D}\x{2018}\x{2019}\x{FEFF}\x{200B}]*+';
        return (string) preg_replace("/\\A$around(?:bearer(?=[\\s:]):?$around)?|$around\\z/iu", '', $key);
    }
}
