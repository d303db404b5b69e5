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

    /** Where keys are sent and scripts are loaded from: on a network of sites only who manages it sets these. */
    public const ADDRESSES = ['remote_url', 'base_url', 'allow_plain_http', 'challenge_verify_url'];

    /** What is so until the owner decides otherwise. */
    private const USUAL = [
        // php: this plugin speaks with the provider; remote: a `candor serve` elsewhere does.
        'mode' => 'php',
        'remote_url' => '',
        'provider' => 'demo',
        'base_url' => 'https://api.openai.com/v1',
        // Whether the key and the conversations may leave by http:// for another than this machine or a private network.
        'allow_plain_http' => false,
        'model' => '',
        // 0: not sent.
        'max_output_tokens' => 0,
        // What a million tokens cost in US dollars, sent and written; empty: as a table says.
        'input_price' => '',
        'output_price' => '',
        // Whether the model is asked to answer in the visitor's language.
        'visitor_language' => false,
        // Whether the provider's moderation looks at what visitors write before the model is asked.
        'moderation' => false,
        // Seconds; 0: 60 and 30, for the demo 5.
        'reply_timeout' => 0,
        'stall_timeout' => 0,
        'assistants' => [],
        'message_chars' => 8000,
        // on or off: all of `Limit::all()`, whose figures stand beside it; null there: the usual one.
        'limits' => 'on',
        // The most answers under way for everybody together; 0: as many as come.
        'max_streams' => 20,
        // The most PHP workers of a server that the chat holds at a time; null: half of them; 0: as many as it takes.
        'max_workers' => null,
        // Reverse proxies whose word about a visitor's address is believed: names, addresses, networks as CIDR.
        'trusted_proxies' => [],
        'allowed_origins' => [],
        'theme' => 'auto',
        'position' => 'right',
        'accent' => '',
        // Whether a tone tells of an answer that comes while the chat is closed.
        'sound' => false,
        // Whether visitors may speak in place of typing, where their browser can write it down.
        'dictation' => true,
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
        // Whether visitors are asked what they think of answers.
        'feedback' => true,
        // What new visitors solve first: off, altcha, turnstile or hcaptcha; the public key there, and where it is asked (empty: there).
        'challenge' => 'off',
        'challenge_site_key' => '',
        'challenge_verify_url' => '',
        // A mail address, a telephone number, or a page's address.
        'contact' => '',
        'remove_all' => false,
    ];

    /** @var array<string, mixed> */
    private $values;

    /** @var self|null */
    private static $current;

    /** What settings were called before they had the names of `candor serve`. */
    private const FORMER = [
        'visitor_day' => 'limits_answers_visitor_day',
        'address_day' => 'limits_answers_address_day',
        'month_messages' => 'limits_answers_site_month',
        'month_tokens' => 'limits_tokens_site_month',
        'replies_at_once' => 'max_streams',
        'proxies' => 'trusted_proxies',
        'max_tokens' => 'max_output_tokens',
    ];

    /** @param array<string, mixed> $values */
    public function __construct(array $values)
    {
        $usual = self::USUAL + array_fill_keys(array_keys(Limit::all()), null);
        $this->values = array_merge($usual, array_intersect_key(self::renamed($values), $usual));
    }

    /**
     * What was set under a former name, under the one of today.
     *
     * @param array<string, mixed> $values
     * @return array<string, mixed>
     */
    private static function renamed(array $values): array
    {
        foreach (self::FORMER as $former => $name) {
            $value = $values[$former] ?? null;
            // A month without a limit was what stood there until somebody set one.
            $isDecision = $value !== null && !((int) $value === 0 && strncmp($former, 'month_', 6) === 0);
            if ($isDecision && !array_key_exists($name, $values)) {
                $values[$name] = $value;
            }
        }
        return $values;
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

    /** A number that the owner may have left to what is usual: null then. */
    public function figure(string $name): ?int
    {
        return $this->values[$name] === null ? null : $this->number($name);
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

    /** Whether visitors are asked what they think of answers, which goes where the answers are kept. */
    public function asksForFeedback(): bool
    {
        return $this->flag('feedback') && !$this->keepsInBrowser();
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
