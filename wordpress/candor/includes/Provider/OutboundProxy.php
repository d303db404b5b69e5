<?php

namespace Candor\Provider;

use Candor\Host;

/** The proxy through which the provider is reached, as companies and hosts have one for the way out. */
final class OutboundProxy
{
    /** The environment’s variables that curl reads, by the scheme of the addresses that they are for. */
    private const VARIABLES = [
        'https' => ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
        // Not in capitals: a visitor could set that one by a header named Proxy, where PHP runs as CGI.
        'http' => ['http_proxy', 'all_proxy', 'ALL_PROXY'],
    ];

    /** @var string */
    private $address;

    /** @var string What names it. */
    private $setting;

    /** @var string What exempts addresses from it. */
    private $exemption;

    private function __construct(string $address, string $setting, string $exemption)
    {
        $this->address = $address;
        $this->setting = $setting;
        $this->exemption = $exemption;
    }

    /** The proxy for this address; null where there is none. A provider on this very machine is asked directly. */
    public static function of(string $url): ?self
    {
        $host = Host::of($url);
        if ($host !== null && $host->isLoopback()) {
            return null;
        }
        $wordpress = new \WP_HTTP_Proxy();
        if ($wordpress->is_enabled()) {
            return $wordpress->send_through_proxy($url)
                ? new self($wordpress->host() . ':' . $wordpress->port(), 'WP_PROXY_HOST', 'WP_PROXY_BYPASS_HOSTS')
                : null;
        }
        foreach (self::VARIABLES[strtolower((string) wp_parse_url($url, PHP_URL_SCHEME))] ?? [] as $variable) {
            $proxy = (string) getenv($variable);
            if ($proxy !== '') {
                return self::isExempt($url) ? null : new self(self::withoutPassword($proxy), $variable, 'NO_PROXY');
            }
        }
        return null;
    }

    /**
     * What curl is to be told.
     *
     * @return array<int, mixed>
     */
    public static function curlOptions(string $url): array
    {
        $proxy = self::of($url);
        if ($proxy === null) {
            return [CURLOPT_NOPROXY => '*'];
        }
        if ($proxy->setting !== 'WP_PROXY_HOST') {
            // Curl finds it in the environment itself.
            return [];
        }
        $wordpress = new \WP_HTTP_Proxy();
        $options = [
            CURLOPT_PROXYTYPE => CURLPROXY_HTTP,
            CURLOPT_PROXY => $wordpress->host(),
            CURLOPT_PROXYPORT => (int) $wordpress->port(),
            // WordPress’s own list alone counts.
            CURLOPT_NOPROXY => '',
        ];
        if ($wordpress->use_authentication()) {
            $options[CURLOPT_PROXYAUTH] = CURLAUTH_ANY;
            $options[CURLOPT_PROXYUSERPWD] = $wordpress->authentication();
        }
        return $options;
    }

    /** The proxy in words, with what exempts an address from it. */
    public function words(): string
    {
        return "the proxy {$this->address}, which {$this->setting} names; {$this->exemption} exempts addresses from it";
    }

    /** Whether `NO_PROXY` has the address, as curl reads it: names with their subdomains, or a star. */
    private static function isExempt(string $url): bool
    {
        $host = strtolower((string) wp_parse_url($url, PHP_URL_HOST));
        $exempt = strtolower((string) (getenv('no_proxy') ?: getenv('NO_PROXY')));
        foreach (preg_split('/[\s,]+/', $exempt, -1, PREG_SPLIT_NO_EMPTY) ?: [] as $name) {
            $name = ltrim($name, '.');
            if ($name === '*' || $host === $name || substr($host, -strlen('.' . $name)) === '.' . $name) {
                return true;
            }
        }
        return false;
    }

    private static function withoutPassword(string $proxy): string
    {
        return (string) preg_replace('~^(?:\w+://)?(?:[^@/]*@)?([^/]*).*$~', '$1', $proxy);
    }
}
