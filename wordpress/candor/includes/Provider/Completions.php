<?php

namespace Candor\Provider;

use Candor\Wire\Json;

/** Any API that speaks OpenAI's chat completions, at the address of the settings and no other. */
final class Completions implements Provider
{
    /** The transient in which is remembered what the model does not take. */
    private const MEMORY = 'candor_unsupported';

    /** For how long is remembered what a model does not take, in seconds: it may learn. */
    private const REMEMBERED_SECONDS = 604800;

    /** @var string */
    private $base;

    /** @var string */
    private $key;

    /** @var int */
    private $maxTokens;

    /** @var array<string, mixed> The chat that was asked for last, before it was adapted to the model. */
    private $asked = [];

    /** @var array<string, mixed> The same as it was sent. */
    private $sent = [];

    /** @param int $maxTokens The most tokens of one answer; 0 leaves it to the provider. */
    public function __construct(string $base, string $key, int $maxTokens)
    {
        $this->base = rtrim($base, '/');
        $this->key = $key;
        $this->maxTokens = $maxTokens;
    }

    public function chat(string $model, array $messages): Exchange
    {
        $this->asked = ['model' => $model, 'messages' => $messages, 'stream' => true];
        if ($this->maxTokens > 0) {
            $this->asked['max_tokens'] = $this->maxTokens;
        }
        $this->sent = $this->unsupported($model)->adapt($this->asked);
        return new CurlExchange(
            $this->base . '/chat/completions',
            array_merge(['Accept: text/event-stream', 'Content-Type: application/json'], $this->authorization()),
            Json::encode($this->sent)
        );
    }

    public function learn(array $error): bool
    {
        $model = $this->asked['model'];
        $before = $this->unsupported($model);
        $learnt = $before->learn($error, $this->sent);
        if ($learnt !== $before) {
            set_transient(self::MEMORY, ['of' => $this->place($model), 'parts' => $learnt->parts()], self::REMEMBERED_SECONDS);
        }
        // Another process may have learnt it meanwhile; and where nothing can be remembered, nothing is to be sent again.
        return $this->unsupported($model)->adapt($this->asked) !== $this->sent;
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
