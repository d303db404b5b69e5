<?php

namespace Candor\Provider;

/** Finds where a value of JSON ends, looking at each byte once, however many pieces it comes in. */
final class JsonScan
{
    /** @var int */
    private $at = 0;

    /** @var int */
    private $depth = 0;

    /** @var bool */
    private $isString = false;

    /** Looks at what is new, and says where the object or list ends, if it does. */
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
            } elseif (--$this->depth <= 0) {
                return $this->at;
            }
        }
        return null;
    }

    /** Whether what was looked at ends within a string. */
    public function isString(): bool
    {
        return $this->isString;
    }
}
