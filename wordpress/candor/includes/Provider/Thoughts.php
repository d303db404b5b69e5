<?php

namespace Candor\Provider;

use Candor\Data;

/**
 * What a model thinks before it answers, where it writes that into the answer itself, is nobody's answer: it is left out of a text
 * that arrives in pieces of any size.
 *
 * Thoughts begin where a line does, and not within a block of code: an answer about these marks may hold them.
 */
final class Thoughts
{
    /** What a block of code begins and ends with. */
    private const FENCE = '```';

    /** What is further in begins nothing: a line of blanks is not awaited for ever. */
    private const MAX_INDENT_BYTES = 64;

    private const BLANKS = " \t\r\n";

    /** @var string What has come and is not decided yet. */
    private $rest = '';

    /** @var string|null What ends the thoughts that are under way. */
    private $until;

    /** @var bool Whether a line begins here. */
    private $atLine = true;

    /** @var bool Whether the answer has not begun: blanks before it are not of it. */
    private $atStart = true;

    /** @var bool */
    private $inCode = false;

    /** @var bool Whether there were any. */
    public $any = false;

    /** Takes the next piece and gives what is of the answer, as far as that is known. */
    public function push(string $text): string
    {
        $this->rest .= $text;
        return $this->read(false);
    }

    /** What is left at the end. Thoughts without an end are thoughts. */
    public function end(): string
    {
        return $this->read(true);
    }

    private function read(bool $isEnd): string
    {
        $said = '';
        $rest = $this->rest;
        for (;;) {
            if ($this->until !== null) {
                $at = strpos($rest, $this->until);
                if ($at === false) {
                    // The mark's beginning may be here.
                    $rest = $isEnd ? '' : substr($rest, strlen($rest) - self::overlap($rest, $this->until));
                    break;
                }
                $rest = (string) substr($rest, $at + strlen($this->until));
                [$this->until, $this->atLine, $this->atStart] = [null, true, true];
            }
            $rest = $this->atStart ? ltrim($rest, self::BLANKS) : $rest;
            if ($rest === '') {
                break;
            }
            if ($this->atLine) {
                $line = ltrim($rest, " \t");
                $mark = $this->inCode ? null : self::markOf($line);
                if ($mark !== null) {
                    $rest = (string) substr($line, strlen($mark['begin']));
                    [$this->until, $this->any] = [$mark['end'], true];
                    continue;
                }
                if (!$isEnd && strlen($rest) - strlen($line) <= self::MAX_INDENT_BYTES && self::mayBegin($line)) {
                    break;
                }
                $this->inCode = $this->inCode !== (strncmp($line, self::FENCE, 3) === 0);
                $this->atLine = false;
            }
            $this->atStart = false;
            $end = strpos($rest, "\n");
            $this->atLine = $end !== false;
            $said .= $end === false ? $rest : substr($rest, 0, $end + 1);
            $rest = $end === false ? '' : (string) substr($rest, $end + 1);
        }
        $this->rest = $rest;
        return $said;
    }

    /** @return array{begin: string, end: string}|null The mark that a line begins with. */
    private static function markOf(string $line): ?array
    {
        foreach (Data::of('thought_marks')['mark'] as $mark) {
            if (strncmp($line, $mark['begin'], strlen($mark['begin'])) === 0) {
                return $mark;
            }
        }
        return null;
    }

    /** Whether a line may begin with a mark once more of it has come. */
    private static function mayBegin(string $line): bool
    {
        foreach (array_merge(array_column(Data::of('thought_marks')['mark'], 'begin'), [self::FENCE]) as $begin) {
            if (strncmp($begin, $line, strlen($line)) === 0) {
                return true;
            }
        }
        return false;
    }

    /** How many bytes at a text's end may be the beginning of this mark. */
    private static function overlap(string $text, string $mark): int
    {
        for ($length = min(strlen($mark) - 1, strlen($text)); $length > 0; $length--) {
            if (substr($text, -$length) === substr($mark, 0, $length)) {
                return $length;
            }
        }
        return 0;
    }
}
