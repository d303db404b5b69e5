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

    /** @var int */
    private $maxTokens;

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
        return new CurlExchange(
            $this->base . '/chat/completions',
            array_merge(['Accept: text/event-stream', 'Content-Type: application/json'], $this->authorization()),
            Json::encode($body)
        );
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
