<?php

namespace Candor\Provider;

/** JSON that strict readers refuse, put right: what is read of it is what its sender meant, and nothing is made up. */
final class JsonRepair
{
    /** Stands before half of a surrogate pair in what is read: a letter that no text may hold, U+FFFF (Unicode, section 23.7). */
    private const HALF = "\xEF\xBF\xBF";

    /** The first of the letters that stand for halves, the half U+D800. */
    private const FIRST_HALF = 0xE000;

    private const DEPTH = 32;

    private const FLAGS = JSON_INVALID_UTF8_SUBSTITUTE;

    /**
     * Reads a value, strictly where that is possible.
     *
     * @return mixed Null where it cannot be read.
     */
    public static function parse(string $text)
    {
        return json_decode($text, true, self::DEPTH, self::FLAGS) ?? json_decode(self::repair($text), true, self::DEPTH, self::FLAGS);
    }

    /**
     * The same text with numbers that are none as `null`, with line ends and other signs in strings escaped, and with halves of
     * surrogate pairs as `joined` reads them.
     */
    public static function repair(string $text): string
    {
        $parts = '/"(?:[^"\\\\]++|\\\\.)*+(?:"|\\\\?\z)|[^"]++/s';
        return (string) preg_replace_callback($parts, static function (array $found): string {
            return $found[0][0] === '"'
                ? self::inString($found[0])
                : (string) preg_replace('/-?Infinity|NaN|undefined/', 'null', $found[0]);
        }, str_replace(self::HALF, '', $text));
    }

    private static function inString(string $text): string
    {
        $signs = '/\\\\u(d[89ab][0-9a-f]{2}\\\\ud[c-f][0-9a-f]{2})|\\\\u([0-9a-f]{4})|\\\\(.?)|([\x00-\x1f])/is';
        return (string) preg_replace_callback($signs, static function (array $found): string {
            if (isset($found[4])) {
                return $found[4] === "\n" ? '\n' : ($found[4] === "\t" ? '\t' : '');
            }
            if (isset($found[3])) {
                $isKnown = $found[3] !== '' && strpos('"\\/bfnrtu', $found[3]) !== false;
                // An escape that JSON does not have stands for its letter.
                return $isKnown && $found[3] !== 'u' ? $found[0] : ($found[3] >= ' ' ? $found[3] : '');
            }
            $code = isset($found[2]) ? hexdec($found[2]) : 0;
            return $code >= 0xD800 && $code < 0xE000 ? self::HALF . self::letter(self::FIRST_HALF + $code - 0xD800) : $found[0];
        }, $text);
    }

    /** Whether text that is read may hold halves. */
    public static function hasHalves(string $text): bool
    {
        return strpos($text, self::HALF) !== false;
    }

    /**
     * The text with halves that meet as the letter that they are, and with the others as U+FFFD. A first half at the end stays
     * out, and is given for the text that follows.
     *
     * @return array{0: string, 1: string} The text, and the half.
     */
    public static function joined(string $text): array
    {
        $half = self::HALF . '([\xEE])([\x80-\x9F])([\x80-\xBF])';
        $text = (string) preg_replace_callback("/$half(?:$half)?/", static function (array $found): string {
            $first = self::half($found[2], $found[3]);
            $second = isset($found[5]) ? self::half($found[5], $found[6]) : 0;
            if ($first < 0xDC00 && $second >= 0xDC00) {
                return self::letter(0x10000 + (($first - 0xD800) << 10) + $second - 0xDC00);
            }
            // A half that finds no other; the second may find one yet.
            $rest = substr($found[0], 6);
            return $first < 0xDC00 && $rest === '' ? $found[0] : "\xEF\xBF\xBD" . $rest;
        }, $text);
        $isOpen = preg_match("/$half\\z/", $text, $found) === 1 && self::half($found[2], $found[3]) < 0xDC00;
        $last = $isOpen ? $found[0] : '';
        $text = substr($text, 0, strlen($text) - strlen($last));
        return [(string) preg_replace("/$half/", "\xEF\xBF\xBD", $text), $last];
    }

    private static function half(string $second, string $third): int
    {
        return 0xD800 + ((ord($second) & 0x3F) << 6) + (ord($third) & 0x3F);
    }

    private static function letter(int $code): string
    {
        if ($code >= 0x10000) {
            return chr(0xF0 | $code >> 18) . chr(0x80 | $code >> 12 & 0x3F) . chr(0x80 | $code >> 6 & 0x3F) . chr(0x80 | $code & 0x3F);
        }
        return chr(0xE0 | $code >> 12) . chr(0x80 | $code >> 6 & 0x3F) . chr(0x80 | $code & 0x3F);
    }
}
