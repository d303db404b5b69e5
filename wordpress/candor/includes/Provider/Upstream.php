<?php

namespace Candor\Provider;

use Candor\Redaction;
use Candor\Wire\Cause;

/**
 * What a provider's reply says of an error, picked out and redacted but not interpreted: the fields of OpenAI's error object
 * where they are, and the first text where they are not. The widget reads the rest out of them.
 */
final class Upstream
{
    private const MAX_TEXT_CHARS = 300;
    private const MAX_MESSAGE_CHARS = 4000;
    private const MAX_FIELD_CHARS = 200;

    /** The most bytes of a body that are looked at. */
    public const MAX_BODY_BYTES = 65536;

    /** The names that an error’s HTTP status goes by. */
    private const STATUSES = ['status', 'status_code', 'statusCode', 'http_status', 'httpStatus', 'http_status_code', 'httpStatusCode'];

    /** Where providers and gateways put the request's name, the most telling first. */
    private const REQUEST_IDS = [
        'x-request-id', 'request-id', 'apim-request-id', 'x-ms-request-id', 'x-amzn-requestid', 'x-goog-request-id',
        'x-groq-request-id', 'x-litellm-call-id', 'x-correlation-id', 'x-trace-id', 'x-generation-id',
        'cf-ray', 'x-amz-cf-id', 'x-azure-ref', 'x-vercel-id',
    ];

    /**
     * A whole reply.
     *
     * @param array<string, string> $headers
     * @return array<string, mixed> As `upstream` travels.
     */
    public static function read(int $status, array $headers, string $body): array
    {
        $upstream = self::silent($status, $headers);
        $body = trim(mb_strcut($body, 0, self::MAX_BODY_BYTES, 'UTF-8'), " \t\r\n\0\x0B\xEF\xBB\xBF");
        if ($body === '') {
            return $upstream;
        }
        $value = json_decode($body, true, 32);
        if (is_array($value)) {
            if (!isset($upstream['content_type']) || $upstream['content_type'] === 'text/html') {
                $upstream['content_type'] = 'application/json';
            }
            if (self::holdsError($value)) {
                $upstream['status'] = self::laterStatus($status, $value);
            }
            $said = self::fields($value);
            return self::tidy($upstream, $said === [] ? ['text' => $body] : $said);
        }
        $isPage = ($upstream['content_type'] ?? '') === 'text/html' || preg_match('/^\s*<(!doctype|html|head|\?xml)/i', $body);
        if (!$isPage) {
            return self::tidy($upstream, ['text' => $body]);
        }
        $upstream['content_type'] = 'text/html';
        $title = preg_match('~<title[^>]*>(.*?)</title>~is', $body, $found) ? self::words($found[1]) : '';
        $text = self::words(preg_replace('~<title[^>]*>.*?</title>~is', ' ', $body) ?? $body);
        return self::tidy($upstream, ['message' => $title, 'text' => $text]);
    }

    /**
     * An error inside of a reply that began well, such as an event of its stream.
     *
     * @param array<string, string> $headers
     * @param array<mixed> $value
     * @return array<string, mixed>
     */
    public static function inStream(int $status, array $headers, array $value): array
    {
        $said = self::fields($value);
        return self::tidy(self::silent(self::laterStatus($status, $value), $headers), $said === [] ? ['text' => (string) wp_json_encode($value)] : $said);
    }

    /**
     * The status that an error names of itself, where the reply had begun well when it came; else the reply’s.
     *
     * @param array<mixed> $value
     */
    private static function laterStatus(int $status, array $value): int
    {
        $value = isset($value[0]) && is_array($value[0]) ? $value[0] : $value;
        foreach ($status >= 200 && $status < 300 ? [$value['error'] ?? null, $value] : [] as $place) {
            foreach (is_array($place) ? self::STATUSES : [] as $name) {
                $own = $place[$name] ?? null;
                if (is_numeric($own) && $own >= 400 && $own < 600) {
                    return (int) $own;
                }
            }
        }
        return $status;
    }

    /**
     * What is known of an exchange in which nobody says anything.
     *
     * @param array<string, string> $headers
     * @return array<string, mixed>
     */
    public static function silent(int $status, array $headers): array
    {
        $upstream = ['status' => $status];
        foreach (self::REQUEST_IDS as $name) {
            if (!empty($headers[$name])) {
                $upstream['request_id'] = Redaction::field($headers[$name], self::MAX_FIELD_CHARS);
                break;
            }
        }
        $wait = self::retryAfter($headers);
        if ($wait !== null) {
            $upstream['retry_after'] = $wait;
        }
        $kind = strtolower(trim(explode(';', $headers['content-type'] ?? '')[0]));
        $by = array_filter([$headers['server'] ?? '', $headers['cf-mitigated'] ?? '', $headers['x-amzn-waf-action'] ?? '']);
        return self::tidy($upstream, ['content_type' => $kind, 'answered_by' => implode(', ', $by)]);
    }

    /**
     * A failure below HTTP.
     *
     * @return array<string, mixed>
     */
    public static function transport(TransportError $error): array
    {
        return self::tidy(['status' => 0], ['code' => $error->stage, 'message' => $error->getMessage()]);
    }

    /**
     * When a visitor may try again, where the other side has named a time.
     *
     * @param array<string, mixed> $upstream
     */
    public static function again(Cause $cause, array $upstream): ?string
    {
        if (!$cause->retryable || !isset($upstream['retry_after'])) {
            return null;
        }
        $seconds = $upstream['retry_after'];
        return 'Your message is kept. Try again in ' . ($seconds === 1 ? '1 second.' : "$seconds seconds.");
    }

    /**
     * Whether a value holds an error rather than a piece of an answer.
     *
     * @param mixed $value
     */
    public static function holdsError($value): bool
    {
        return is_array($value)
            && (!empty($value['error']) || !empty($value['errors']) || ($value['type'] ?? '') === 'error'
                || ($value['object'] ?? '') === 'error' || (isset($value['detail']) && !isset($value['choices'])));
    }

    /**
     * @param array<mixed> $value
     * @return array<string, mixed>
     */
    private static function fields(array $value): array
    {
        // Google answers with a list of one.
        $value = isset($value[0]) && is_array($value[0]) ? $value[0] : $value;
        $error = $value['error'] ?? null;
        if (is_string($error) && $error !== '') {
            $error = ['message' => $error];
        }
        $from = is_array($error) ? $error : $value;
        $said = [];
        foreach (['type', 'code', 'param', 'message'] as $name) {
            if (isset($from[$name]) && (is_string($from[$name]) || is_int($from[$name]))) {
                $said[$name] = $from[$name];
            }
        }
        if (!isset($said['message']) && is_string($value['detail'] ?? null)) {
            $said['message'] = $value['detail'];
        }
        // Without its words an error is not understood: then all of it is passed on as text.
        return isset($said['message']) ? $said : [];
    }

    /**
     * Adds the fields that say something, redacted and bounded.
     *
     * @param array<string, mixed> $upstream
     * @param array<string, mixed> $said
     * @return array<string, mixed>
     */
    private static function tidy(array $upstream, array $said): array
    {
        $most = ['message' => self::MAX_MESSAGE_CHARS, 'text' => self::MAX_TEXT_CHARS - 1];
        foreach ($said as $name => $value) {
            $field = Redaction::field($value, $most[$name] ?? self::MAX_FIELD_CHARS);
            if ($field !== null) {
                $upstream[$name] = $field;
            }
        }
        return $upstream;
    }

    private static function words(string $html): string
    {
        $html = preg_replace('~<(script|style)\b.*?</\1\s*>|<!--.*?-->~is', ' ', $html) ?? $html;
        $text = preg_replace('/<[a-z\/!?][^>]*>/i', ' ', $html) ?? $html;
        return trim(preg_replace('/\s+/u', ' ', html_entity_decode($text, ENT_QUOTES | ENT_HTML5, 'UTF-8')) ?? $text);
    }

    /**
     * Seconds to wait, rounded up, at most a month: as a number, or until a date (RFC 9110, section 10.2.3).
     *
     * @param array<string, string> $headers
     */
    private static function retryAfter(array $headers): ?int
    {
        $milliseconds = $headers['retry-after-ms'] ?? '';
        $value = $headers['retry-after'] ?? '';
        if (is_numeric($milliseconds)) {
            $seconds = (float) $milliseconds / 1000;
        } elseif (is_numeric($value)) {
            $seconds = (float) $value;
        } elseif ($value !== '' && ($until = strtotime($value)) !== false) {
            $seconds = $until - (strtotime($headers['date'] ?? '') ?: time());
        } else {
            return null;
        }
        return (int) ceil(min(max($seconds, 0), MONTH_IN_SECONDS));
    }
}
