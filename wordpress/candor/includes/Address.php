<?php

namespace Candor;

use Candor\Store\Counters;

/**
 * Where a request comes from, as far as limits need to know it: the peer's address, or the one that a trusted proxy passes on.
 *
 * A header is believed only of proxies that the owner has named: whoever asks directly can write anything into it. The address
 * itself is neither stored nor logged.
 */
final class Address
{
    /** To each proxy on the way, the address of whoever asked it, the nearest last. */
    private const FORWARDED_FOR = 'x-forwarded-for';

    /** The headers by which a proxy shows itself. */
    private const SIGNS_OF_A_PROXY = [self::FORWARDED_FOR, 'cf-connecting-ip'];

    /** How many bytes of an IPv6 address are a household's, in which it may take any (RFC 6177). */
    private const IPV6_NETWORK_BYTES = 8;

    /** The counter that says that a proxy stands before this site which the owner has not named. */
    private const UNNAMED_PROXY = 'unnamed_proxy';

    /** How long such a proxy is told of, in seconds. */
    private const TOLD_SECONDS = WEEK_IN_SECONDS;

    /** A name for the address that holds for a day and tells nothing about it: a hash with a salt of the site's. */
    public static function ofToday(): string
    {
        return self::name(gmdate('Y-m-d'));
    }

    /** The same for a month. */
    public static function ofMonth(): string
    {
        return self::name(gmdate('Y-m'));
    }

    /**
     * The address of whoever asked the outermost of the trusted proxies: from the right, the first that is none of them; or what
     * one of them tells in a header of its own.
     *
     * @param array<string, mixed> $server As PHP has it in `$_SERVER`.
     */
    public static function client(array $server, TrustedProxies $trusted): string
    {
        $address = self::canonical((string) ($server['REMOTE_ADDR'] ?? ''));
        $chain = explode(',', self::header($server, self::FORWARDED_FOR));
        while (($proxy = $trusted->find($address)) !== null) {
            $told = self::read($proxy['header'] === null ? '' : self::header($server, $proxy['header']));
            if ($told !== null) {
                return $told;
            }
            $next = self::read((string) array_pop($chain));
            if ($next === null) {
                break;
            }
            $address = $next;
        }
        return $address;
    }

    /**
     * The header by which a proxy shows that it stands before this site, where the peer is none of those that are trusted. Where
     * the web server has put the visitor's address in the peer's place itself, there is nothing to name.
     *
     * @param array<string, mixed> $server
     */
    public static function signOfUnnamed(array $server, TrustedProxies $trusted): ?string
    {
        $peer = self::canonical((string) ($server['REMOTE_ADDR'] ?? ''));
        if ($trusted->find($peer) !== null) {
            return null;
        }
        foreach (self::SIGNS_OF_A_PROXY as $header) {
            $said = self::header($server, $header);
            if ($said !== '' && !in_array($peer, array_map([self::class, 'read'], explode(',', $said)), true)) {
                return $header;
            }
        }
        return null;
    }

    /** Notes such a proxy where this request came through one, for Site Health to tell. */
    public static function noteUnnamedProxy(Counters $counters): void
    {
        $sign = self::signOfUnnamed(wp_unslash($_SERVER), TrustedProxies::of(Settings::get()));
        if ($sign !== null) {
            $counters->isNews(self::UNNAMED_PROXY, time() + self::TOLD_SECONDS);
        }
    }

    /** Whether such a proxy showed itself lately. */
    public static function hasUnnamedProxy(Counters $counters): bool
    {
        return $counters->get(self::UNNAMED_PROXY) > 0;
    }

    /** Forgets it: the settings may have changed. */
    public static function forgetUnnamedProxy(Counters $counters): void
    {
        $counters->forget(self::UNNAMED_PROXY);
    }

    /** An IPv4 address that is mapped into IPv6 as what it is mapped from; any other as it was written. */
    public static function canonical(string $address): string
    {
        $packed = filter_var($address, FILTER_VALIDATE_IP) ? (string) inet_pton($address) : '';
        $isMapped = strlen($packed) === 16 && substr($packed, 0, 12) === str_repeat("\0", 10) . "\xff\xff";
        return $isMapped ? (string) inet_ntop(substr($packed, 12)) : $address;
    }

    /** As far as limits tell addresses apart: an IPv4 address, or the network of an IPv6 address. */
    public static function network(string $address): string
    {
        $address = self::canonical($address);
        $packed = filter_var($address, FILTER_VALIDATE_IP) ? (string) inet_pton($address) : '';
        return strlen($packed) === 16 ? bin2hex(substr($packed, 0, self::IPV6_NETWORK_BYTES)) : $address;
    }

    private static function name(string $time): string
    {
        $address = self::client(wp_unslash($_SERVER), TrustedProxies::of(Settings::get()));
        return substr(hash_hmac('sha256', $time . ' ' . self::network($address), wp_salt('nonce')), 0, 32);
    }

    /** @param array<string, mixed> $server */
    private static function header(array $server, string $name): string
    {
        $value = $server['HTTP_' . strtoupper(str_replace('-', '_', $name))] ?? '';
        return is_string($value) ? trim($value) : '';
    }

    /** An address as proxies write it: some add the port, and IPv6 has brackets then. Null where it is none. */
    private static function read(string $text): ?string
    {
        $text = trim($text);
        if (preg_match('/^\[([^\]]+)\](:\d+)?$/', $text, $found) || preg_match('/^(\d+\.\d+\.\d+\.\d+):\d+$/', $text, $found)) {
            $text = $found[1];
        }
        return filter_var($text, FILTER_VALIDATE_IP) === false ? null : self::canonical($text);
    }
}
