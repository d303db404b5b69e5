<?php

namespace Candor\Provider;

use Candor\Data;

/**
 * Reads a streamed completion as its bytes arrive.
 *
 * A status of 200 promises nothing: the body can be an error, a web page, or an answer in one piece, and a stream can carry
 * an error or end without an end.
 */
final class CompletionReader
{
    /** As many bytes of a page are enough to know what it says. */
    private const MAX_PAGE_BYTES = 4096;

    private const MAX_WHOLE_BYTES = 1048576;

    /** @var int */
    private $status;

    /** @var array<string, string> */
    private $headers;

    /** @var EventDecoder */
    private $decoder;

    /** @var string How the body is written: events, or whole; empty until a visible byte came. */
    private $shape = '';

    /** @var string What has come of a body that is no stream. */
    private $whole = '';

    /** @var bool */
    private $hasText = false;

    /** @var bool */
    private $begun = false;

    /** @var bool */
    private $finished = false;

    /** @var bool */
    private $truncated = false;

    /** @var int */
    private $tokens = 0;

    /** @var array<string, mixed>|null */
    private $failure;

    /** @param array<string, string> $headers */
    public function __construct(int $status, array $headers)
    {
        $this->status = $status;
        $this->headers = $headers;
        $this->decoder = new EventDecoder();
    }

    /** Takes the next bytes and gives the text in them. */
    public function push(string $bytes): string
    {
        if ($this->failure !== null) {
            return '';
        }
        if ($this->shape === '') {
            $this->whole .= $bytes;
            $first = ltrim($this->whole, " \t\r\n\xEF\xBB\xBF");
            if ($first === '') {
                return '';
            }
            $this->shape = in_array($first[0], ['{', '[', '<'], true) ? 'whole' : 'events';
            $bytes = $this->whole;
            $this->whole = '';
        }
        if ($this->shape === 'events') {
            return $this->events($bytes);
        }
        $this->whole .= $bytes;
        $isPage = ltrim($this->whole, " \t\r\n\xEF\xBB\xBF")[0] === '<';
        if (strlen($this->whole) > ($isPage ? self::MAX_PAGE_BYTES : self::MAX_WHOLE_BYTES)) {
            $this->fail(Upstream::read($this->status, $this->headers, $this->whole));
        }
        return '';
    }

    /** What the end of the bytes completes: an event without its blank line, or a body in one piece. */
    public function close(): string
    {
        if ($this->failure !== null) {
            return '';
        }
        if ($this->shape === 'events') {
            return $this->events("\n\n");
        }
        if (trim($this->whole) === '') {
            return '';
        }
        $this->begun = true;
        $value = json_decode($this->whole, true, 32);
        if (!is_array($value) || !isset($value['choices']) || Upstream::holdsError($value)) {
            $this->fail(Upstream::read($this->status, $this->headers, $this->whole));
            return '';
        }
        return $this->chunk($value);
    }

    /** What the provider refused with in the middle, as `upstream` travels. */
    public function failure(): ?array
    {
        return $this->failure;
    }

    /** How the answer ended: complete, cut, empty or truncated. */
    public function end(): string
    {
        if (!$this->hasText) {
            return $this->finished || !$this->begun ? 'empty' : 'cut';
        }
        return !$this->finished ? 'cut' : ($this->truncated ? 'truncated' : 'complete');
    }

    /** What the provider has counted for question and answer together; 0 where it does not say. */
    public function tokens(): int
    {
        return $this->tokens;
    }

    private function events(string $bytes): string
    {
        $text = '';
        try {
            $events = $this->decoder->push($bytes);
        } catch (\LengthException $error) {
            $message = 'The answer holds a piece that is too large to read.';
            $this->fail(['message' => $message] + Upstream::silent($this->status, $this->headers));
            return '';
        }
        foreach ($events as $event) {
            $this->begun = true;
            if (trim($event['data']) === '[DONE]') {
                $this->finished = true;
                continue;
            }
            $value = json_decode($event['data'], true, 32);
            if ($event['name'] === 'error' || Upstream::holdsError($value)) {
                $this->fail(is_array($value)
                    ? Upstream::inStream($this->status, $this->headers, $value)
                    : Upstream::read($this->status, $this->headers, $event['data']));
                break;
            }
            $text .= is_array($value) ? $this->chunk($value) : '';
            if ($this->failure !== null) {
                break;
            }
        }
        return $text;
    }

    /**
     * Reads one chunk, or a whole completion: the text and the finish of its first choice.
     *
     * @param array<string, mixed> $chunk
     */
    private function chunk(array $chunk): string
    {
        $this->tokens = max($this->tokens, (int) ($chunk['usage']['total_tokens'] ?? 0));
        $choice = $chunk['choices'][0] ?? null;
        if (!is_array($choice)) {
            return '';
        }
        // A whole message, in place of what is added to one, is an answer in one piece.
        $whole = is_array($choice['message'] ?? null) ? $choice['message'] : null;
        $this->finished = $this->finished || $whole !== null;
        $message = is_array($choice['delta'] ?? null) ? $choice['delta'] : ($whole ?? []);
        $text = self::words($message['content'] ?? null) . self::words($message['refusal'] ?? null);
        $this->hasText = $this->hasText || $text !== '';
        $reason = $choice['finish_reason'] ?? null;
        if (!is_string($reason) || $reason === '') {
            return $text;
        }
        $this->finished = true;
        $known = Data::of('finish_reasons')[$reason] ?? ['meaning' => 'done'];
        $this->truncated = $this->truncated || $known['meaning'] === 'length';
        // What came before a filter is an answer.
        if ($known['meaning'] === 'failure' || ($known['meaning'] === 'filter' && !$this->hasText)) {
            $bare = array_filter(['code' => $reason, 'message' => $known['message'] ?? null]);
            $this->fail(Upstream::holdsError($choice)
                ? Upstream::inStream($this->status, $this->headers, $choice)
                : $bare + Upstream::silent($this->status, $this->headers));
        }
        return $text;
    }

    /**
     * Text as a string, or as a list of parts (Mistral).
     *
     * @param mixed $content
     */
    private static function words($content): string
    {
        if (is_array($content)) {
            return implode('', array_map(static function ($part): string {
                return is_array($part) && is_string($part['text'] ?? null) ? $part['text'] : '';
            }, $content));
        }
        return is_string($content) ? $content : '';
    }

    /** @param array<string, mixed> $upstream */
    private function fail(array $upstream): void
    {
        $this->failure = $upstream;
    }
}
