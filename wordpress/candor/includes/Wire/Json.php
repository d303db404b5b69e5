<?php

namespace Candor\Wire;

/** JSON as the wire has it: on one line, in UTF-8, with slashes and letters as they are. */
final class Json
{
    /** @param mixed $value */
    public static function encode($value): string
    {
        // Bytes that are no UTF-8 are replaced: a provider's broken letter must not cost a visitor the answer.
        $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION;
        return (string) json_encode($value, $flags);
    }
}
