<?php

namespace Candor\Provider;

use Candor\Host;
use Candor\Wire\Json;

/** Any API that speaks OpenAI's chat completions, at the address of the settings and no other. */
final class Completions implements Provider
{
    /** What looks at messages (https://developers.openai.com/docs/guides/moderation). */
    private const MODERATION_MODEL = 'omni-moderation-latest';

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

    /** @var bool */
    private $allowsPlainHttp;

    /** @var array<string, mixed> The chat that was asked for last, before it was adapted to the model. */
    private $asked = [];

    /** @var array<string, mixed> The same as it was sent. */
    private $sent = [];

    /**
     * @param int $maxTokens The most tokens of one answer; 0 leaves it to the provider.
     * @param bool $allowsPlainHttp Whether the key and the conversations may go where anybody on the way reads them.
     */
    public function __construct(string $base, string $key, int $maxTokens, bool $allowsPlainHttp)
    {
        $this->base = rtrim($base, '/');
        $this->key = $key;
        $this->maxTokens = $maxTokens;
        $this->allowsPlainHttp = $allowsPlainHttp;
    }

    public function chat(string $model, array $messages): Exchange
    {
        $this->asked = ['model' => $model, 'messages' => $messages, 'stream' => true, 'stream_options' => ['include_usage' => true]];
        if ($this->maxTokens > 0) {
            $this->asked['max_tokens'] = $this->maxTokens;
        }
        $this->sent = $this->unsupported($model)->adapt($this->asked);
        return $this->ask('/chat/completions', ['Accept: text/event-stream', 'Content-Type: application/json'], Json::encode($this->sent));
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

    public function sendsReasoning(string $model): bool
    {
        return $this->unsupported($model)->sendsReasoning();
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

    public function moderate(array $texts): Exchange
    {
        $body = Json::encode(['model' => self::MODERATION_MODEL, 'input' => $texts]);
        return $this->ask('/moderations', ['Content-Type: application/json'], $body);
    }

    public function models(): Exchange
    {
        return $this->ask('/models', [], null);
    }

    /**
     * The one way by which anything is sent, the key along with it. The settings refuse the same, but may be older than that.
     *
     * @param string[] $headers
     */
    private function ask(string $path, array $headers, ?string $body): CurlExchange
    {
        if (!$this->allowsPlainHttp && Host::isPlainAndFar($this->base)) {
            $words = 'the address begins with http:// and leads beyond this machine and private networks. Begin it with https://.';
            throw new TransportError(TransportError::PLAIN, $words);
        }
        return new CurlExchange($this->base . $path, array_merge($headers, $this->authorization()), $body);
    }

    /** @return string[] Nothing where there is no key: a server of the owner's own may need none. */
    private function authorization(): array
    {
        return $this->key === '' ? [] : ['Authorization: Bearer ' . $this->key];
    }
}
