<?php

namespace Candor\Provider;

/** An API that answers chats. Every provider looks like an HTTP exchange, the demo too. */
interface Provider
{
    /**
     * Sends a chat; the answer streams.
     *
     * @param array<int, array{role: string, content: string, reasoning_content?: string}> $messages What the model thought before its
     *   own turns is sent to models alone that want it back.
     */
    public function chat(string $model, array $messages): Exchange;

    /** Whether the model is sent what it thought before its own turns, as far as is known. */
    public function sendsReasoning(string $model): bool;

    /**
     * The chat was refused with this error. Whether it is worth sending again, since it would now be sent in another form.
     *
     * @param array<string, mixed> $error As `upstream` travels.
     */
    public function learn(array $error): bool;

    /**
     * Has texts looked at by the provider's moderation, as OpenAI's `POST moderations` has it.
     *
     * @param string[] $texts
     */
    public function moderate(array $texts): Exchange;

    /** Asks for the list of models. */
    public function models(): Exchange;
}
