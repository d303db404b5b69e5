<?php

namespace Candor\Provider;

/** An API that answers chats. Every provider looks like an HTTP exchange, the demo too. */
interface Provider
{
    /**
     * Sends a chat; the answer streams.
     *
     * @param array<int, array{role: string, content: string}> $messages
     */
    public function chat(string $model, array $messages): Exchange;

    /** Asks for the list of models. */
    public function models(): Exchange;
}
