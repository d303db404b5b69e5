<?php

namespace Candor;

/** Proxies whose word about a visitor's address is believed. `trusted_proxies.toml` has those that have a name. */
final class TrustedProxies
{
    /** @var array<int, array{base: string, bits: int, header: string|null}> Networks, and where each proxy in one tells who asked it. */
    private $networks = [];

    /** @param string[] $trusted Names, addresses, and networks as CIDR. */
    public function __construct(array $trusted)
    {
        foreach ($trusted as $one) {
            $named = self::named()[$one] ?? ['networks' => [$one]];
            foreach ($named['networks'] as $network) {
                $parsed = self::parse($network);
                if ($parsed !== null) {
                    $this->networks[] = ['base' => $parsed[0], 'bits' => $parsed[1], 'header' => $named['header'] ?? null];
                }
            }
        }
    }

    /** Those that the owner trusts. */
    public static function of(Settings $settings): self
    {
        return new self($settings->texts('trusted_proxies'));
    }

    /** @return string[] What those are called that have a name. */
    public static function names(): array
    {
        return array_keys(self::named());
    }

    /** Whether a text is such a name, an address, or a network. */
    public static function isOne(string $text): bool
    {
        return isset(self::named()[$text]) || self::parse($text) !== null;
    }

    /**
     * The one that an address belongs to.
     *
     * @return array{header: string|null}|null Where it tells who asked it, if that is not only X-Forwarded-For.
     */
    public function find(string $address): ?array
    {
        $packed = self::packed($address);
        foreach ($packed === null ? [] : $this->networks as $network) {
            $isIn = strlen($network['base']) === strlen($packed)
                && self::prefix($network['base'], $network['bits']) === self::prefix($packed, $network['bits']);
            if ($isIn) {
                return ['header' => $network['header']];
            }
        }
        return null;
    }

    /** @return array<string, array{networks: string[], header?: string}> */
    private static function named(): array
    {
        return Data::of('trusted_proxies');
    }

    /** @return array{0: string, 1: int}|null The address in bytes, and how many bits of it count. */
    private static function parse(string $network): ?array
    {
        [$address, $bits] = array_pad(explode('/', $network, 2), 2, null);
        $packed = $bits === null ? self::packed(Address::canonical($address)) : self::packed($address);
        if ($packed === null || ($bits !== null && (!ctype_digit($bits) || (int) $bits > 8 * strlen($packed)))) {
            return null;
        }
        return [$packed, $bits === null ? 8 * strlen($packed) : (int) $bits];
    }

    private static function packed(string $address): ?string
    {
        return filter_var($address, FILTER_VALIDATE_IP) ? (string) inet_pton($address) : null;
    }

    private static function prefix(string $packed, int $bits): string
    {
        $bytes = intdiv($bits, 8);
        $prefix = substr($packed, 0, $bytes);
        if ($bits % 8 !== 0) {
            $prefix .= chr(ord($packed[$bytes]) & (0xFF << (8 - $bits % 8)) & 0xFF);
        }
        return $prefix;
    }
}
