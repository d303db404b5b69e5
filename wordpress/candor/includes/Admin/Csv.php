<?php

namespace Candor\Admin;

/** Lines of CSV (RFC 4180) of which a spreadsheet takes every field for text, whoever wrote it. */
final class Csv
{
    /**
     * How a formula begins: with one of these signs, their wide forms, which some spreadsheets read alike, or with white space, which
     * some take away before they look.
     */
    private const FORMULA = '/^(?:[\s\p{C}\p{Z}]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|[\t\r\n])/u';

    /** @param array<int, string|null> $fields */
    public static function line(array $fields): string
    {
        return implode(',', array_map([self::class, 'field'], $fields)) . "\r\n";
    }

    /** A field in quotation marks. What begins like a formula gets an apostrophe, by which spreadsheets know text. */
    private static function field(?string $text): string
    {
        $text = wp_check_invalid_utf8((string) $text, true);
        // What cannot be looked at, since it is no UTF-8, counts as one.
        $text = preg_match(self::FORMULA, $text) === 0 ? $text : "'" . $text;
        return '"' . str_replace('"', '""', $text) . '"';
    }
}
