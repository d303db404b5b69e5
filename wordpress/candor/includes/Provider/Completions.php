<?php

namespace Candor\Provider;

use Candor\Wire\Json;

/** Any API that speaks OpenAI's chat completions, at the address of the settings and no other. */
final class Completions implements Provider
{
    /** @var string */
    private $base;

    /** @var string */
    private $key;

    /** The transient in which is remembered what the model does not take. */
    private const MEMORY = 'candor_unsupported';

    /** For how long is remembered what a model does not take, in seconds: it may learn. */
    private const REMEMBERED_SECONDS = 604800;

    /** @var int */
    private $maxTokens;

    /** @var array<string, mixed> The chat as it was sent last. */
    private $request = [];

    /** @param int $maxTokens The most tokens of one answer; 0 leaves it to the provider. */
    public function __construct(string $base, string $key, int $maxTokens)
    {
        $this->base = rtrim($base, '/');
        $this->key = $key;
        $this->maxTokens = $maxTokens;
    }

    public function chat(string $model, array $messages): Exchange
    {
        $body = ['model' => $model, 'messages' => $messages, 'stream' => true];
        if ($this->maxTokens > 0) {
            $body['max_tokens'] = $this->maxTokens;
        }
        $this->request = $this->unsupported($model)->adapt($body);
        return new CurlExchange(
            $this->base . '/chat/completions',
            array_merge(['Accept: text/event-stream', 'Content-Type: application/json'], $this->authorization()),
            Json::encode($this->request)
        );
    }

    public function learn(array $error): bool
    {
        $model = $this->request['model'];
        $before = $this->unsupported($model);
        $learnt = $before->learn($error, $this->request);
        if ($learnt === $before) {
            return false;
        }
        set_transient(self::MEMORY, ['of' => $this->place($model), 'parts' => $learnt->parts()], self::REMEMBERED_SECONDS);
        // Where nothing can be remembered, it would be sent in the same form for ever.
        return $this->unsupported($model)->parts() === $learnt->parts();
    }

    /** Forgets what models do not take. */
    public static function forget(): void
    {
        delete_transient(self::MEMORY);
    }

    /** What this model does not take, as far as it is known. */
    private function unsupported(string $model): Unsupported
    {
        $known = get_transient(self::MEMORY);
        return new Unsupported(is_array($known) && $known['of'] === $this->place($model) ? $known['parts'] : []);
    }

    private function place(string $model): string
    {
        return md5($this->base . ' ' . $model);
    }

    public function models(): Exchange
    {
        return new CurlExchange($this->base . '/models', $this->authorization(), null);
    }

    /** @return string[] Nothing where there is no key: a server of the owner's own may need none. */
    private function authorization(): array
    {
        return $this->key === '' ? [] : ['Authorization: Bearer ' . $this->key];
    }
}
