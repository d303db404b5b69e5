<?php

namespace Candor\Challenge;

use Candor\Wire\ApiProblem;

/**
 * ALTCHA's proof of work, version 2, as `candor serve` has it by ALTCHA's own library. Written by its documents, since a plugin
 * has no Composer: parameters are signed as JSON with sorted keys, and the key behind nonce and counter is derived once more.
 */
final class Altcha implements Challenge
{
    /** As in `crates/proxy/src/challenge/altcha.rs`, where the reasons stand. */
    private const ALGORITHM = 'PBKDF2/SHA-256';
    private const COST = 50000;
    private const KEY_PREFIX = '0';
    private const KEY_BYTES = 32;
    private const RANDOM_BYTES = 16;
    private const LIFETIME_SECONDS = 600;
    private const MARGIN_SECONDS = 60;

    /** @var string */
    private $secret;

    /** @param string $secret What its challenges are signed with: of this site and no other. */
    public function __construct(string $secret)
    {
        $this->secret = $secret;
    }

    public function offer(): array
    {
        $parameters = self::parameters(
            bin2hex(random_bytes(self::RANDOM_BYTES)),
            bin2hex(random_bytes(self::RANDOM_BYTES)),
            time() + self::LIFETIME_SECONDS
        );
        return ['kind' => 'altcha', 'parameters' => $parameters, 'signature' => $this->signature($parameters)];
    }

    public function check(string $solution, string $host): Solved
    {
        $sent = json_decode((string) base64_decode(trim($solution), true), true, 8);
        $given = $sent['challenge']['parameters'] ?? null;
        $counter = $sent['solution']['counter'] ?? null;
        foreach (['nonce', 'salt'] as $name) {
            $isHex = is_string($given[$name] ?? null) && preg_match('/^[0-9a-f]{32}$/D', $given[$name]);
            if (!$isHex) {
                throw self::failed();
            }
        }
        if (!is_int($given['expiresAt'] ?? null) || !is_int($counter) || $given['expiresAt'] < time()) {
            throw self::failed();
        }
        // Whatever else was sent, it counts as the challenge that is made here.
        $parameters = self::parameters($given['nonce'], $given['salt'], $given['expiresAt']);
        if (!hash_equals($this->signature($parameters), self::text($sent['challenge']['signature'] ?? null)) || $given != $parameters) {
            throw self::failed();
        }
        $password = hex2bin($given['nonce']) . pack('N', $counter);
        $key = bin2hex(hash_pbkdf2('sha256', $password, (string) hex2bin($given['salt']), self::COST, self::KEY_BYTES, true));
        $isRight = hash_equals($key, self::text($sent['solution']['derivedKey'] ?? null));
        if (!$isRight || strncmp($key, self::KEY_PREFIX, strlen(self::KEY_PREFIX)) !== 0) {
            throw self::failed();
        }
        return new Solved("altcha {$given['nonce']}", $given['expiresAt'] + self::MARGIN_SECONDS);
    }

    /** @return array<string, string|int> Sorted by their names, as they are signed. */
    private static function parameters(string $nonce, string $salt, int $expiresAt): array
    {
        return [
            'algorithm' => self::ALGORITHM,
            'cost' => self::COST,
            'expiresAt' => $expiresAt,
            'keyLength' => self::KEY_BYTES,
            'keyPrefix' => self::KEY_PREFIX,
            'nonce' => $nonce,
            'salt' => $salt,
        ];
    }

    /** @param array<string, string|int> $parameters */
    private function signature(array $parameters): string
    {
        return hash_hmac('sha256', (string) json_encode($parameters, JSON_UNESCAPED_SLASHES), $this->secret);
    }

    /** @param mixed $value */
    private static function text($value): string
    {
        return is_string($value) ? $value : '';
    }

    private static function failed(): ApiProblem
    {
        return new ApiProblem('challenge_failed', 403);
    }
}
