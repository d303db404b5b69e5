<?php

namespace Candor;

/**
 * Where a request comes from, as far as limits need to know it.
 *
 * `X-Forwarded-For` is believed only of reverse proxies that the owner has named: whoever asks directly can write anything
 * into it. The address itself is neither stored nor logged.
 */
final class Address
{
    /** A name for the address that holds for a day and tells nothing about it: a hash with a salt of the site's. */
    public static function ofToday(): string
    {
        $server = wp_unslash($_SERVER);
        $address = self::client(
            (string) ($server['REMOTE_ADDR'] ?? ''),
            (string) ($server['HTTP_X_FORWARDED_FOR'] ?? ''),
            Settings::get()->texts('proxies')
        );
        return substr(hash_hmac('sha256', gmdate('Y-m-d') . ' ' . self::network($address), wp_salt('nonce')), 0, 32);
    }

    /**
     * The address of whoever asked the outermost of the named proxies: from the right, the first that is none of them.
     *
     * @param string[] $proxies As CIDR.
     */
    public static function client(string $remote, string $forwarded, array $proxies): string
    {
        $address = $remote;
        $chain = array_map('trim', explode(',', $forwarded));
        while ($chain !== [] && self::isIn($address, $proxies)) {
            $next = self::bare((string) array_pop($chain));
            if (filter_var($next, FILTER_VALIDATE_IP) === false) {
                break;
            }
            $address = $next;
        }
        return $address;
    }

    /** Whether a text names a network: an address, or one with the length of its prefix. */
    public static function isNetwork(string $text): bool
    {
        [$address, $bits] = array_pad(explode('/', $text, 2), 2, null);
        $packed = filter_var($address, FILTER_VALIDATE_IP) ? inet_pton($address) : false;
        return $packed !== false && ($bits === null || (ctype_digit($bits) && (int) $bits <= 8 * strlen($packed)));
    }

    /** @param string[] $networks */
    private static function isIn(string $address, array $networks): bool
    {
        $packed = filter_var($address, FILTER_VALIDATE_IP) ? inet_pton($address) : false;
        foreach ($packed === false ? [] : $networks as $network) {
            [$base, $bits] = array_pad(explode('/', $network, 2), 2, null);
            $base = inet_pton($base);
            if ($base !== false && strlen($base) === strlen($packed)) {
                $bits = $bits === null ? 8 * strlen($base) : (int) $bits;
                if (self::prefix($base, $bits) === self::prefix($packed, $bits)) {
                    return true;
                }
            }
        }
        return false;
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

    /** Of IPv6 a household has a /64, in which it may take any address. */
    private static function network(string $address): string
    {
        $packed = filter_var($address, FILTER_VALIDATE_IP) ? inet_pton($address) : '';
        return strlen((string) $packed) === 16 ? bin2hex(substr($packed, 0, 8)) : $address;
    }

    /** Without a port and the brackets of IPv6, which some proxies write. */
    private static function bare(string $address): string
    {
        if (preg_match('/^\[([^\]]+)\](:\d+)?$/', $address, $found) || preg_match('/^(\d+\.\d+\.\d+\.\d+):\d+$/', $address, $found)) {
            return $found[1];
        }
        return $address;
    }
}
