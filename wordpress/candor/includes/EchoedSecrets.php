<?php

namespace Candor;

/**
 * Secrets where somebody says them back. `Redaction` knows keys by how they look and what stands before them; these are known
 * by their value, whole or in part, whatever they look like, as in `crates/proxy/src/provider/echoed_key.rs`.
 */
final class EchoedSecrets
{
    /** So many bytes of a secret in a row are a part of it. What is shorter is a word, which stands elsewhere too. */
    private const PART_BYTES = 8;

    private const PLACEHOLDER = '[key]';

    /** @var array<string, true> The parts in lower case, as keys, for which PHP makes numbers of digits alone. */
    private $parts = [];

    public function __construct(string ...$secrets)
    {
        foreach ($secrets as $secret) {
            if (strlen($secret) >= self::PART_BYTES) {
                foreach (self::shapes($secret) as $shape) {
                    $this->parts += self::partsOf(strtolower($shape));
                }
            }
        }
    }

    /** The text without them. */
    public function takenOutOf(string $text): string
    {
        if (!$this->parts) {
            return $text;
        }
        $lower = strtolower($text);
        $clean = '';
        $kept = 0;
        for ($at = 0, $last = strlen($text) - self::PART_BYTES; $at <= $last; $at++) {
            if (!$this->hasPart($lower, $at)) {
                continue;
            }
            $clean .= substr($text, $kept, $at - $kept) . self::PLACEHOLDER;
            while ($this->hasPart($lower, $at + 1)) {
                $at++;
            }
            $kept = $at + self::PART_BYTES;
            $at = $kept - 1;
        }
        return $clean . substr($text, $kept);
    }

    private function hasPart(string $lower, int $at): bool
    {
        return isset($this->parts[substr($lower, $at, self::PART_BYTES)]);
    }

    /** @return string[] As it is, in an address, in JSON, in hexadecimal digits and in base64. */
    private static function shapes(string $secret): array
    {
        $shapes = [$secret, rawurlencode($secret), substr((string) json_encode($secret), 1, -1), bin2hex($secret)];
        // In base64 a text looks otherwise behind one or two other bytes, and its ends hang together with what stands around it.
        foreach ([0, 1, 2] as $shift) {
            $encoded = rtrim(base64_encode(str_repeat("\0", $shift) . $secret), '=');
            $shapes[] = substr($encoded, $shift === 0 ? 0 : 4);
        }
        return $shapes;
    }

    /** @return array<string, true> */
    private static function partsOf(string $shape): array
    {
        $parts = [];
        for ($at = 0; $at + self::PART_BYTES <= strlen($shape); $at++) {
            $part = substr($shape, $at, self::PART_BYTES);
            // A part that ends within a letter would cut it in two.
            if (mb_check_encoding($part, 'UTF-8')) {
                $parts[$part] = true;
            }
        }
        return $parts;
    }
}
