<?php

namespace Candor\Provider;

/** Finds where values of JSON end, one behind the other, looking at each byte once, however many pieces they come in. */
final class JsonScan
{
    /** @var int */
    private $at = 0;

    /** @var int */
    private $depth = 0;

    /** @var bool */
    private $isString = false;

    /** Looks at what is new, as far as the end of an object or list, and says where that is. */
    public function end(string $bytes): ?int
    {
        $length = strlen($bytes);
        while ($this->at < $length) {
            if ($this->isString) {
                $this->at += strcspn($bytes, '"\\', $this->at);
                if ($this->at >= $length) {
                    break;
                }
                if ($bytes[$this->at] === '\\') {
                    // What it escapes may be still to come.
                    $this->at += 2;
                    continue;
                }
                $this->isString = false;
                $this->at++;
                continue;
            }
            $this->at += strcspn($bytes, '"{}[]', $this->at);
            if ($this->at >= $length) {
                break;
            }
            $sign = $bytes[$this->at++];
            if ($sign === '"') {
                $this->isString = true;
            } elseif ($sign === '{' || $sign === '[') {
                $this->depth++;
            } else {
                $this->depth = max(0, $this->depth - 1);
                if ($this->depth === 0) {
                    return $this->at;
                }
            }
        }
        return null;
    }

    /** So many bytes at the start are taken away. */
    public function forget(int $bytes): void
    {
        $this->at -= $bytes;
    }

    /** Whether what was looked at ends within a string. */
    public function isString(): bool
    {
        return $this->isString;
    }
}
