<?php

namespace Candor\Provider;

/** What the demo answers, piece by piece, as a completion comes over the network. */
final class DemoExchange implements Exchange
{
    private const REQUEST_ID = 'req_demo0123456789abcdef0123456789ab';

    /** How long a word takes, in seconds: about as long as a quick model's. */
    private const WORD_SECONDS = 0.025;

    /** @var int */
    private $status;

    /** @var array<string, string> */
    private $headers;

    /** @var string[] */
    private $pieces;

    /** @var string What comes behind the last piece: end, break or stall. */
    private $then;

    /** @var float When the next piece is due. */
    private $due;

    /** @var float */
    private $pause;

    /**
     * @param string[] $pieces
     * @param array<string, string> $headers
     */
    private function __construct(int $status, array $headers, array $pieces, string $then, float $pause)
    {
        $this->status = $status;
        $this->headers = $headers + ['x-request-id' => self::REQUEST_ID];
        $this->pieces = $pieces;
        $this->then = $then;
        $this->pause = $pause;
        $this->due = microtime(true);
    }

    /** @param array<string, string> $headers */
    public static function whole(int $status, string $body, string $type = 'application/json', array $headers = []): self
    {
        return new self($status, ['content-type' => $type] + $headers, [$body], 'end', 0);
    }

    /** The text, a word with the white space behind it at a time; then it stops, or fails in one of its ways. */
    public static function streamed(string $text, string $then): self
    {
        $pieces = [self::chunk(['role' => 'assistant', 'content' => ''], null)];
        foreach (preg_split('/(?<=\s)/u', $text, -1, PREG_SPLIT_NO_EMPTY) ?: [] as $word) {
            $pieces[] = self::chunk(['content' => $word], null);
        }
        if ($then === 'stop' || $then === 'length') {
            $pieces[] = self::chunk(new \stdClass(), $then) . "data: [DONE]\n\n";
        } elseif ($then === 'error') {
            $pieces[] = 'data: {"error":{"message":"The server had an error while processing your request. Sorry about that!",'
                . '"type":"server_error","param":null,"code":null}}' . "\n\n";
        }
        $then = in_array($then, ['break', 'stall'], true) ? $then : 'end';
        return new self(200, ['content-type' => 'text/event-stream; charset=utf-8'], $pieces, $then, self::WORD_SECONDS);
    }

    /** No reply at all. */
    public static function silent(): self
    {
        return new self(0, [], [], 'stall', 0);
    }

    public function read(float $seconds): ?string
    {
        if ($this->pieces === []) {
            if ($this->then === 'break') {
                throw new TransportError(TransportError::BROKEN, 'unexpected end of the stream');
            }
            if ($this->then === 'end') {
                return null;
            }
            usleep((int) ($seconds * 1000000));
            return '';
        }
        $wait = $this->due - microtime(true);
        if ($wait > 0) {
            usleep((int) (min($wait, $seconds) * 1000000));
            if ($wait > $seconds) {
                return '';
            }
        }
        $this->due = microtime(true) + $this->pause;
        return (string) array_shift($this->pieces);
    }

    public function status(): int
    {
        return $this->status;
    }

    public function headers(): array
    {
        return $this->headers;
    }

    public function close(): void
    {
        $this->pieces = [];
        $this->then = 'end';
    }

    /** @param mixed $delta */
    private static function chunk($delta, ?string $finish): string
    {
        $choice = ['index' => 0, 'delta' => $delta, 'finish_reason' => $finish];
        $chunk = ['id' => 'chatcmpl-demo', 'object' => 'chat.completion.chunk', 'model' => Demo::MODEL, 'choices' => [$choice]];
        return 'data: ' . wp_json_encode($chunk) . "\n\n";
    }
}
