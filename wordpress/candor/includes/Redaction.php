<?php

namespace Candor;

/**
 * Removes what must not be stored, logged or sent: keys, tokens, organisation and user ids, addresses, file paths.
 *
 * The one place in PHP where that is done, by the rules of `crates/diagnosis/src/redact.rs` and the words
 * of its `redaction.toml`, which the package has as data. It passes the same cases, `redaction.cases.json`.
 * Each is replaced by a plain word in brackets, so that the sentence around it stays readable.
 */
final class Redaction
{
    /** How often a text is gone through at most: a secret that is gone can leave the end of another bare. */
    private const MAX_PASSES = 8;

    /** How many words may stand between a secret and what announces it, and one more. */
    private const NEAR_WORDS = 3;

    /** @var string The last word. */
    private $word = '';

    /** @var bool */
    private $inWord = false;

    /** @var int How many more words may come before the secret does. */
    private $awaitsSecret = 0;

    /** @var bool */
    private $awaitsId = false;

    /** @var int "Incorrect API key provided:" was read up to the participle (1), or up to the colon (2). */
    private $announced = 0;

    /** The text without secrets. Applying it again changes nothing. */
    public static function clean(string $text): string
    {
        $clean = self::withoutOwnSecrets(wp_check_invalid_utf8($text, true));
        for ($pass = 0; $pass < self::MAX_PASSES; $pass++) {
            $before = $clean;
            $clean = self::pass($before);
            if ($clean === $before) {
                break;
            }
        }
        return $clean;
    }

    private static function pass(string $text): string
    {
        $clean = '';
        $before = ' ';
        $state = new self();
        for ($at = 0, $length = strlen($text); $at < $length;) {
            $rest = mb_strcut($text, $at, 4096, 'UTF-8');
            $found = $state->placeholder($rest) ?? $state->secret($rest, $before);
            if ($found !== null) {
                [$size, $word] = $found;
                $clean .= $word;
                $state = new self();
                $before = ']';
                $at += $size;
                continue;
            }
            $letter = self::letter($rest);
            $clean .= $letter;
            $state->read($letter);
            $before = $letter;
            $at += strlen($letter);
        }
        return $clean;
    }

    /**
     * A field as it is kept: redacted first, so that no secret is cut in half and passes for a word, then bounded.
     *
     * @param mixed $text Whatever a reply has in that place; null and what is no text become null.
     */
    public static function field($text, int $most): ?string
    {
        if (is_int($text) || is_float($text)) {
            $text = (string) $text;
        }
        if (!is_string($text) || trim($text) === '') {
            return null;
        }
        $text = trim($text);
        if (mb_strlen($text) > 2 * $most) {
            $text = mb_substr($text, 0, 2 * $most);
            $text = preg_replace('/\s+\S*$/u', '', $text) ?? $text;
        }
        $clean = self::clean($text);
        return mb_strlen($clean) > $most ? mb_substr($clean, 0, $most) . '…' : $clean;
    }

    /** @return string[] */
    private static function words(string $name): array
    {
        return Data::of('redaction')[$name];
    }

    /** The site's own secrets, whatever they look like. */
    private static function withoutOwnSecrets(string $text): string
    {
        $token = defined('CANDOR_OWNER_TOKEN') ? (string) constant('CANDOR_OWNER_TOKEN') : '';
        return (new EchoedSecrets(ApiKey::reveal(), ChallengeSecret::reveal(), $token))->takenOutOf($text);
    }

    private static function letter(string $text): string
    {
        $first = ord($text[0]);
        $size = $first < 0x80 ? 1 : ($first < 0xE0 ? 2 : ($first < 0xF0 ? 3 : 4));
        return substr($text, 0, $size);
    }

    private function read(string $letter): void
    {
        if (preg_match('/^[\p{L}\p{N}_]$/u', $letter)) {
            if (!$this->inWord) {
                $this->word = '';
                $this->inWord = true;
            }
            if (strlen($this->word) < 32) {
                $this->word .= mb_strtolower($letter);
            }
            return;
        }
        if ($this->inWord) {
            $this->inWord = false;
            $given = $this->awaitsSecret > 0 && in_array($this->word, self::words('given_words'), true);
            $this->announced = $given ? 1 : 0;
            $this->awaitsId = in_array($this->word, self::words('owner_words'), true);
            $announces = preg_match('/(^|_)(' . implode('|', self::words('secret_words')) . ')$/', $this->word) === 1;
            if ($announces) {
                $this->awaitsSecret = self::NEAR_WORDS;
            } elseif (in_array($this->word, self::words('harmless_words'), true)) {
                $this->awaitsSecret = 0;
            } else {
                $this->awaitsSecret = max(0, $this->awaitsSecret - 1);
            }
        }
        if ($letter === ':' && $this->announced === 1) {
            $this->announced = 2;
        }
        if ($letter === '.' || $letter === ';' || $letter === "\n") {
            $this->awaitsSecret = 0;
            $this->awaitsId = false;
            $this->announced = 0;
        }
    }

    /** @return array{int, string}|null */
    private function placeholder(string $text): ?array
    {
        foreach (self::words('placeholders') as $word) {
            if (strncmp($text, $word, strlen($word)) === 0) {
                return [strlen($word), $word];
            }
        }
        return null;
    }

    /** @return array{int, string}|null The length of the secret that the text begins with, and the word in its place. */
    private function secret(string $text, string $before): ?array
    {
        $isStart = !preg_match('/^[A-Za-z0-9_]$/', $before);
        $finds = [
            '[key]' => $isStart ? $this->key($text) : self::gluedKey($text),
            '[organisation]' => $isStart ? $this->id($text) : 0,
            '[email]' => self::email($text, $before),
            '[address]' => self::address4($text, $before) ?: ($isStart && $before !== ':' ? self::address6($text) : 0),
            '[path]' => $isStart ? self::path($text, $before) : 0,
        ];
        foreach ($finds as $word => $length) {
            if ($length > 0) {
                return [$length, $word];
            }
        }
        return null;
    }

    /** How many bytes of the text such characters fill, without full stops at the end, which belong to the sentence. */
    private static function run(string $text, string $class): int
    {
        preg_match('/^[' . $class . ']*/u', $text, $found);
        return strlen(rtrim($found[0] ?? '', '.-:'));
    }

    /** @param string[] $starts */
    private static function startsWith(string $text, array $starts): int
    {
        foreach ($starts as $start) {
            if (strncmp($text, $start, strlen($start)) === 0) {
                return strlen($start);
            }
        }
        return 0;
    }

    /** The length of the longest run of letters and digits in a word; of those that have a digit alone, where it matters. */
    private static function densest(string $word, bool $needsDigit): int
    {
        $longest = 0;
        foreach (preg_split('/[^A-Za-z0-9]+/', $word) ?: [] as $run) {
            if (!$needsDigit || preg_match('/\d/', $run)) {
                $longest = max($longest, strlen($run));
            }
        }
        return $longest;
    }

    private static function keyLength(string $text): int
    {
        return self::run($text, 'A-Za-z0-9_\-.*…•+\/=');
    }

    private function key(string $text): int
    {
        if (!preg_match('/^[A-Za-z0-9*…•_]/u', $text)) {
            return 0;
        }
        $length = self::keyLength($text);
        $word = substr($text, 0, $length);
        $size = strlen($word);
        $starred = preg_match('/[*…•]|\.\.\./u', $word) === 1;
        $hasDigit = preg_match('/\d/', $word) === 1;
        $isKey = false;
        if ($start = self::startsWith($word, self::words('key_starts'))) {
            $rest = $size - $start;
            $isKey = $rest >= 16 || ($starred && $rest >= 2) || ($rest >= 6 && $hasDigit);
        } elseif ($start = self::startsWith($word, self::words('doubtful_key_starts'))) {
            $isKey = ($starred && $size >= $start + 2) || self::densest(substr($word, $start), false) >= 16;
        }
        // A word that a sentence calls a key: starred, or a jumble that is no word and no model's name.
        $near = $this->awaitsSecret > 0;
        $next = $this->awaitsSecret === self::NEAR_WORDS;
        $isCalledKey = ($near && $starred && $size >= 6)
            || ($near && (self::densest($word, true) >= 16 || self::densest($word, false) >= 24))
            || ($next && preg_match('/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i', $word))
            || ($next && $this->word === 'bearer' && $hasDigit && $size >= 10)
            || ($this->announced === 2 && $size >= 3);
        // A long word of upper case, lower case and digits is nobody's prose, wherever it stands.
        $isJumble = $size >= 40 && $hasDigit
            && preg_match('/[A-Z]/', $word) && preg_match('/[a-z]/', $word)
            && !self::startsWith($word, self::words('harmless_starts'))
            && !preg_match('/[\/.]/', $word);
        return $isKey || $isCalledKey || $isJumble ? $length : 0;
    }

    /** A key right behind a letter, as `\n` before it becomes where JSON is quoted. It must be one beyond doubt. */
    private static function gluedKey(string $text): int
    {
        $start = self::startsWith($text, self::words('key_starts')) ?: self::startsWith($text, self::words('doubtful_key_starts'));
        if (!$start) {
            return 0;
        }
        $length = self::keyLength($text);
        return $length > $start && self::densest(substr($text, $start, $length - $start), true) >= 16 ? $length : 0;
    }

    private function id(string $text): int
    {
        $start = self::startsWith($text, self::words('id_starts'));
        $length = self::run($text, 'A-Za-z0-9_\-*');
        if (!$start || $length <= $start) {
            return 0;
        }
        $rest = substr($text, $start, $length - $start);
        $isOneRun = self::densest($rest, false) === strlen($rest);
        $isMixed = preg_match('/[A-Z]/', $rest) && preg_match('/[a-z]/', $rest);
        $isTelling = self::densest($rest, true) >= 8
            || ($isOneRun && (preg_match('/\d/', $rest) || $isMixed || strlen($rest) >= 16))
            || strpos($rest, '*') !== false;
        return (strlen($rest) >= 3 && $isTelling) || $this->awaitsId ? $length : 0;
    }

    private static function email(string $text, string $before): int
    {
        $local = 'A-Za-z0-9._%+\-';
        if (preg_match("/^[$local]$/", $before) || !preg_match("/^[$local]+@/", $text, $found)) {
            return 0;
        }
        $length = self::run(substr($text, strlen($found[0])), 'A-Za-z0-9.\-');
        $domain = substr($text, strlen($found[0]), $length);
        return strpos($domain, '.') !== false ? strlen($found[0]) + $length : 0;
    }

    /** An address of IPv4. What `v` stands before is a version, and so may be four numbers after a fifth. */
    private static function address4(string $text, string $before): int
    {
        if (preg_match('/^[0-9.vV]$/', $before) || !ctype_digit($text[0])) {
            return 0;
        }
        $length = self::run($text, '0-9.');
        return filter_var(substr($text, 0, $length), FILTER_VALIDATE_IP, FILTER_FLAG_IPV4) ? $length : 0;
    }

    private static function address6(string $text): int
    {
        $length = self::run($text, '0-9A-Fa-f:.');
        $word = substr($text, 0, $length);
        return $length > 3 && preg_match('/\d/', $word) && filter_var($word, FILTER_VALIDATE_IP, FILTER_FLAG_IPV6) ? $length : 0;
    }

    private static function path(string $text, string $before): int
    {
        $part = '\p{L}\p{N}\/\\\\_\-.~@+%';
        if (preg_match('/^[A-Za-z]:\\\\/', $text)) {
            return 3 + self::run(substr($text, 3), $part);
        }
        if (strncmp($text, 'file://', 7) === 0) {
            return 7 + self::run(substr($text, 7), $part);
        }
        if ($text[0] !== '/' || strpos('/:.<', $before) !== false) {
            return 0;
        }
        $roots = implode('|', self::words('roots'));
        return preg_match("/^\/($roots)\//", $text) ? 1 + self::run(substr($text, 1), $part) : 0;
    }
}
