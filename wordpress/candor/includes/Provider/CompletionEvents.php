<?php

namespace Candor\Provider;

/**
 * The events of a stream of completions, read as leniently as their senders write them.
 *
 * A stream that follows the specification (WHATWG HTML, section 9.2) is read by it. Beyond that: an event that is whole in one
 * line is given at once, since some send no blank line; two that are glued together are two; a line end within a string belongs
 * to it; lines of JSON without a field's name are events. What cannot be read is said in its place among them.
 */
final class CompletionEvents
{
    /** The most bytes of one event. */
    private const MAX_EVENT_BYTES = 1048576;

    /** An event: `[DONE]`. */
    public const DONE = 'done';

    /** An event: something that was sent as an error, with its words. */
    public const ERROR = 'error';

    /** An event: something that could not be read. */
    public const UNREAD = 'unread';

    /** An event: something that is larger than anybody's. Nothing is read behind it. */
    public const TOO_LARGE = 'too_large';

    /** An event: a chunk of an answer, or whatever else came as JSON. */
    public const VALUE = 'value';

    /** @var string A line that is not whole yet. */
    private $line = '';

    /** @var bool */
    private $begun = false;

    /** @var bool */
    private $isError = false;

    /** @var string Data that are not whole yet. */
    private $pending = '';

    /** @var JsonScan How much of them has been looked at. */
    private $scan;

    public function __construct()
    {
        $this->scan = new JsonScan();
    }

    /**
     * The events that these bytes complete.
     *
     * @return array<int, array{0: string, 1: mixed}>
     */
    public function push(string $bytes): array
    {
        // A line that is long is not looked at again with every piece of it.
        $isWithin = substr($this->line, -1) !== "\r" && strcspn($bytes, "\r\n") === strlen($bytes);
        // A carriage return at the end may be half of a line's end.
        $lines = $isWithin ? [] : (array) preg_split('/\r\n|\n|\r(?!\z)/', $this->line . $bytes);
        $this->line = $isWithin ? $this->line . $bytes : (string) array_pop($lines);
        $events = [];
        foreach ($lines as $line) {
            if ($this->isTooLarge($line)) {
                $events[] = [self::TOO_LARGE, null];
                return $events;
            }
            $this->take($line, $events);
        }
        if ($this->isTooLarge($this->line)) {
            $events[] = [self::TOO_LARGE, null];
        }
        return $events;
    }

    private function isTooLarge(string $line): bool
    {
        return strlen($line) + strlen($this->pending) > self::MAX_EVENT_BYTES;
    }

    /** Whether the beginning of an event is there, and its end is not. */
    public function isWithinEvent(): bool
    {
        return $this->pending !== '';
    }

    /** @return array<int, array{0: string, 1: mixed}> What the end of the bytes completes. */
    public function close(): array
    {
        $events = [];
        $this->take(rtrim($this->line, "\r"), $events);
        $this->line = '';
        $this->flush($events);
        return $events;
    }

    /** @param array<int, array{0: string, 1: mixed}> $events */
    private function take(string $line, array &$events): void
    {
        if (!$this->begun) {
            $this->begun = true;
            $line = strncmp($line, "\xEF\xBB\xBF", 3) === 0 ? substr($line, 3) : $line;
        }
        if ($line === '') {
            $this->end($events);
            return;
        }
        [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
        $value = strncmp($value, ' ', 1) === 0 ? substr($value, 1) : $value;
        $isBare = in_array(ltrim($line)[0] ?? '', ['{', '['], true);
        if ($name === 'data') {
            $this->data($value, $events);
        } elseif ($name === 'event') {
            $this->isError = $value === 'error';
        } elseif ($name === 'error') {
            // No field of the specification, but llama.cpp's server has written `error: {…}`.
            $this->isError = true;
            $this->data($value, $events);
        } elseif (in_array($name, ['', 'id', 'retry'], true)) {
            // A comment, and what is of no use here.
            return;
        } elseif ($isBare && $this->pending === '') {
            $this->data($line, $events);
        } elseif ($this->pending !== '') {
            $this->add($line);
        }
    }

    /**
     * A line of data. One that is whole is an event of its own, whatever came before it.
     *
     * @param array<int, array{0: string, 1: mixed}> $events
     */
    private function data(string $data, array &$events): void
    {
        $read = $this->isError ? null : self::read(trim($data));
        if ($read !== null && ($this->pending === '' || array_filter($read, [self::class, 'isOfStream']) !== [])) {
            $this->flush($events);
            array_push($events, ...$read);
            return;
        }
        $this->add($data);
    }

    private function add(string $data): void
    {
        $this->pending .= ($this->pending === '' ? '' : "\n") . $data;
    }

    /**
     * A blank line. It may stand within a string.
     *
     * @param array<int, array{0: string, 1: mixed}> $events
     */
    private function end(array &$events): void
    {
        while ($this->scan->end($this->pending) !== null) {
            continue;
        }
        if (!$this->isError && $this->scan->isString()) {
            $this->pending .= "\n";
            return;
        }
        $this->flush($events);
    }

    /** @param array<int, array{0: string, 1: mixed}> $events */
    private function flush(array &$events): void
    {
        [$pending, $isError] = [$this->pending, $this->isError];
        [$this->pending, $this->isError, $this->scan] = ['', false, new JsonScan()];
        $text = trim($pending);
        if ($isError && $text !== '') {
            $events[] = [self::ERROR, $pending];
        } elseif (($read = self::read($text)) !== null) {
            array_push($events, ...$read);
        } elseif (strpbrk($text, '{"') !== false) {
            $events[] = [self::UNREAD, null];
        }
    }

    /**
     * Whether it can be nothing else but an event of such a stream.
     *
     * @param array{0: string, 1: mixed} $event
     */
    private static function isOfStream(array $event): bool
    {
        return $event[0] === self::DONE || isset($event[1]['choices']) || isset($event[1]['error']);
    }

    /**
     * Reads a text of one event, or of several that are glued together.
     *
     * @return array<int, array{0: string, 1: mixed}>|null
     */
    private static function read(string $text): ?array
    {
        if ($text === '[DONE]') {
            return [[self::DONE, null]];
        }
        if ($text === '' || ($text[0] !== '{' && $text[0] !== '[')) {
            return null;
        }
        $value = JsonRepair::parse($text);
        return is_array($value) ? [[self::VALUE, $value]] : self::glued($text);
    }

    /** @return array<int, array{0: string, 1: mixed}>|null */
    private static function glued(string $text): ?array
    {
        $events = [];
        $scan = new JsonScan();
        for ($from = 0; $from < strlen($text); $from += strspn($text, " \t\r\n", $from)) {
            if (substr_compare($text, 'data:', $from, 5) === 0) {
                $from += 5 + strspn($text, " \t\r\n", $from + 5);
            }
            if (substr($text, $from, 7) === '[DONE]') {
                $events[] = [self::DONE, null];
                break;
            }
            // The scan has looked at the text as far as here.
            $end = $scan->end($text);
            $value = $end === null ? null : JsonRepair::parse(substr($text, $from, $end - $from));
            if (!is_array($value)) {
                return null;
            }
            $events[] = [self::VALUE, $value];
            $from = $end;
        }
        return $events;
    }
}
