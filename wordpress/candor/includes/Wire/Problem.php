<?php

namespace Candor\Wire;

use Candor\Clock;
use Candor\Random;

/** A failure as it is sent, stored and shown: a problem detail of RFC 9457, with the provider's own words beside it. */
final class Problem
{
    public const CONTENT_TYPE = 'application/problem+json';

    private const PAUSE_SECONDS = 5;

    private const BEYOND_PROXY = ['provider', 'model'];

    /** What a visitor may see of the provider's words where the owner shows a reference. */
    private const REFERENCE_FIELDS = ['status' => 0, 'type' => 0, 'code' => 0, 'retry_after' => 0];

    /** @var array<string, mixed> As it travels. */
    private $fields;

    /** @param array<string, mixed> $fields */
    private function __construct(array $fields)
    {
        $this->fields = $fields;
    }

    /** @param array<string, mixed>|null $upstream What the other side said, redacted. */
    public static function of(Cause $cause, int $status, ?string $detail = null, ?array $upstream = null): self
    {
        $fields = [
            'type' => 'urn:candor:problem:' . $cause->id,
            'title' => $cause->title,
            'detail' => $detail ?? $cause->detail,
            'status' => $status,
            'cause' => $cause->id,
            'link' => $cause->link,
            'retryable' => $cause->retryable,
            'reference' => Random::reference(),
            'time' => Clock::now(),
        ];
        if ($upstream !== null) {
            $fields['upstream'] = $upstream;
        }
        return new self($fields);
    }

    /** The same where sending the same once more cannot succeed, whatever may be done about its cause. */
    public function never(): self
    {
        return new self(['retryable' => false] + $this->fields);
    }

    /** Reads a stored one. Null where it is of another version's form. */
    public static function read(?string $json): ?self
    {
        $fields = json_decode((string) $json, true);
        return is_array($fields) && isset($fields['cause'], $fields['reference'], $fields['link'], $fields['time'])
            ? new self($fields)
            : null;
    }

    public function json(): string
    {
        return Json::encode($this->fields);
    }

    /** @return array<string, mixed> */
    public function fields(): array
    {
        return $this->fields;
    }

    public function status(): int
    {
        return (int) $this->fields['status'];
    }

    public function cause(): string
    {
        return (string) $this->fields['cause'];
    }

    public function reference(): string
    {
        return (string) $this->fields['reference'];
    }

    public function time(): int
    {
        return (int) $this->fields['time'];
    }

    public function isBeyondProxy(): bool
    {
        return in_array($this->fields['link'], self::BEYOND_PROXY, true);
    }

    /** @return array<string, mixed> */
    public function upstream(): array
    {
        return $this->fields['upstream'] ?? [];
    }

    /** Seconds to wait, where somebody has named them, or the proxy itself pauses, as while its database is away. */
    public function retryAfter(): ?int
    {
        $isPause = $this->status() === 503 && $this->fields['link'] === 'proxy';
        return $this->upstream()['retry_after'] ?? ($isPause ? self::PAUSE_SECONDS : null);
    }

    /** What a visitor may see of it under the owner's setting. A problem of the proxy itself holds nothing to hide. */
    public function forVisitor(string $diagnostics): self
    {
        $fields = $this->fields;
        $isTheProviders = $this->isBeyondProxy() || isset($fields['upstream']);
        $isHidden = false;
        if ($diagnostics === 'reference' && isset($fields['upstream'])) {
            $fields['upstream'] = array_intersect_key($fields['upstream'], self::REFERENCE_FIELDS);
            // Whoever read it without the words would often take it for something else.
            $isHidden = $fields['cause'] === 'unread';
        } elseif ($diagnostics === 'off') {
            unset($fields['upstream']);
            $isHidden = $isTheProviders;
        }
        if ($isHidden) {
            $fields['cause'] = 'hidden';
            $fields['type'] = 'urn:candor:problem:hidden';
        }
        return new self($fields);
    }

    /** Problems of one cause, told in the same words, are counted together. */
    public function likeness(): string
    {
        return $this->cause() . "\n" . $this->forumLine();
    }

    /** The line that support forums know; empty where no API spoke. */
    public function forumLine(): string
    {
        $upstream = $this->upstream();
        $kind = $upstream['type'] ?? $upstream['code'] ?? null;
        $message = $upstream['message'] ?? $upstream['text'] ?? null;
        if ($message !== null) {
            return 'API Error Type: ' . ($kind ?? 'none given') . ' Message: ' . $message;
        }
        return $kind === null ? '' : "API Error Type: $kind";
    }
}
