<?php

namespace Candor\Wire;

/** What a route answers: JSON, nothing, or a stream that is written while it is read. */
final class Answer
{
    /** @var int */
    public $status;

    /** @var array<string, string> */
    public $headers = ['Cache-Control' => 'no-store'];

    /** @var string */
    public $body = '';

    /** @var (callable(EventStream): void)|null */
    public $stream;

    private function __construct(int $status)
    {
        $this->status = $status;
    }

    /** @param array<string, mixed> $data */
    public static function json(array $data, int $status = 200): self
    {
        $answer = new self($status);
        $answer->headers['Content-Type'] = 'application/json';
        $answer->body = Json::encode($data);
        return $answer;
    }

    public static function nothing(): self
    {
        return new self(204);
    }

    public static function problem(Problem $problem): self
    {
        $answer = new self($problem->status());
        $answer->headers['Content-Type'] = Problem::CONTENT_TYPE;
        $answer->body = $problem->json();
        if ($answer->status === 401) {
            $answer->headers['WWW-Authenticate'] = 'Bearer';
        }
        if ($problem->retryAfter() !== null) {
            $answer->headers['Retry-After'] = (string) $problem->retryAfter();
        }
        return $answer;
    }

    /** @param callable(EventStream): void $stream Called once the headers are sent. */
    public static function stream(callable $stream): self
    {
        $answer = new self(200);
        $answer->headers = EventStream::HEADERS;
        $answer->stream = $stream;
        return $answer;
    }
}
