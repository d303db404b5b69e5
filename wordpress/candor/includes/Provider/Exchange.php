<?php

namespace Candor\Provider;

/** A request that was sent, and its answer as it arrives. */
interface Exchange
{
    /**
     * The next bytes of the body, waiting for them as long as that at most; empty where none came in that time, null at the
     * end.
     *
     * @throws TransportError Where nothing readable comes, or it breaks off.
     */
    public function read(float $seconds): ?string;

    /** The HTTP status; 0 until the headers are there. */
    public function status(): int;

    /** @return array<string, string> By their names in lower case. */
    public function headers(): array;

    /** Ends the request. */
    public function close(): void;
}
