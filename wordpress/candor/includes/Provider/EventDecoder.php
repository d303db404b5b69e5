<?php

namespace Candor\Provider;

/** Decodes server-sent events out of bytes as they come (WHATWG HTML, section 9.2). */
final class EventDecoder
{
    /** The most bytes of one event. */
    private const MAX_EVENT_BYTES = 1048576;

    /** @var string */
    private $rest = '';

    /** @var string */
    private $name = '';

    /** @var string|null */
    private $data;

    /**
     * The events that these bytes complete.
     *
     * @return array<int, array{name: string, data: string}>
     * @throws \LengthException Where an event is larger than anybody's.
     */
    public function push(string $bytes): array
    {
        $this->rest .= $bytes;
        if (strlen($this->rest) + strlen((string) $this->data) > self::MAX_EVENT_BYTES) {
            throw new \LengthException('an event is too large');
        }
        $events = [];
        // A carriage return at the end may be half of a line's end.
        while (preg_match('/\r\n|\n|\r(?!$)/D', $this->rest, $found, PREG_OFFSET_CAPTURE)) {
            $line = substr($this->rest, 0, $found[0][1]);
            $this->rest = (string) substr($this->rest, $found[0][1] + strlen($found[0][0]));
            if ($line !== '') {
                $this->field($line);
                continue;
            }
            if ($this->data !== null) {
                $events[] = ['name' => $this->name ?: 'message', 'data' => $this->data];
            }
            $this->name = '';
            $this->data = null;
        }
        return $events;
    }

    private function field(string $line): void
    {
        [$name, $value] = array_pad(explode(':', $line, 2), 2, '');
        $value = strncmp($value, ' ', 1) === 0 ? substr($value, 1) : $value;
        if ($name === 'data') {
            $this->data = $this->data === null ? $value : $this->data . "\n" . $value;
        } elseif ($name === 'event') {
            $this->name = $value;
        }
    }
}
