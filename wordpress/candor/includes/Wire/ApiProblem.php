<?php

namespace Candor\Wire;

use Candor\Store\Exceeded;

/** The proxy's own refusal of a request. */
final class ApiProblem extends \Exception
{
    /** @var Problem */
    private $problem;

    /** @var Exceeded|null The limit that is reached, where it is one, for the owner's log. */
    public $exceeded;

    public function __construct(string $cause, int $status, ?string $detail = null, ?int $retryAfter = null)
    {
        $upstream = $retryAfter === null ? null : ['status' => 0, 'retry_after' => $retryAfter];
        $this->problem = Problem::of(Cause::of($cause), $status, $detail, $upstream);
        parent::__construct($this->problem->cause());
    }

    /** Sending the same once more cannot succeed. */
    public function never(): self
    {
        $this->problem = $this->problem->never();
        return $this;
    }

    public function problem(): Problem
    {
        return $this->problem;
    }

    /** A refusal of well-formed JSON that says something wrong. */
    public static function invalid(string $detail): self
    {
        return new self('invalid_request', 422, $detail);
    }

    public static function unauthorized(): self
    {
        return new self('unauthorized', 401);
    }

    public static function notFound(): self
    {
        return new self('not_found', 404);
    }
}
