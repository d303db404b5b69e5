<?php

namespace Candor\Provider;

/** The text of an answer, as its pieces say it: given once, whichever way it is told. */
final class AnswerText
{
    /** From so many bytes on, a piece that begins with all that came before it is the whole so far, and no word said twice. */
    private const CERTAIN_BYTES = 8;

    private const UNKNOWN = 'unknown';
    private const DOUBTFUL = 'doubtful';
    private const DELTAS = 'deltas';
    private const WHOLE = 'whole';

    /** @var string Everything that was said, thoughts included. */
    private $said = '';

    /** @var string How the answer is told: not known yet, in doubt, by what is added, or by the whole so far. */
    private $telling = self::UNKNOWN;

    /** @var string[] In doubt: pieces of which each began with all that came before it. */
    private $doubtful = [];

    /** @var string The first half of a surrogate pair, whose second half is to come. */
    private $half = '';

    /** @var Thoughts */
    private $thoughts;

    public function __construct()
    {
        $this->thoughts = new Thoughts();
    }

    /** Takes a piece that is added, as its sender says; `$isLast` where the answer ends with it. Gives what is new. */
    public function add(string $piece, bool $isLast): string
    {
        $piece = $this->plain($piece);
        if ($piece === '') {
            return '';
        }
        if ($this->telling === self::UNKNOWN && $this->said !== '') {
            if (self::goesOn($piece, $this->said)) {
                [$this->telling, $this->doubtful] = [self::DOUBTFUL, [$piece]];
                return $this->settle(false);
            }
            $this->telling = self::DELTAS;
        } elseif ($this->telling === self::DOUBTFUL) {
            if (self::goesOn($piece, end($this->doubtful))) {
                $this->doubtful[] = $piece;
                return $this->settle(false);
            }
            $piece = implode('', $this->doubtful) . $piece;
            $this->telling = self::DELTAS;
        } elseif ($this->telling === self::WHOLE) {
            if (strncmp($piece, $this->said, strlen($this->said)) === 0) {
                $piece = (string) substr($piece, strlen($this->said));
            } elseif (strncmp($this->said, $piece, strlen($piece)) === 0) {
                return '';
            }
        } elseif ($isLast && strlen($piece) >= self::CERTAIN_BYTES && $piece === $this->said) {
            // Some say all of it again with the last piece.
            return '';
        }
        return $this->say($piece);
    }

    /** Takes the whole, which may have been told before. Gives what is new. */
    public function whole(string $text): string
    {
        $text = $this->plain($text);
        $this->telling = self::WHOLE;
        return strncmp($text, $this->said, strlen($this->said)) === 0 ? $this->say((string) substr($text, strlen($this->said))) : '';
    }

    /** Whether it is expected to begin with thoughts that nothing opens. */
    public function expectThoughts(bool $areExpected): void
    {
        $this->thoughts->expect($areExpected);
    }

    /** Whether all that was given before the last piece has turned out to be thought. Told once. */
    public function takeRetracted(): bool
    {
        return $this->thoughts->takeRetracted();
    }

    /** What is left at the end; `$isWhole` where it is the end that its sender meant. */
    public function end(bool $isWhole): string
    {
        $left = $this->settle(true);
        if ($this->half !== '') {
            $this->half = '';
            $left .= $this->thoughts->push("\xEF\xBF\xBD");
        }
        return $left . $this->thoughts->end($isWhole);
    }

    /** Whether there were thoughts in it. */
    public function hasThoughts(): bool
    {
        return $this->thoughts->any;
    }

    /** Takes pieces in doubt for the whole so far, where enough speaks for it. */
    private function settle(bool $isEnd): string
    {
        if ($this->telling !== self::DOUBTFUL) {
            return '';
        }
        $last = end($this->doubtful);
        if (!$isEnd && (count($this->doubtful) < 2 || strlen($last) < self::CERTAIN_BYTES)) {
            return '';
        }
        $this->telling = self::WHOLE;
        return $this->say((string) substr($last, strlen($this->said)));
    }

    private function say(string $new): string
    {
        $this->said .= $new;
        return $this->thoughts->push($new);
    }

    /** The piece without U+0000, which no database keeps as text, and with halves of surrogate pairs joined. */
    private function plain(string $piece): string
    {
        $piece = str_replace("\0", '', $piece);
        if ($piece === '' || ($this->half === '' && !JsonRepair::hasHalves($piece))) {
            return $piece;
        }
        [$piece, $this->half] = JsonRepair::joined($this->half . $piece);
        return $piece;
    }

    /** Whether a piece is longer than what came before it, and begins with it. */
    private static function goesOn(string $piece, string $before): bool
    {
        return strlen($piece) > strlen($before) && strncmp($piece, $before, strlen($before)) === 0;
    }
}
