<?php

namespace Candor\Wire;

use Candor\Settings;

/**
 * Which pages may use the chat: the rules of cross-origin requests.
 *
 * A page whose origin is not allowed still gets a readable answer that names the origin and the setting, since a browser
 * alone would tell nothing but "failed to fetch". No cookie and no credentials are involved.
 */
final class Origins
{
    private const REQUEST_HEADERS =
        'Accept, Authorization, Candor-Authorization, Candor-Owner, Content-Type, Idempotency-Key, Last-Event-ID';

    /** Refuses a page that is not allowed. A request without an origin comes from no page. */
    public static function check(Request $request): void
    {
        $origin = $request->header('origin');
        if (!$request->hasHeader('origin') || self::allows($origin, $request->header('host'))) {
            return;
        }
        $named = mb_substr(wp_check_invalid_utf8($origin, true), 0, 200);
        throw new ApiProblem(
            'origin_not_allowed',
            403,
            "The origin $named is not allowed. The site’s owner can add it to “Allowed origins” in Candor’s settings."
        );
    }

    /** @return array<string, string> What every answer says to a page of another origin. */
    public static function headers(string $origin): array
    {
        if ($origin === '') {
            return ['Vary' => 'Origin'];
        }
        return [
            'Access-Control-Allow-Origin' => $origin,
            'Access-Control-Expose-Headers' => 'Candor-Token, Date, Retry-After, WWW-Authenticate',
            'Vary' => 'Origin',
        ];
    }

    /** @return array<string, string> What a preflight is answered: granted always, see above. */
    public static function preflight(): array
    {
        return [
            'Access-Control-Allow-Methods' => 'GET, POST, PUT, PATCH, DELETE',
            'Access-Control-Allow-Headers' => self::REQUEST_HEADERS,
            'Access-Control-Max-Age' => '7200',
        ];
    }

    /** An origin as it is compared: lower case, without a default port. Null for what is none. */
    public static function parse(string $text): ?string
    {
        if (!preg_match('~^(https?)://([^/?#@*\s\x80-\xff]+)/?$~i', $text, $found)) {
            return null;
        }
        $scheme = strtolower($found[1]);
        return $scheme . '://' . self::withoutDefaultPort(strtolower($found[2]), $scheme);
    }

    private static function allows(string $origin, string $host): bool
    {
        $parsed = self::parse($origin);
        $allowed = Settings::get()->texts('allowed_origins');
        if (in_array('*', $allowed, true)) {
            return true;
        }
        if ($parsed === null) {
            return false;
        }
        [$scheme, $authority] = explode('://', $parsed);
        // Both addresses of the site, and the name by which it was asked: a site may have several.
        return in_array($parsed, array_map([self::class, 'parse'], $allowed), true)
            || $authority === self::withoutDefaultPort(strtolower($host), $scheme)
            || $authority === self::authority(home_url(), $scheme)
            || $authority === self::authority(site_url(), $scheme);
    }

    private static function authority(string $url, string $scheme): string
    {
        $parts = wp_parse_url($url);
        $port = isset($parts['port']) ? ':' . $parts['port'] : '';
        return self::withoutDefaultPort(strtolower(($parts['host'] ?? '') . $port), $scheme);
    }

    private static function withoutDefaultPort(string $authority, string $scheme): string
    {
        return preg_replace($scheme === 'https' ? '/:443$/' : '/:80$/', '', $authority);
    }
}
