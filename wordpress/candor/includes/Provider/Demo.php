<?php

namespace Candor\Provider;

/** The built-in provider: needs no key, streams an answer word by word, and fails on demand as a real API would. */
final class Demo implements Provider
{
    public const MODEL = 'demo';

    /** Failures that it plays, by what a visitor writes behind `fail:`. */
    private const FAILURES = [
        'missing scopes', 'invalid key', 'no quota', 'rate limit', 'unknown model', 'overloaded', 'server error', 'firewall',
        'broken stream', 'stalled stream', 'timeout', 'empty', 'error in stream', 'length limit',
    ];

    public function chat(string $model, array $messages): Exchange
    {
        // Questions that got no answer stand before the latest one, in one message with it.
        $paragraphs = explode("\n\n", (string) ($messages[count($messages) - 1]['content'] ?? ''));
        $message = end($paragraphs);
        $name = self::wantedFailure($message);
        return $name === null
            ? DemoExchange::streamed(DemoAnswers::answer($message), 'stop')
            : $this->failure($name) ?? $this->unknownFailure();
    }

    /** Flags a message, and fails, where the message names the cause that is to come of it. */
    public function moderate(array $texts): Exchange
    {
        $wanted = array_map([self::class, 'wantedFailure'], $texts);
        if (in_array('moderation_refused', $wanted, true)) {
            return DemoExchange::whole(404, '{"error":{"code":"404","message":"Resource not found"}}');
        }
        if (in_array('moderation_unavailable', $wanted, true)) {
            return DemoExchange::whole(503, '{"error":{"message":"The server is overloaded.","type":"server_error"}}');
        }
        $verdicts = array_map(static function (?string $name): array {
            $isFlagged = $name === 'message_flagged';
            return ['flagged' => $isFlagged, 'categories' => ['harassment' => $isFlagged, 'violence' => false]];
        }, $wanted);
        return DemoExchange::whole(200, (string) wp_json_encode(['results' => $verdicts]));
    }

    public function sendsReasoning(string $model): bool
    {
        return false;
    }

    public function learn(array $error): bool
    {
        return false;
    }

    public function models(): Exchange
    {
        $list = ['object' => 'list', 'data' => [['id' => self::MODEL, 'object' => 'model', 'owned_by' => 'candor']]];
        return DemoExchange::whole(200, (string) wp_json_encode($list));
    }

    /** What stands behind `fail:`, without the case, spaces and quotation marks around it. */
    private static function wantedFailure(string $message): ?string
    {
        if (!preg_match('/^\s*fail:(.*)$/isu', $message, $found)) {
            return null;
        }
        return mb_strtolower(preg_replace('/^[\s"\'“”.]+|[\s"\'“”.]+$/u', '', $found[1]) ?? '');
    }

    private function failure(string $name): ?Exchange
    {
        $start = 'Here is the start of an answer, and as you ';
        switch ($name) {
            case 'broken stream':
            case 'stream_cut':
                return DemoExchange::streamed($start . 'see', 'break');
            case 'stalled stream':
            case 'stream_stalled':
                return DemoExchange::streamed($start, 'stall');
            case 'error in stream':
                return DemoExchange::streamed($start, 'error');
            case 'empty':
            case 'empty reply':
            case 'empty_reply':
                return DemoExchange::streamed('', 'stop');
            case 'length limit':
            case 'token_limit':
                return DemoExchange::streamed($start, 'length');
            case 'timeout':
                return DemoExchange::silent();
            case 'dns_failure':
                throw new TransportError(TransportError::DNS, 'this is a rehearsal');
            case 'tls_failure':
                throw new TransportError(TransportError::TLS, 'this is a rehearsal');
            case 'unreachable_provider':
                throw new TransportError(TransportError::CONNECT, 'this is a rehearsal');
        }
        $reply = self::reply($name);
        return $reply === null ? null : DemoExchange::whole(...$reply);
    }

    private function unknownFailure(): Exchange
    {
        $list = '';
        foreach (self::FAILURES as $name) {
            $list .= "- `fail: $name`\n";
        }
        return DemoExchange::streamed(
            "I don’t know that failure. I can play these:\n\n$list\nSend one of them just as it stands.",
            'stop'
        );
    }

    /**
     * A whole reply: status, body, type, headers. The sources of the words stand in crates/proxy/src/provider/demo.
     *
     * @return array{0: int, 1: string, 2?: string, 3?: array<string, string>}|null
     */
    private static function reply(string $name): ?array
    {
        switch ($name) {
            case 'missing scopes':
            case 'missing scope':
                return [403, '{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you\'re using a restricted API key, that it has the necessary scopes.","type":"invalid_request_error","param":null,"code":null}}'];
            case 'invalid key':
                return [401, '{"error":{"message":"Incorrect API key provided: sk-demo*************************7890. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}'];
            case 'no quota':
                return [429, '{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}'];
            case 'rate limit':
                return [429, '{"error":{"message":"Rate limit reached for gpt-4o-mini in organization org-demo0123456789abcdefghij on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"requests","param":null,"code":"rate_limit_exceeded"}}', 'application/json', ['retry-after' => '20']];
            case 'unknown model':
                return [404, '{"error":{"message":"The model `gpt-4o` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}'];
            case 'overloaded':
                return [503, '{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID 500d9fff2057e4af93a280f67002c342 in your message.)","type":"server_error","param":null,"code":null}}'];
            case 'server error':
                return [500, '{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error. (Please include the request ID e5c949c8ec2c86be225544e5eefcbe4d in your email.)","type":"server_error","param":null,"code":null}}'];
            case 'firewall':
                return [403, "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\">\n<head>\n<title>Attention Required! | Cloudflare</title>\n</head>\n<body>\n<h1>Sorry, you have been blocked</h1>\n<h2>You are unable to access api.openai.com</h2>\n<p>This website is using a security service to protect itself from online attacks.</p>\n</body>\n</html>\n", 'text/html; charset=UTF-8', ['server' => 'cloudflare']];
        }
        return self::rehearsal($name);
    }

    /**
     * The reply by which a cause of the catalogue is rehearsed, from the list that `candor serve` plays too.
     *
     * @return array{0: int, 1: string, 2: string, 3: array<string, string>}|null
     */
    private static function rehearsal(string $cause): ?array
    {
        $path = dirname(__DIR__, 2) . '/rehearsals.jsonl';
        foreach (is_readable($path) ? file($path, FILE_IGNORE_NEW_LINES) : [] as $line) {
            $reply = json_decode($line, true);
            if (is_array($reply) && ($reply['cause'] ?? '') === $cause) {
                return [$reply['status'], $reply['body'], $reply['content_type'], $reply['headers']];
            }
        }
        return null;
    }
}
