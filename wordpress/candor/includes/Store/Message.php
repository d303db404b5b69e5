<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Random;
use Candor\Wire\Problem;

/** A message of a conversation. */
final class Message
{
    /** @var string */
    public $id;

    /** @var int Its place in the conversation, from 0. */
    public $number;

    /** @var string user or assistant */
    public $role;

    /** @var string Plain text from a visitor, Markdown from the assistant. */
    public $content;

    /** @var string complete, streaming, stopped or failed */
    public $status;

    /** @var int Milliseconds since 1970-01-01 UTC. */
    public $createdAt;

    /** @var Problem|null Why a reply failed. */
    public $error;

    /** @var string|null What the model thought before it, for models that want it back. It is shown to nobody. */
    public $reasoning;

    /** @var string|null What the visitor thinks of an answer: up or down. */
    public $rating;

    /** @var string|null What they say to it, where it was read for the owner. */
    public $comment;

    /** A message that is written now. */
    public static function fresh(string $role, string $content, int $number): self
    {
        $message = new self();
        $message->id = Random::id('m_');
        $message->number = $number;
        $message->role = $role;
        $message->content = $content;
        $message->status = 'complete';
        $message->createdAt = Clock::now();
        return $message;
    }

    /** @param array<string, string|null> $row */
    public static function of(array $row): self
    {
        $message = new self();
        $message->id = (string) $row['id'];
        $message->number = (int) $row['number'];
        $message->role = (string) $row['role'];
        $message->content = (string) $row['content'];
        $message->status = (string) $row['status'];
        $message->createdAt = (int) $row['created_at'];
        $message->error = $row['error'] === null ? null : Problem::read($row['error']);
        $message->reasoning = $row['reasoning'] ?? null;
        $message->rating = $row['rating'] ?? null;
        $message->comment = $row['comment'] ?? null;
        return $message;
    }

    /**
     * As it travels, with what a visitor may see of an error.
     *
     * @return array<string, mixed>
     */
    public function forVisitor(string $diagnostics): array
    {
        $told = [
            'id' => $this->id,
            'role' => $this->role,
            'content' => $this->content,
            'status' => $this->status,
            'created_at' => $this->createdAt,
        ];
        if ($this->error !== null) {
            $told['error'] = $this->error->forVisitor($diagnostics)->fields();
        }
        if ($this->rating !== null) {
            $told['rating'] = $this->rating;
        }
        return $told;
    }

    /** The same before a word of it was written. */
    public function begun(): self
    {
        $begun = clone $this;
        $begun->content = '';
        $begun->status = 'streaming';
        $begun->error = null;
        $begun->rating = null;
        return $begun;
    }
}
