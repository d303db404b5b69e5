<?php

namespace Candor;

/**
 * What the owner has decided, read once for each request. One option holds all of it but the key, which `ApiKey` keeps.
 *
 * `Admin\Check` decides what may get in; whatever stands here is taken as it is, with the usual in place of what is missing.
 */
final class Settings
{
    public const OPTION = 'candor';

    /** The assistant that is always there. */
    public const MAIN = 'main';

    /** What is so until the owner decides otherwise. */
    private const USUAL = [
        // php: this plugin speaks with the provider; remote: a `candor serve` elsewhere does.
        'mode' => 'php',
        'remote_url' => '',
        'provider' => 'demo',
        'base_url' => 'https://api.openai.com/v1',
        'model' => '',
        // 0: not sent, since newer models refuse the parameter.
        'max_tokens' => 0,
        // Seconds; 0: 60 and 30, for the demo 5.
        'reply_timeout' => 0,
        'stall_timeout' => 0,
        'assistants' => [],
        'message_chars' => 8000,
        // Limits; 0: none. They hold where a provider is paid, and not for the demo.
        'visitor_day' => 100,
        'address_day' => 300,
        'month_messages' => 0,
        'month_tokens' => 0,
        'replies_at_once' => 20,
        // Addresses of reverse proxies, as CIDR, whose X-Forwarded-For is believed.
        'proxies' => [],
        'allowed_origins' => [],
        'theme' => 'auto',
        'position' => 'right',
        'accent' => '',
        'everywhere' => false,
        'everywhere_assistant' => self::MAIN,
        'where' => 'all',
        'paths' => [],
        'audience' => 'everybody',
        // Empty: full for the demo, which has no secrets, else reference.
        'diagnostics' => '',
        'error_days' => 30,
        // Days after the last message; null: until the visitor deletes it; 0: kept in the visitor's browser alone.
        'keep_days' => null,
        'consent' => false,
        'consent_text' => '',
        'consent_url' => '',
        'linking' => false,
        // A mail address, a telephone number, or a page's address.
        'contact' => '',
        'remove_all' => false,
    ];

    /** @var array<string, mixed> */
    private $values;

    /** @var self|null */
    private static $current;

    /** @param array<string, mixed> $values */
    public function __construct(array $values)
    {
        $this->values = array_merge(self::USUAL, array_intersect_key($values, self::USUAL));
    }

    public static function get(): self
    {
        if (self::$current === null) {
            $stored = get_option(self::OPTION);
            self::$current = new self(is_array($stored) ? $stored : []);
        }
        return self::$current;
    }

    /** What was read is read anew: another site, or other values. */
    public static function forget(): void
    {
        self::$current = null;
    }

    /** @return array<string, mixed> */
    public function all(): array
    {
        return $this->values;
    }

    public function text(string $name): string
    {
        return (string) $this->values[$name];
    }

    public function number(string $name): int
    {
        return (int) $this->values[$name];
    }

    public function flag(string $name): bool
    {
        return (bool) $this->values[$name];
    }

    /** @return string[] */
    public function texts(string $name): array
    {
        return array_map('strval', (array) $this->values[$name]);
    }

    /** Whether the built-in demo answers. */
    public function isDemo(): bool
    {
        return $this->text('provider') === 'demo';
    }

    /** Whether a `candor serve` elsewhere answers in place of this plugin. */
    public function isRemote(): bool
    {
        return $this->text('mode') === 'remote' && $this->text('remote_url') !== '';
    }

    /** What a visitor sees of an error: full, reference or off. */
    public function diagnostics(): string
    {
        return $this->text('diagnostics') ?: ($this->isDemo() ? 'full' : 'reference');
    }

    /** Days for which a conversation is kept after its last message; null: until its visitor deletes it. */
    public function keepDays(): ?int
    {
        return $this->values['keep_days'] === null ? null : $this->number('keep_days');
    }

    /** Whether conversations stay in the visitor's browser, and nothing of them in the site's database. */
    public function keepsInBrowser(): bool
    {
        return $this->keepDays() === 0;
    }

    /** Seconds to wait for the first byte of a reply. */
    public function replyTimeout(): int
    {
        return $this->number('reply_timeout') ?: ($this->isDemo() ? 5 : 60);
    }

    /** Seconds for which a reply may pause. */
    public function stallTimeout(): int
    {
        return $this->number('stall_timeout') ?: ($this->isDemo() ? 5 : 30);
    }

    /** An assistant, `Settings::MAIN` or another that the owner has made. Null where there is none of that name. */
    public function assistant(string $id): ?Assistant
    {
        $given = $this->values['assistants'][$id] ?? null;
        if ($given === null && $id !== self::MAIN) {
            return null;
        }
        return new Assistant($id, is_array($given) ? $given : [], $this);
    }

    /** @return Assistant[] The main one first. */
    public function assistants(): array
    {
        $ids = array_unique(array_merge([self::MAIN], array_map('strval', array_keys((array) $this->values['assistants']))));
        return array_values(array_filter(array_map([$this, 'assistant'], $ids)));
    }
}
