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

    /** The code of an error that says that the limit of tokens was reached before the first word of an answer. */
    private const NO_WORD_WITHIN_LIMIT = 'no_word_within_limit';

    private const MAX_WHOLE_BYTES = 1048576;

    /**
     * Where models put their thoughts beside the answer: DeepSeek's and vLLM's name, OpenRouter's, and the list in which OpenRouter
     * and MiniMax have them too. They are the same thoughts where there is more than one.
     */
    private const THOUGHTS = ['reasoning_content', 'reasoning', 'reasoning_details'];

    /** The most bytes of thoughts that are kept for a model that wants them back. Of more nothing is: a part is not what it thought. */
    private const MAX_REASONING_BYTES = 65536;

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

    /** @var string The text in what is being read. */
    private $text = '';

    /** @var bool */
    private $hasText = false;

    /** @var bool Whether what was given was thought, and is not told yet to be. */
    private $isRetracted = false;

    /** @var bool */
    private $begun = false;

    /** @var bool Whether the provider has said how the answer ended. */
    private $finished = false;

    /** @var bool Whether it has said so for the last time. */
    private $done = false;

    /** @var bool */
    private $truncated = false;

    /** @var int How many pieces of the answer could not be read. */
    private $unread = 0;

    /** @var Usage|null */
    private $usage;

    /** @var bool */
    private $hasThoughts = false;

    /** @var string */
    private $reasoning = '';

    /** @var int How much the model has thought beside its answer, more than is kept included. */
    private $bytesOfReasoning = 0;

    /** @var int How many tokens the model has thought with; 0 where it has not, or the provider does not say. */
    private $thoughtTokens = 0;

    /** @var array<string, mixed>|null */
    private $failure;

    /**
     * @param array<string, string> $headers
     * @param string $model Of one whose chat template opens its thoughts no text is given until they have ended; of others it may
     *   have to be taken back.
     */
    public function __construct(int $status, array $headers, string $model = '')
    {
        $this->status = $status;
        $this->headers = $headers;
        $this->events = new CompletionEvents();
        $this->answer = new AnswerText();
        $this->scan = new JsonScan();
        $this->answer->expectThoughts(Thoughts::areOpenedByTemplate($model));
    }

    /** Whether all text before what was given last was thought, and is taken back. Told once. */
    public function takeRetracted(): bool
    {
        [$isRetracted, $this->isRetracted] = [$this->isRetracted, false];
        return $isRetracted;
    }

    /** Takes the next bytes and gives the text in them. */
    public function push(string $bytes): string
    {
        $this->text = '';
        if (!$this->isOver()) {
            $this->take($bytes);
        }
        return $this->text;
    }

    private function take(string $bytes): void
    {
        if ($this->shape === '') {
            $bytes = ltrim($bytes, " \t\r\n\xEF\xBB\xBF");
            if ($bytes === '') {
                return;
            }
            $this->shape = ['{' => 'json', '[' => 'json', '<' => 'page'][$bytes[0]] ?? 'events';
        }
        if ($this->shape === 'events') {
            $this->read($this->events->push($bytes));
            return;
        }
        $this->begun = true;
        if ($this->shape === 'json') {
            $this->json($bytes);
            return;
        }
        $this->bytes = substr($this->bytes . $bytes, 0, self::MAX_PAGE_BYTES);
        if (preg_match('~^.*?</(?:html|error)>~is', $this->bytes, $page) === 1) {
            // Whatever else has come with it: what is read is the same however it is cut.
            $this->bytes = $page[0];
            $this->failWithBody();
        } elseif (strlen($this->bytes) === self::MAX_PAGE_BYTES) {
            $this->failWithBody();
        }
    }

    /** What the end of the bytes completes: an event without its blank line, or a page without its end. */
    public function close(): string
    {
        $this->text = '';
        if ($this->isOver()) {
            return '';
        }
        if ($this->shape === 'events') {
            $this->read($this->events->close());
        } elseif ($this->shape === 'page') {
            $this->failWithBody();
        }
        if (!$this->hasEnded()) {
            $this->say($this->answer->end(false));
        }
        return $this->text;
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
        return $this->begun || $this->events->isWithinEvent() ? 'cut' : 'empty';
    }

    /** What the provider has counted so far; null where it does not say. */
    public function usage(): ?Usage
    {
        return $this->usage;
    }

    /** Whether the model thinks, or has thought. */
    public function hasThoughts(): bool
    {
        return $this->hasThoughts || $this->answer->hasThoughts();
    }

    /** What the model has thought beside its answer; null where that is nothing, or more than is kept. */
    public function reasoning(): ?string
    {
        return $this->reasoning === '' || strlen($this->reasoning) > self::MAX_REASONING_BYTES ? null : $this->reasoning;
    }

    /** How much the model has thought beside its answer, kept or not. */
    public function bytesOfReasoning(): int
    {
        return $this->bytesOfReasoning;
    }

    /**
     * What is to be said of an answer that was ended at a limit of tokens, beside what the reply itself says.
     *
     * @return array<string, string>
     */
    public function limit(): array
    {
        $thought = $this->thoughtTokens > 0 ? ["The model has thought with {$this->thoughtTokens} tokens."] : [];
        if ($this->hasText) {
            return $thought === [] ? [] : ['message' => $thought[0]];
        }
        $none = 'The limit of tokens was reached before the first word of an answer.';
        return ['code' => self::NO_WORD_WITHIN_LIMIT, 'message' => implode(' ', array_merge([$none], $thought))];
    }

    /** @param array<int, array{0: string, 1: mixed}> $events */
    private function read(array $events): void
    {
        foreach ($events as [$kind, $value]) {
            $this->begun = true;
            if ($kind === CompletionEvents::DONE) {
                $this->finish();
                $this->done = true;
            } elseif ($kind === CompletionEvents::VALUE) {
                $this->value($value);
            } elseif ($kind === CompletionEvents::UNREAD) {
                $this->unread++;
            } elseif ($kind === CompletionEvents::TOO_LARGE) {
                $this->endAsTooLarge();
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
    }

    /** @param array<mixed> $value */
    private function value(array $value): void
    {
        $error = $this->finished ? null : self::errorIn($value);
        if ($error !== null) {
            $this->fail(Upstream::inStream($this->status, $this->headers, $error));
            return;
        }
        $this->chunk($value);
    }

    /** Reads JSON as soon as a value of it is whole: a completion in one piece, an error, or a line among others. */
    private function json(string $bytes): void
    {
        $this->bytes .= $bytes;
        $from = 0;
        while (!$this->isOver() && ($end = $this->scan->end($this->bytes)) !== null) {
            if ($end - $from > self::MAX_WHOLE_BYTES) {
                break;
            }
            $value = JsonRepair::parse(substr($this->bytes, $from, $end - $from));
            $isPiece = is_array($value) && (isset($value['choices']) || isset($value['done']) || isset($value['response']));
            if ($isPiece && self::errorIn($value) === null) {
                $this->chunk($value);
            } elseif (!$this->finished) {
                $this->bytes = substr($this->bytes, $from, $end - $from);
                $this->failWithBody();
                return;
            }
            $from = $end;
        }
        // Once for all of them, however many there were.
        $this->bytes = (string) substr($this->bytes, $from);
        $this->scan->forget($from);
        if (strlen($this->bytes) > self::MAX_WHOLE_BYTES) {
            $this->endAsTooLarge();
        }
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
    private function chunk(array $chunk): void
    {
        $this->usage = Usage::saidIn($chunk) ?? $this->usage;
        $thought = $chunk['usage']['completion_tokens_details']['reasoning_tokens'] ?? 0;
        $this->thoughtTokens = max($this->thoughtTokens, (int) $thought);
        $choice = $chunk['choices'][0] ?? null;
        if (!is_array($choice) || $this->finished) {
            return;
        }
        $reason = $choice['finish_reason'] ?? null;
        $reason = is_string($reason) && $reason !== '' && $reason !== 'null' ? $reason : null;
        // A whole message, in place of what is added to one, is an answer in one piece.
        $whole = is_array($choice['message'] ?? null) ? $choice['message'] : null;
        $delta = is_array($choice['delta'] ?? null) ? $choice['delta'] : null;
        $message = $delta ?? $whole ?? [];
        foreach (self::THOUGHTS as $name) {
            $thought = self::words($message[$name] ?? null);
            if ($thought !== '') {
                $this->hasThoughts = true;
                // Where they come beside the answer, they do not stand in it.
                $this->answer->expectThoughts(false);
                $thought = str_replace("\0", '', $thought);
                $this->bytesOfReasoning += strlen($thought);
                if (strlen($this->reasoning) <= self::MAX_REASONING_BYTES) {
                    $this->reasoning .= $thought;
                }
                break;
            }
        }
        $said = self::words($message['content'] ?? null) . self::words($message['refusal'] ?? null);
        $this->say($delta === null ? $this->answer->whole($said) : $this->answer->add($said, $reason !== null));
        if ($reason !== null) {
            $this->endFor($reason, $choice);
        } elseif ($whole !== null && $delta === null) {
            $this->finish();
        }
    }

    /**
     * The provider said why the answer ends.
     *
     * @param array<string, mixed> $choice
     */
    private function endFor(string $reason, array $choice): void
    {
        $known = Data::of('finish_reasons')[strtolower($reason)] ?? null;
        $meaning = $known['meaning'] ?? 'unknown';
        if ($meaning === 'done' || $meaning === 'length') {
            $this->truncated = $meaning === 'length';
            $this->finish();
            return;
        }
        $unknown = "The answer ended with “{$reason}”, which is no end that Candor knows.";
        $message = $known === null ? $unknown : ($known['message'] ?? null);
        // Read as any error is, so that it is redacted and bounded.
        $bare = ['error' => array_filter(['type' => 'finish_reason', 'code' => $reason, 'message' => $message])];
        $this->fail(Upstream::inStream($this->status, $this->headers, Upstream::holdsError($choice) ? $choice : $bare));
        $this->say($this->answer->end(false));
    }

    /** The answer is over, and whole unless something of it could not be read. */
    private function finish(): void
    {
        if ($this->finished) {
            return;
        }
        if ($this->unread > 0) {
            $message = $this->unread === 1
                ? 'A piece of the answer could not be read.'
                : "{$this->unread} pieces of the answer could not be read.";
            $this->fail(['code' => 'unreadable_piece', 'message' => $message] + Upstream::silent($this->status, $this->headers));
        } else {
            $this->finished = true;
        }
        $this->say($this->answer->end(!$this->truncated));
    }

    private function say(string $text): void
    {
        if ($this->answer->takeRetracted()) {
            [$this->text, $this->hasText, $this->isRetracted] = ['', false, true];
        }
        $this->hasText = $this->hasText || $text !== '';
        $this->text .= $text;
    }

    /**
     * Text as a string, or as a list of parts (Mistral; OpenRouter’s `summary`).
     *
     * @param mixed $content
     */
    private static function words($content): string
    {
        if (is_array($content)) {
            return implode('', array_map(static function ($part): string {
                $text = is_array($part) ? ($part['text'] ?? $part['summary'] ?? '') : '';
                return is_string($text) ? $text : '';
            }, $content));
        }
        return is_string($content) ? $content : '';
    }

    /** @param array<string, mixed> $upstream */
    private function fail(array $upstream): void
    {
        $this->failure = $upstream;
    }

    /** Reads nothing more: a piece is too large. An answer that has ended is whole without it. */
    private function endAsTooLarge(): void
    {
        if ($this->finished) {
            $this->done = true;
            return;
        }
        $message = 'The answer holds a piece that is too large to read.';
        $this->fail(['message' => $message] + Upstream::silent($this->status, $this->headers));
    }

    private function failWithBody(): void
    {
        $this->fail(Upstream::read($this->status, $this->headers, $this->bytes));
    }
}
