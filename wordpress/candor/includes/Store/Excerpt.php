<?php

namespace Candor\Store;

/** Short pieces of messages, for lists. */
final class Excerpt
{
    /** The piece around the place where the text has these words, on one line. */
    public static function around(string $text, string $words): string
    {
        $text = self::oneLine($text);
        $at = (int) mb_strpos(mb_strtolower($text), mb_strtolower($words));
        $from = max(0, $at - 40);
        $to = $at + 80;
        return ($from > 0 ? '…' : '') . trim(mb_substr($text, $from, $to - $from)) . ($to < mb_strlen($text) ? '…' : '');
    }

    /** The text's first line, at most so many characters, cut between words where that is possible. */
    public static function start(string $text, int $most): string
    {
        $line = trim(preg_split('/\R/u', trim($text), 2)[0] ?? '');
        if (mb_strlen($line) <= $most) {
            return $line;
        }
        $cut = mb_substr($line, 0, $most);
        $space = mb_strrpos($cut, ' ');
        if ($space !== false && $space > $most / 2) {
            $cut = mb_substr($cut, 0, $space);
        }
        return rtrim($cut) . '…';
    }

    /** An answer's words without the signs of Markdown. A list needs the words, not every rule of CommonMark. */
    public static function withoutMarkdown(string $text): string
    {
        $text = preg_replace('/^\s*```.*$/m', '', $text) ?? $text;
        $text = preg_replace('/!?\[([^\]\n]*)\]\([^)\n]*\)/', '$1', $text) ?? $text;
        $text = preg_replace('/^\s*(#{1,6}|[-*+]|>|\d+[.)])\s+/m', '', $text) ?? $text;
        $text = preg_replace('/^\s*\|?[\s:|-]*-{3,}[\s:|-]*\|?\s*$/m', '', $text) ?? $text;
        $text = preg_replace('/(\*\*|__|`|~~)/', '', $text) ?? $text;
        $text = preg_replace('/(?<![\w*])[*_](?=\S)|(?<=\S)[*_](?![\w*])/u', '', $text) ?? $text;
        return self::oneLine(str_replace('|', ' ', $text));
    }

    private static function oneLine(string $text): string
    {
        return trim(preg_replace('/\s+/u', ' ', $text) ?? $text);
    }
}
