<?php

namespace Candor\Provider;

use Candor\Data;

/**
 * What a model thinks before it answers, where it writes that into the answer itself, is nobody's answer: it is left out of a text
 * that arrives in pieces of any size.
 *
 * Thoughts begin where a line does, and not within a block of code: an answer about these marks may hold them. Many chat
 * templates put the opening mark into the prompt; then a closing mark that nothing has opened says that all before it was
 * thought.
 */
final class Thoughts
{
    /** What a block of code begins and ends with. */
    private const FENCE = '```';

    /** What is further in begins nothing: a line of blanks is not awaited for ever. */
    private const MAX_INDENT_BYTES = 64;

    private const BLANKS = " \t\r\n";

    /** Closing marks that also end what is no thought. */
    private const SHARED_ENDS = ['<|end|>'];

    /** What stands before a mark that is spoken of. */
    private const QUOTES = ['`', '"', "'", '“', '‘'];

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

    /** @var string Everything that counts as the answer so far. */
    private $answer = '';

    /** @var int How many bytes of it have been given. */
    private $given = 0;

    /** @var bool Whether all is held back until a closing mark or the end says what it is. */
    private $isHeld = false;

    /** @var bool Whether a closing mark may still stand without its opening one. */
    private $mayBeUnopened = true;

    /** @var bool Whether what was given was thought, and is not told yet to be. */
    private $isRetracted = false;

    /** Where thoughts without an opening mark are expected, nothing is given before they have ended. */
    public function expect(bool $areExpected): void
    {
        $this->isHeld = $areExpected;
    }

    /** Whether the chat template of the model of this name opens its thoughts, so that answers have the closing mark alone. */
    public static function areOpenedByTemplate(string $model): bool
    {
        foreach (Data::of('thought_marks')['opened_by_template'] as $known) {
            $missing = array_filter($known['name'], static function (string $part) use ($model): bool {
                return stripos($model, $part) === false;
            });
            if ($missing === []) {
                return true;
            }
        }
        return false;
    }

    /** Takes the next piece and gives what is of the answer, as far as that is known. */
    public function push(string $text): string
    {
        $this->rest .= $text;
        $this->read(false);
        $this->any = $this->any || ($this->isHeld && $this->answer !== '');
        return $this->isHeld ? '' : $this->news();
    }

    /** What is left at the end. Thoughts without an end are thoughts; so is what was held back, unless the answer is whole. */
    public function end(bool $isWhole): string
    {
        $this->read(true);
        return $this->isHeld && !$isWhole ? '' : $this->news();
    }

    /** Whether all that was given before the last piece has turned out to be thought. Told once. */
    public function takeRetracted(): bool
    {
        [$isRetracted, $this->isRetracted] = [$this->isRetracted, false];
        return $isRetracted;
    }

    private function news(): string
    {
        $news = (string) substr($this->answer, $this->given);
        $this->given = strlen($this->answer);
        return $news;
    }

    private function read(bool $isEnd): void
    {
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
                    [$this->until, $this->any, $this->isHeld] = [$mark['end'], true, false];
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
            $line = $end === false ? $rest : substr($rest, 0, $end + 1);
            $after = $this->unopened($line);
            if ($after !== null) {
                $rest = (string) substr($rest, $after);
                $this->isRetracted = $this->isRetracted || $this->given > 0;
                [$this->answer, $this->given, $this->isHeld, $this->inCode] = ['', 0, false, false];
                [$this->any, $this->atLine, $this->atStart] = [true, true, true];
                continue;
            }
            $this->atLine = $end !== false;
            // A closing mark may begin where the piece ends.
            $kept = $this->mayBeUnopened && !$isEnd && !$this->atLine ? self::overlapOfEnds($line) : 0;
            $this->answer .= substr($line, 0, strlen($line) - $kept);
            $rest = (string) substr($rest, strlen($line) - $kept);
            if ($kept > 0) {
                break;
            }
        }
        $this->rest = $rest;
    }

    /**
     * Where a closing mark in this line ends that nothing has opened. One that is quoted is spoken of, and closes nothing; and an
     * answer that has spoken of an opening mark may speak of the closing one.
     */
    private function unopened(string $line): ?int
    {
        $first = null;
        foreach ($this->mayBeUnopened ? Data::of('thought_marks')['mark'] : [] as $mark) {
            $at = in_array($mark['end'], self::SHARED_ENDS, true) ? false : strpos($line, $mark['end']);
            if ($at !== false && ($first === null || $at < $first[0])) {
                $first = [$at, $mark];
            }
        }
        if ($first === null) {
            return null;
        }
        [$at, $mark] = $first;
        $before = substr($line, 0, $at);
        foreach (self::QUOTES as $quote) {
            $this->mayBeUnopened = $this->mayBeUnopened && substr($before, -strlen($quote)) !== $quote;
        }
        foreach ([$this->answer, $before] as $text) {
            $this->mayBeUnopened = $this->mayBeUnopened && strpos($text, $mark['begin']) === false;
        }
        return $this->mayBeUnopened ? $at + strlen($mark['end']) : null;
    }

    private static function overlapOfEnds(string $line): int
    {
        return max(array_map(static function (array $mark) use ($line): int {
            return self::overlap($line, $mark['end']);
        }, Data::of('thought_marks')['mark']));
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
