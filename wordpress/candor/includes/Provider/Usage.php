<?php

namespace Candor\Provider;

/** How many tokens a question and its answer have had. */
final class Usage
{
    /** How many bytes a token has, about: four letters of English. */
    public const BYTES_PER_TOKEN = 4;

    /** How many times more or fewer tokens than are estimated by length a text can have. */
    private const FACTOR = 8;

    /** What a text may have beside that: a gateway's own prompt, or thoughts that nobody is shown. */
    private const MAX_HIDDEN_INPUT_TOKENS = 20000;
    private const MAX_HIDDEN_OUTPUT_TOKENS = 200000;

    /** @var int Of what was sent. */
    public $input;

    /** @var int Of what was written, thoughts included. */
    public $output;

    public function __construct(int $input, int $output)
    {
        $this->input = $input;
        $this->output = $output;
    }

    /**
     * What a chunk says of it. xAI and Gemini leave what the model thought out of `completion_tokens`, and have it in `total_tokens`
     * alone: whatever that holds beyond what was sent was written. A total that is less than its parts is none.
     *
     * @param array<mixed> $chunk
     */
    public static function saidIn(array $chunk): ?self
    {
        $count = static function (string $name) use ($chunk): ?int {
            $count = $chunk['usage'][$name] ?? null;
            return is_int($count) && $count >= 0 ? $count : null;
        };
        [$input, $completion] = [$count('prompt_tokens'), $count('completion_tokens')];
        if ($input === null || $completion === null) {
            return null;
        }
        return new self($input, max($completion, ($count('total_tokens') ?? 0) - $input));
    }

    /** As many as there must have been, by the length of what was sent and written. */
    public static function estimated(int $bytesSent, int $bytesWritten): self
    {
        return new self((int) ceil($bytesSent / self::BYTES_PER_TOKEN), (int) ceil($bytesWritten / self::BYTES_PER_TOKEN));
    }

    public function total(): int
    {
        return $this->input + $this->output;
    }

    /** Whether it can be so, where a text of this length was sent and written: some count nothing, and some count wrongly. */
    public function isPlausible(self $estimated): bool
    {
        return self::fits($this->input, $estimated->input, self::MAX_HIDDEN_INPUT_TOKENS)
            && self::fits($this->output, $estimated->output, self::MAX_HIDDEN_OUTPUT_TOKENS);
    }

    private static function fits(int $said, int $estimated, int $hidden): bool
    {
        return $said >= intdiv($estimated, self::FACTOR) && $said <= $estimated * self::FACTOR + $hidden;
    }
}
