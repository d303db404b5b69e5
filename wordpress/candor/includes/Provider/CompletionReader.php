<?php

namespace Candor\Provider;

use Candor\Data;

/**
 * Reads a streamed completion as its bytes arrive.
 *
 * A status of 200 promises nothing: the body can be an error, a web page, or an answer in one piece, and a stream can carry
 * an error or end without an end.
 *
 * An answer is whole once the provider says so, by `[DONE]` or by a reason that means it, and what follows does not belong to
 * it. One that has a hole, since something of it could not be read, is never whole.
 */
final class CompletionReader
{
    /** As many bytes of a page are enough to know what it says. */
    private const MAX_PAGE_BYTES = 4096;

    private const MAX_WHOLE_BYTES = 1048576;

    /** Where models put their thoughts beside the answer: DeepSeek's and vLLM's name, and OpenRouter's. */
    private const THOUGHTS = ['reasoning_content', 'reasoning'];

    /** @var int */
    private $status;

    /** @var array<string, string> */
    private $headers;

    /** @var CompletionEvents */
    private $events;

    /** @var AnswerText */
    private $answer;

    /** @var JsonScan */
    private $scan;

    /** @var string How the body is written: events, JSON or a page; empty until a visible byte came. */
    private $shape = '';

    /** @var string What has come of a body that is no stream, and is not read yet. */
    private $bytes = '';

    /** @var bool */
    private $hasText = false;

    /** @var bool */
    private $begun = false;

    /** @var bool Whether the provider has said how the answer ended. */
    private $finished = false;

    /** @var bool Whether it has said so for the last time. */
    private $done = false;

    /** @var bool */
    private $truncated = false;

    /** @var int */
    private $tokens = 0;

    /** @var bool */
    private $hasThoughts = false;

    /** @var int */
    private $thoughtTokens = 0;

    /** @var array<string, mixed>|null */
    private $failure;

    /** @param array<string, string> $headers */
    public function __construct(int $status, array $headers)
    {
        $this->status = $status;
        $this->headers = $headers;
        $this->events = new CompletionEvents();
        $this->answer = new AnswerText();
        $this->scan = new JsonScan();
    }

    /** Takes the next bytes and gives the text in them. */
    public function push(string $bytes): string
    {
        if ($this->isOver()) {
            return '';
        }
        if ($this->shape === '') {
            $bytes = ltrim($bytes, " \t\r\n\xEF\xBB\xBF");
            if ($bytes === '') {
                return '';
            }
            $this->shape = ['{' => 'json', '[' => 'json', '<' => 'page'][$bytes[0]] ?? 'events';
        }
        if ($this->shape === 'events') {
            try {
                return $this->read($this->events->push($bytes));
            } catch (\LengthException $error) {
                return $this->failAsTooLarge();
            }
        }
        $this->begun = true;
        if ($this->shape === 'json') {
            return $this->json($bytes);
        }
        $this->bytes .= $bytes;
        $isTold = preg_match('~</(?:title|h1|body|html|error)~i', $this->bytes) === 1;
        return $isTold || strlen($this->bytes) > self::MAX_PAGE_BYTES ? $this->failWithBody() : '';
    }

    /** What the end of the bytes completes: an event without its blank line, or a page without its end. */
    public function close(): string
    {
        if ($this->isOver()) {
            return '';
        }
        $text = $this->shape === 'events' ? $this->read($this->events->close()) : '';
        if ($this->shape === 'page') {
            $this->failWithBody();
        }
        return $text . ($this->hasEnded() ? '' : $this->text($this->answer->end()));
    }

    /** Whether nothing that may still come belongs to the answer. */
    public function isOver(): bool
    {
        return $this->done || $this->failure !== null;
    }

    /** Whether the provider has said how the answer ended. What may follow is how many tokens it has cost, and no text. */
    public function hasEnded(): bool
    {
        return $this->finished || $this->failure !== null;
    }

    /** What the provider refused with in the middle, as `upstream` travels. */
    public function failure(): ?array
    {
        return $this->failure;
    }

    /** How the answer ended: complete, cut, empty or truncated. */
    public function end(): string
    {
        if ($this->finished) {
            return $this->truncated ? 'truncated' : ($this->hasText ? 'complete' : 'empty');
        }
        return $this->begun ? 'cut' : 'empty';
    }

    /** What the provider has counted for question and answer together; 0 where it does not say. */
    public function tokens(): int
    {
        return $this->tokens;
    }

    /** Whether the model thinks, or has thought. */
    public function hasThoughts(): bool
    {
        return $this->hasThoughts || $this->answer->hasThoughts();
    }

    /** How many tokens the model has thought with; 0 where it has not, or the provider does not say. */
    public function thoughtTokens(): int
    {
        return $this->thoughtTokens;
    }

    /** @param array<int, array{0: string, 1: mixed}> $events */
    private function read(array $events): string
    {
        $text = '';
        foreach ($events as [$kind, $value]) {
            $this->begun = true;
            if ($kind === CompletionEvents::DONE) {
                $text .= $this->finish();
                $this->done = true;
            } elseif ($kind === CompletionEvents::VALUE) {
                $text .= $this->value($value);
            } elseif (!$this->finished) {
                $said = JsonRepair::parse($value);
                $this->fail(is_array($said)
                    ? Upstream::inStream($this->status, $this->headers, $said)
                    : Upstream::read($this->status, $this->headers, $value));
            }
            if ($this->isOver()) {
                break;
            }
        }
        $this->begun = $this->begun || $this->events->hasBegun();
        return $text;
    }

    /** @param array<mixed> $value */
    private function value(array $value): string
    {
        $error = $this->finished ? null : self::errorIn($value);
        if ($error !== null) {
            $this->fail(Upstream::inStream($this->status, $this->headers, $error));
            return '';
        }
        return $this->chunk($value);
    }

    /** Reads JSON as soon as a value of it is whole: a completion in one piece, an error, or a line among others. */
    private function json(string $bytes): string
    {
        if (strlen($this->bytes) + strlen($bytes) > self::MAX_WHOLE_BYTES) {
            return $this->failAsTooLarge();
        }
        $this->bytes .= $bytes;
        $text = '';
        $from = 0;
        while (!$this->isOver() && ($end = $this->scan->end($this->bytes)) !== null) {
            $value = JsonRepair::parse(substr($this->bytes, $from, $end - $from));
            $isPiece = is_array($value) && (isset($value['choices']) || isset($value['done']) || isset($value['response']));
            if (!$isPiece || self::errorIn($value) !== null) {
                $this->bytes = substr($this->bytes, $from, $end - $from);
                return $text . $this->failWithBody();
            }
            $from = $end;
            $text .= $this->chunk($value);
        }
        // Once for all of them, however many there were.
        $this->bytes = (string) substr($this->bytes, $from);
        $this->scan->forget($from);
        return $text;
    }

    /**
     * An error that stands in place of a piece of an answer, or beside it in a field of its own, such as Groq's `x_groq`.
     *
     * @param array<mixed> $value
     * @return array<mixed>|null
     */
    private static function errorIn(array $value): ?array
    {
        foreach ($value as $name => $field) {
            if (strncmp((string) $name, 'x_', 2) === 0 && !empty($field['error'])) {
                return ['error' => $field['error']];
            }
        }
        return Upstream::holdsError($value) ? $value : null;
    }

    /**
     * Reads one chunk, or a whole completion: the text and the finish of its first choice.
     *
     * @param array<string, mixed> $chunk
     */
    private function chunk(array $chunk): string
    {
        $this->tokens = max($this->tokens, (int) ($chunk['usage']['total_tokens'] ?? 0));
        $thought = $chunk['usage']['completion_tokens_details']['reasoning_tokens'] ?? 0;
        $this->thoughtTokens = max($this->thoughtTokens, (int) $thought);
        $choice = $chunk['choices'][0] ?? null;
        if (!is_array($choice) || $this->finished) {
            return '';
        }
        $reason = $choice['finish_reason'] ?? null;
        $reason = is_string($reason) && $reason !== '' && $reason !== 'null' ? $reason : null;
        // A whole message, in place of what is added to one, is an answer in one piece.
        $whole = is_array($choice['message'] ?? null) ? $choice['message'] : null;
        $delta = is_array($choice['delta'] ?? null) ? $choice['delta'] : null;
        $message = $delta ?? $whole ?? [];
        foreach (self::THOUGHTS as $name) {
            $this->hasThoughts = $this->hasThoughts || self::words($message[$name] ?? null) !== '';
        }
        $said = self::words($message['content'] ?? null) . self::words($message['refusal'] ?? null);
        $text = $this->text($delta === null ? $this->answer->whole($said) : $this->answer->add($said, $reason !== null));
        if ($reason !== null) {
            return $text . $this->endFor($reason, $choice);
        }
        return $text . ($whole !== null && $delta === null ? $this->finish() : '');
    }

    /**
     * The provider said why the answer ends.
     *
     * @param array<string, mixed> $choice
     */
    private function endFor(string $reason, array $choice): string
    {
        $known = Data::of('finish_reasons')[strtolower($reason)] ?? null;
        $meaning = $known['meaning'] ?? 'unknown';
        if ($meaning === 'done' || $meaning === 'length') {
            $this->truncated = $meaning === 'length';
            return $this->finish();
        }
        $unknown = "The answer ended with “{$reason}”, which is no end that Candor knows.";
        $message = $known === null ? $unknown : ($known['message'] ?? null);
        // Read as any error is, so that it is redacted and bounded.
        $bare = ['error' => array_filter(['type' => 'finish_reason', 'code' => $reason, 'message' => $message])];
        $this->fail(Upstream::inStream($this->status, $this->headers, Upstream::holdsError($choice) ? $choice : $bare));
        return $this->text($this->answer->end());
    }

    /** The answer is over, and whole unless something of it could not be read. */
    private function finish(): string
    {
        if ($this->finished) {
            return '';
        }
        $unread = $this->events->unread;
        if ($unread > 0) {
            $message = $unread === 1 ? 'A piece of the answer could not be read.' : "$unread pieces of the answer could not be read.";
            $this->fail(['code' => 'unreadable_piece', 'message' => $message] + Upstream::silent($this->status, $this->headers));
        } else {
            $this->finished = true;
        }
        return $this->text($this->answer->end());
    }

    private function text(string $text): string
    {
        $this->hasText = $this->hasText || $text !== '';
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

    private function failAsTooLarge(): string
    {
        $message = 'The answer holds a piece that is too large to read.';
        $this->fail(['message' => $message] + Upstream::silent($this->status, $this->headers));
        return '';
    }

    private function failWithBody(): string
    {
        $this->fail(Upstream::read($this->status, $this->headers, $this->bytes));
        return '';
    }
}
