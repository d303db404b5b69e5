<?php

namespace Candor\Provider;

use Candor\Limits;
use Candor\Settings;
use Candor\Wire\Cause;
use Candor\Wire\Problem;

/** One exchange with the provider: a chat is sent, and its answer read to the end, within time limits. */
final class Chat
{
    /** The most bytes of text that one reply may have. */
    private const MAX_REPLY_BYTES = 262144;

    /** The most bytes that the body of one reply may have, once it is unpacked. */
    private const MAX_BODY_BYTES = 67108864;

    /** The most bytes of a list of models that are read: of a longer one no name is told. */
    private const MAX_LIST_BYTES = 1048576;

    /** The most bytes of moderation's verdicts that are read: there is half a kilobyte for each text. */
    private const MAX_VERDICT_BYTES = 1048576;

    /** The longest that one reply may take, in seconds, whatever arrives. */
    private const MAX_REPLY_SECONDS = 600;

    /** How long it waits for bytes at a time, in seconds: how soon a wish to stop is heard. */
    private const TICK_SECONDS = 0.1;

    /** How long is waited for the count of tokens once the answer has ended, in seconds. */
    private const COUNT_SECONDS = 0.3;

    /** @var Provider */
    private $provider;

    /** @var int */
    private $firstByte;

    /** @var int */
    private $pause;

    /** @var int The most bytes of text that the answer may have. */
    private $longestBytes;

    /** @var bool Whether the provider has learnt from a refusal how the chat is to be sent. */
    private $isToBeSentAgain = false;

    /** @var (callable(): void)|null Is told once where the model thinks before its first word. */
    public $onThinking;

    /** @var (callable(): void)|null Is told where all text so far was thought, and is taken back. */
    public $onRetracted;

    /** @var string|null What the model has thought beside its answer. It is shown to nobody, but the model may want it back. */
    public $reasoning;

    /** @var string[] What moderation is to look at before the chat is sent. */
    public $toModerate = [];

    /** @var bool Whether it was left before the end. */
    public $wasLeft = false;

    /** @var int Of the chat, once it is sent, with what goes back of the model's thoughts. */
    private $bytesSent = 0;

    /** @var int Of the answer's text so far. */
    private $bytesReceived = 0;

    /** @var int Of what the model has thought beside it. */
    private $bytesThought = 0;

    /** @var bool Whether the provider has refused the chat, which costs nothing where it had not begun to write. */
    private $isRefused = false;

    /** @var Usage|null What the provider has said of tokens. */
    private $saidUsage;

    /**
     * @param int $firstByte Seconds to wait for the first byte.
     * @param int $pause Seconds that the answer may pause.
     * @param int|null $longestTokens How many tokens of text the answer may have; null where the owner has set no limit.
     */
    public function __construct(Provider $provider, int $firstByte, int $pause, ?int $longestTokens = null)
    {
        $this->provider = $provider;
        $this->firstByte = $firstByte;
        $this->pause = $pause;
        $longest = $longestTokens === null ? self::MAX_REPLY_BYTES : $longestTokens * Usage::BYTES_PER_TOKEN;
        $this->longestBytes = min($longest, self::MAX_REPLY_BYTES);
    }

    public static function with(Settings $settings): self
    {
        $longest = (new Limits($settings))->most('tokens_answer');
        return new self(Providers::of($settings), $settings->replyTimeout(), $settings->stallTimeout(), $longest);
    }

    /**
     * Sends the chat and gives each piece of text to `$text`. `$goOn` is asked many times a second whether to read on.
     *
     * @param array<int, array{role: string, content: string, reasoning_content?: string}> $messages
     * @param callable(string): void $text
     * @param callable(): bool $goOn
     * @return Problem|null What kept the answer from being whole; the text until then was given.
     */
    public function run(string $model, array $messages, callable $text, callable $goOn): ?Problem
    {
        $problem = $this->toModerate === [] ? null : $this->moderate($this->toModerate, $goOn);
        if ($problem !== null || $this->wasLeft) {
            return $problem;
        }
        $exchange = null;
        try {
            do {
                if ($exchange !== null) {
                    $exchange->close();
                }
                $this->isToBeSentAgain = false;
                $exchange = $this->provider->chat($model, $messages);
                $sent = $this->provider->sendsReasoning($model) ? ['content', 'reasoning_content'] : ['content'];
                $this->bytesSent = 0;
                foreach ($sent as $part) {
                    $this->bytesSent += (int) array_sum(array_map('strlen', array_column($messages, $part)));
                }
                $problem = $this->converse($exchange, $model, function (string $piece) use ($text): void {
                    $this->bytesReceived += strlen($piece);
                    $text($piece);
                }, $goOn);
            } while ($this->isToBeSentAgain);
            $this->isRefused = $problem !== null && ($problem->upstream()['status'] ?? 0) >= 400;
            return $problem;
        } catch (TransportError $error) {
            return $this->transport($error, $exchange);
        } finally {
            if ($exchange !== null) {
                $exchange->close();
            }
        }
    }

    /**
     * What the chat has used until now: what the provider says, where it can be believed, else what the length says. What was
     * refused has used nothing, unless the model had begun to think or to write.
     */
    public function usage(): Usage
    {
        if ($this->bytesSent === 0) {
            return new Usage(0, 0);
        }
        $estimated = Usage::estimated($this->bytesSent, $this->bytesReceived + $this->bytesThought);
        if ($this->saidUsage !== null && $this->saidUsage->isPlausible($estimated)) {
            return $this->saidUsage;
        }
        return $this->isRefused && $estimated->output === 0 ? new Usage(0, 0) : $estimated;
    }

    /**
     * Asks for the models. Gives their names, or what kept the list from coming.
     *
     * @param (callable(): bool)|null $goOn As in `run`.
     * @return array{models?: string[], problem?: Problem}
     */
    public function models(?callable $goOn = null): array
    {
        $body = '';
        $problem = $this->whole(function (): Exchange {
            return $this->provider->models();
        }, self::MAX_LIST_BYTES, $goOn, $exchange, $body);
        if ($problem !== null) {
            return ['problem' => $problem];
        }
        if ($exchange->status() < 200 || $exchange->status() > 299) {
            return ['problem' => self::refused(Upstream::read($exchange->status(), $exchange->headers(), $body))];
        }
        if (strlen($body) >= self::MAX_LIST_BYTES) {
            return ['models' => []];
        }
        $list = json_decode($body, true);
        // A success in which there is an error, or no list, is none.
        if (!is_array($list) || Upstream::holdsError($list)) {
            return ['problem' => self::refused(Upstream::read($exchange->status(), $exchange->headers(), $body))];
        }
        $entries = self::entries($list);
        if ($entries === null) {
            $upstream = Upstream::read($exchange->status(), $exchange->headers(), $body);
            return ['problem' => self::failed('wrong_base_url', 502, $upstream)];
        }
        $names = array_column($entries, 'id');
        $names = array_values(array_filter($names, 'is_string'));
        sort($names, SORT_NATURAL | SORT_FLAG_CASE);
        return ['models' => $names];
    }

    /**
     * Has texts looked at by the provider's moderation. What cannot be looked at is not to be sent.
     *
     * @param string[] $texts
     * @param callable(): bool $goOn As in `run`.
     * @return Problem|null Why they are not to be sent. Null where they are, and where it was left.
     */
    public function moderate(array $texts, callable $goOn): ?Problem
    {
        $body = '';
        $problem = $this->whole(function () use ($texts): Exchange {
            return $this->provider->moderate($texts);
        }, self::MAX_VERDICT_BYTES, function () use ($goOn): bool {
            $this->wasLeft = $this->wasLeft || !$goOn();
            return !$this->wasLeft;
        }, $exchange, $body);
        if ($this->wasLeft) {
            return null;
        }
        if ($problem === null) {
            return Moderation::read($exchange->status(), $exchange->headers(), $body, count($texts));
        }
        // To an address to which nothing may be sent nothing will be sent in a moment either.
        return ($problem->upstream()['code'] ?? '') === TransportError::PLAIN ? $problem : Moderation::unavailable($problem->upstream());
    }

    /**
     * Reads an answer whole, as far as it comes in time and within bounds.
     *
     * @param callable(): Exchange $ask
     * @param (callable(): bool)|null $goOn As in `run`.
     * @param Exchange|null $exchange Is set.
     * @param string $body Is set.
     * @return Problem|null Why there is none.
     */
    private function whole(callable $ask, int $mostBytes, ?callable $goOn, ?Exchange &$exchange, string &$body): ?Problem
    {
        $exchange = null;
        $deadline = microtime(true) + $this->firstByte;
        try {
            $exchange = $ask();
            while (($bytes = $exchange->read(self::TICK_SECONDS)) !== null && strlen($body) < $mostBytes) {
                $body .= $bytes;
                if (microtime(true) > $deadline || ($goOn !== null && !$goOn())) {
                    return self::failed('timeout', 504, Upstream::silent(0, []));
                }
            }
        } catch (TransportError $error) {
            return $this->transport($error, $exchange);
        } finally {
            if ($exchange !== null) {
                $exchange->close();
            }
        }
        return null;
    }

    /**
     * The entries of a list: in OpenAI’s form, Ollama’s own, or Together’s bare list. Null where it is none. A server written in Go
     * may say null for an empty list.
     *
     * @param array<mixed> $list
     * @return array<mixed>|null
     */
    private static function entries(array $list): ?array
    {
        foreach (['data', 'models'] as $name) {
            if (is_array($list[$name] ?? null)) {
                return $list[$name];
            }
        }
        if (($list['object'] ?? '') === 'list' && array_key_exists('data', $list)) {
            return [];
        }
        return array_keys($list) === range(0, count($list) - 1) ? $list : null;
    }

    private function converse(Exchange $exchange, string $model, callable $text, callable $goOn): ?Problem
    {
        $begun = microtime(true);
        $deadline = $begun + $this->firstByte;
        $reader = null;
        $refusal = '';
        $bytesOfText = 0;
        $bytesOfBody = 0;
        $ended = null;
        for (;;) {
            try {
                $bytes = $exchange->read(self::TICK_SECONDS);
            } catch (TransportError $error) {
                // An answer that has ended is whole, even where the connection was not closed as it should be.
                if ($ended !== null) {
                    return $this->ending($reader, $exchange);
                }
                throw $error;
            }
            if (!$goOn()) {
                $this->wasLeft = true;
                return null;
            }
            $now = microtime(true);
            if ($ended !== null && $now > $ended + self::COUNT_SECONDS) {
                return $this->ending($reader, $exchange);
            }
            if ($bytes === '') {
                if ($now > $deadline || $now > $begun + self::MAX_REPLY_SECONDS) {
                    $cause = $bytesOfText === 0 || $now > $begun + self::MAX_REPLY_SECONDS ? 'timeout' : 'stream_stalled';
                    return self::failed($cause, 504, Upstream::silent($exchange->status(), $exchange->headers()));
                }
                continue;
            }
            $isRefusal = $exchange->status() < 200 || $exchange->status() > 299;
            if ($bytes !== null) {
                $deadline = $now + $this->pause;
                if ($isRefusal) {
                    $refusal .= $bytes;
                    if (strlen($refusal) < Upstream::MAX_BODY_BYTES) {
                        continue;
                    }
                }
            }
            if ($isRefusal) {
                $said = Upstream::read($exchange->status(), $exchange->headers(), $refusal);
                $this->isToBeSentAgain = $this->provider->learn($said);
                return self::refused($said);
            }
            $reader = $reader ?? new CompletionReader($exchange->status(), $exchange->headers(), $model);
            $piece = $bytes === null ? $reader->close() : $reader->push($bytes);
            $bytesOfBody += strlen((string) $bytes);
            if ($bytesOfBody > self::MAX_BODY_BYTES) {
                return self::failed('stream_cut', 502, Upstream::silent($exchange->status(), $exchange->headers()));
            }
            if ($reader->takeRetracted()) {
                $bytesOfText = 0;
                if ($this->onRetracted !== null) {
                    ($this->onRetracted)();
                }
            }
            if ($this->onThinking !== null && $bytesOfText === 0 && $reader->hasThoughts()) {
                ($this->onThinking)();
                $this->onThinking = null;
            }
            $this->saidUsage = $reader->usage();
            $this->reasoning = $reader->reasoning();
            $this->bytesThought = $reader->bytesOfReasoning();
            $room = $this->longestBytes - $bytesOfText;
            if (strlen($piece) > $room) {
                $beginning = substr($piece, 0, $room);
                // What is cut amid a sign of several bytes ends before it.
                while (preg_match('//u', $beginning) !== 1) {
                    $beginning = substr($beginning, 0, -1);
                }
                $text($beginning);
                $message = "The answer has more than {$this->longestBytes} bytes, the most that may come of one.";
                $silent = Upstream::silent($exchange->status(), $exchange->headers());
                return self::failed('token_limit', 502, ['message' => $message] + $silent);
            }
            if ($piece !== '') {
                $bytesOfText += strlen($piece);
                $text($piece);
            }
            if ($reader->failure() !== null) {
                return self::refused($reader->failure());
            }
            if ($bytes === null || $reader->isOver()) {
                return $this->ending($reader, $exchange);
            }
            $ended = $ended ?? ($reader->hasEnded() ? $now : null);
        }
    }

    private function ending(CompletionReader $reader, Exchange $exchange): ?Problem
    {
        $causes = ['cut' => 'stream_cut', 'empty' => 'empty_reply', 'truncated' => 'token_limit'];
        $end = $reader->end();
        if ($end === 'complete') {
            return null;
        }
        $said = $end === 'truncated' ? $reader->limit() : [];
        $upstream = $said + Upstream::silent($exchange->status(), $exchange->headers());
        $cause = Cause::of($causes[$end]);
        // Without a word of an answer there is nothing to go on from.
        $cause = isset($said['code']) ? $cause->forOwner() : $cause;
        return Problem::of($cause, 502, null, $upstream);
    }

    private function transport(TransportError $error, ?Exchange $exchange): Problem
    {
        $upstream = Upstream::transport($error);
        if ($exchange !== null && $exchange->status() > 0) {
            $said = ['message' => $upstream['message']];
            return self::failed('stream_cut', 502, $said + Upstream::silent($exchange->status(), $exchange->headers()));
        }
        if ($error->stage === TransportError::PLAIN) {
            return Problem::of(Cause::of('tls_failure')->forOwner(), 502, null, $upstream);
        }
        $causes = [TransportError::DNS => 'dns_failure', TransportError::TLS => 'tls_failure'];
        return self::failed($causes[$error->stage] ?? 'unreachable_provider', 502, $upstream);
    }

    /**
     * A failure that the proxy has seen itself.
     *
     * @param array<string, mixed> $upstream
     */
    private static function failed(string $cause, int $status, array $upstream): Problem
    {
        return Problem::of(Cause::of($cause), $status, null, $upstream);
    }

    /**
     * What the provider refused with, passed on unread: what it means is told by the widget, which has the catalogue of causes
     * compiled in. HTTP's own statuses are no more than translated, as a gateway does.
     *
     * @param array<string, mixed> $upstream
     */
    private static function refused(array $upstream): Problem
    {
        $told = $upstream['status'];
        $statuses = [429 => 429, 503 => 503, 529 => 503, 408 => 504, 504 => 504];
        $cause = Cause::unread($told);
        return Problem::of($cause, $statuses[$told] ?? 502, Upstream::again($cause, $upstream), $upstream);
    }
}
