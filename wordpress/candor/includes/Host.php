<?php

namespace Candor;

/**
 * Where the host of an address is, as far as the address tells: on this machine, in a private network, or anywhere. Nothing is
 * looked up. `candor serve` has the same rules.
 */
final class Host
{
    /** Ends of names that lead nowhere but into a private network (RFC 6761, 6762 and 8375; ICANN reserved `internal` in 2024). */
    private const PRIVATE_NAMES = '/\.(localhost|local|internal|home\.arpa|lan)$/D';

    private const MAX_IPV4 = 0xFFFFFFFF;

    /** @var string In lower case, without brackets and the dot at the end; an IPv4 address as four decimal numbers. */
    private $name;

    /** @var bool */
    private $isIp;

    private function __construct(string $name, bool $isIp)
    {
        $this->name = $name;
        $this->isIp = $isIp;
    }

    /** The host of an address; null where it has none that can be asked. */
    public static function of(string $url): ?self
    {
        $host = strtolower((string) wp_parse_url($url, PHP_URL_HOST));
        if (preg_match('/^\[([0-9a-f:.]+)\]$/D', $host, $found)) {
            return filter_var($found[1], FILTER_VALIDATE_IP, FILTER_FLAG_IPV6) ? new self(Address::canonical($found[1]), true) : null;
        }
        $host = preg_replace('/\.$/D', '', $host) ?? '';
        if (preg_match('/(^|\.)(\d+|0x[0-9a-f]*)$/D', $host)) {
            $ip = self::ipv4($host);
            return $ip === null ? null : new self($ip, true);
        }
        return preg_match('/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/D', $host) ? new self($host, false) : null;
    }

    /** Whether what goes to this address by `http://` stays on this machine or in a private network. */
    public static function isNearAt(string $url): bool
    {
        $host = self::of($url);
        return $host !== null && $host->isNear();
    }

    /** Whether what goes to this address can be read by anybody on the way. */
    public static function isPlainAndFar(string $url): bool
    {
        return strtolower((string) wp_parse_url($url, PHP_URL_SCHEME)) !== 'https' && !self::isNearAt($url);
    }

    /** Whether it is this very machine. */
    public function isLoopback(): bool
    {
        return $this->isIp
            ? $this->isIn(['loopback'])
            : $this->name === 'localhost' || substr($this->name, -strlen('.localhost')) === '.localhost';
    }

    /** Whether it is this machine, or in a private network. IPv4 in 6to4 or behind NAT64 is neither: the way there leads through others. */
    public function isNear(): bool
    {
        if ($this->isIp) {
            return $this->isIn(['loopback', 'private']);
        }
        // A name without a dot is known in its own network alone, as those of containers are.
        return strpos($this->name, '.') === false || preg_match(self::PRIVATE_NAMES, $this->name) === 1;
    }

    /** @param string[] $networks Names of `trusted_proxies.toml`. */
    private function isIn(array $networks): bool
    {
        return (new TrustedProxies($networks))->find($this->name) !== null;
    }

    /** One to four numbers, decimal, octal or hexadecimal, the last of which fills what is left, as curl and browsers read them. */
    private static function ipv4(string $host): ?string
    {
        $parts = explode('.', $host);
        $last = count($parts) - 1;
        $ip = 0;
        foreach ($parts as $at => $part) {
            $number = self::number($part);
            $most = $at < $last ? 0xFF : self::MAX_IPV4 >> (8 * $last);
            if ($last > 3 || $number === null || $number > $most) {
                return null;
            }
            $ip += $at < $last ? $number << (8 * (3 - $at)) : $number;
        }
        return long2ip($ip);
    }

    private static function number(string $text): ?int
    {
        if (preg_match('/^0x([0-9a-f]{0,8})$/D', $text, $found)) {
            return (int) hexdec($found[1]);
        }
        if (preg_match('/^0([0-7]{1,11})$/D', $text, $found)) {
            return (int) octdec($found[1]);
        }
        return preg_match('/^(0|[1-9]\d{0,9})$/D', $text) ? (int) $text : null;
    }
}
