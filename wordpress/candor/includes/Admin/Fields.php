<?php

namespace Candor\Admin;

use Candor\Address;
use Candor\Assistant;
use Candor\Contact;
use Candor\Settings;
use Candor\Wire\Origins;

/** Every setting that is a row of a form, page by page. */
final class Fields
{
    /** @return Field[] */
    public static function connection(): array
    {
        return [
            new Field('choice', 'mode', __('Who speaks with the model', 'candor'), [
                'choices' => [
                    'php' => __('This site, through the plugin', 'candor'),
                    'remote' => __('A Candor server elsewhere', 'candor'),
                ],
                'help' => __('A Candor server (<code>candor serve</code>) suits sites with many visitors; everybody else needs none.', 'candor'),
            ]),
            new Field('text', 'remote_url', __('Address of the Candor server', 'candor'), [
                'placeholder' => 'https://chat.example.com/candor/v1',
                'check' => [self::class, 'url'],
                'dir' => 'ltr',
                'help' => __('Only for a Candor server elsewhere. It must allow this site’s origin.', 'candor'),
            ]),
            new Field('choice', 'provider', __('Provider', 'candor'), [
                'choices' => [
                    'demo' => __('Demo: answers without a key, and can fail on demand', 'candor'),
                    'openai' => __('OpenAI, or any API that speaks its chat completions', 'candor'),
                ],
            ]),
            new Field('text', 'base_url', __('Address of the API', 'candor'), [
                'placeholder' => 'https://api.openai.com/v1',
                'check' => [self::class, 'url'],
                'dir' => 'ltr',
                'help' => __('Up to and with its version, without <code>/chat/completions</code>.', 'candor'),
            ]),
        ];
    }

    /** @return Field[] */
    public static function model(): array
    {
        return [
            new Field('text', 'model', __('Model', 'candor'), [
                'list' => 'candor-models',
                'dir' => 'ltr',
                'placeholder' => 'gpt-4o-mini',
                'help' => __('“Load models” asks the provider which ones this key may use.', 'candor'),
            ]),
            new Field('number', 'max_tokens', __('Longest answer', 'candor'), [
                'most' => 1000000,
                'zero' => true,
                'help' => __('In tokens, sent as <code>max_tokens</code>, which newer OpenAI models refuse. Empty: not sent.', 'candor'),
            ]),
            new Field('number', 'reply_timeout', __('Wait for the first word', 'candor'), [
                'most' => 600,
                'zero' => true,
                'placeholder' => '60',
                'help' => __('In seconds.', 'candor'),
            ]),
            new Field('number', 'stall_timeout', __('Wait in the middle of an answer', 'candor'), [
                'most' => 600,
                'zero' => true,
                'placeholder' => '30',
                'help' => __('In seconds.', 'candor'),
            ]),
        ];
    }

    /** @return Field[] Of one assistant, whose own words stand where the owner has written none. */
    public static function assistant(?Assistant $assistant = null): array
    {
        $usual = $assistant ?? new Assistant('', [], Settings::get());
        return [
            new Field('text', 'name', __('Name', 'candor'), ['most' => 60, 'placeholder' => $usual->name(), 'help' => __('Only you see it.', 'candor')]),
            new Field('long', 'instructions', __('Instructions', 'candor'), [
                'help' => __('What the model is told before every conversation: who it speaks for, what it knows, how it answers. Visitors can get a model to repeat them, so write nothing secret.', 'candor'),
            ]),
            new Field('text', 'title', __('Title', 'candor'), ['most' => 60, 'placeholder' => $usual->title()]),
            new Field('text', 'subtitle', __('Line under the title', 'candor'), ['most' => 120, 'placeholder' => $usual->subtitle()]),
            new Field('long', 'greeting', __('Greeting', 'candor'), ['most' => 1000, 'rows' => 3, 'placeholder' => $usual->greeting()]),
            new Field('lines', 'suggestions', __('Suggestions', 'candor'), [
                'most' => 120,
                'rows' => 3,
                'placeholder' => implode("\n", $usual->suggestions()),
                'help' => __('Messages that an empty conversation offers, one a line.', 'candor'),
            ]),
            new Field('text', 'notice', __('Line under the input', 'candor'), ['most' => 200, 'placeholder' => $usual->notice()]),
            new Field('text', 'model', __('Model of its own', 'candor'), [
                'list' => 'candor-models',
                'dir' => 'ltr',
                'help' => __('Empty: the model chosen under Connection.', 'candor'),
            ]),
        ];
    }

    /** @return Field[] */
    public static function limits(): array
    {
        $none = __('0: no limit.', 'candor');
        return [
            new Field('number', 'message_chars', __('Longest message', 'candor'), [
                'least' => 1,
                'most' => 50000,
                'help' => __('In characters.', 'candor'),
            ]),
            new Field('number', 'visitor_day', __('Messages a visitor a day', 'candor'), ['help' => $none]),
            new Field('number', 'address_day', __('Messages an address a day', 'candor'), [
                'help' => __('Whoever begins anew as another visitor still has the same address. It is kept as a hash, for a day. 0: no limit.', 'candor'),
            ]),
            new Field('number', 'month_messages', __('Messages a month', 'candor'), ['help' => __('From all visitors together. 0: no limit.', 'candor')]),
            new Field('number', 'month_tokens', __('Tokens a month', 'candor'), [
                'help' => __('As the provider counts them, or about four letters each where it does not say. 0: no limit.', 'candor'),
            ]),
            new Field('number', 'replies_at_once', __('Answers at the same time', 'candor'), [
                'most' => 512,
                'help' => __('Each one keeps a PHP process of your host busy. Ask the host how many there are, and stay below. 0: no limit.', 'candor'),
            ]),
            new Field('lines', 'proxies', __('Your reverse proxies', 'candor'), [
                'check' => [self::class, 'network'],
                'dir' => 'ltr',
                'rows' => 3,
                'help' => __('Addresses or networks (<code>192.0.2.0/24</code>) of the servers in front of this one, one a line. Only what they say of a visitor’s address is believed.', 'candor'),
            ]),
        ];
    }

    /** @return Field[] */
    public static function appearance(): array
    {
        return [
            new Field('choice', 'theme', __('Colours', 'candor'), [
                'choices' => [
                    'auto' => __('As the visitor’s device', 'candor'),
                    'light' => __('Light', 'candor'),
                    'dark' => __('Dark', 'candor'),
                ],
            ]),
            new Field('colour', 'accent', __('Accent colour', 'candor'), [
                'placeholder' => '#0b6e69',
                'help' => __('Empty: Candor’s own, which can be read in light and dark.', 'candor'),
            ]),
            new Field('choice', 'position', __('Corner', 'candor'), [
                'choices' => ['right' => __('Right', 'candor'), 'left' => __('Left', 'candor')],
            ]),
        ];
    }

    /** @return Field[] */
    public static function where(): array
    {
        $names = [];
        foreach (Settings::get()->assistants() as $assistant) {
            $names[$assistant->id] = $assistant->name();
        }
        return [
            new Field('flag', 'everywhere', __('Every page', 'candor'), [
                'help' => __('Show the chat without a shortcode or a block', 'candor'),
            ]),
            new Field('choice', 'where', __('Where', 'candor'), [
                'choices' => [
                    'all' => __('Everywhere', 'candor'),
                    'front' => __('On the front page', 'candor'),
                    'pages' => __('On pages', 'candor'),
                    'posts' => __('On posts', 'candor'),
                    'only' => __('Only at these addresses', 'candor'),
                    'except' => __('Everywhere but at these addresses', 'candor'),
                ],
            ]),
            new Field('lines', 'paths', __('These addresses', 'candor'), [
                'check' => [self::class, 'path'],
                'dir' => 'ltr',
                'placeholder' => "/shop/*\n/contact",
                'help' => __('Paths on this site, one a line; <code>*</code> stands for anything.', 'candor'),
            ]),
            new Field('choice', 'audience', __('For whom', 'candor'), [
                'choices' => [
                    'everybody' => __('Everybody', 'candor'),
                    'guests' => __('Whoever is not logged in', 'candor'),
                    'members' => __('Whoever is logged in', 'candor'),
                ],
            ]),
            new Field('choice', 'everywhere_assistant', __('Assistant', 'candor'), ['choices' => $names]),
            new Field('lines', 'allowed_origins', __('Allowed origins', 'candor'), [
                'check' => [self::class, 'origin'],
                'dir' => 'ltr',
                'rows' => 3,
                'help' => __('Other sites whose pages may use this chat, one a line, such as <code>https://shop.example.com</code>. This site always may.', 'candor'),
            ]),
        ];
    }

    /** @return Field[] */
    public static function privacy(): array
    {
        return [
            new Field('choice', 'diagnostics', __('What visitors see of an error', 'candor'), [
                'choices' => [
                    '' => __('As usual: a reference, and everything of the demo', 'candor'),
                    'reference' => __('A plain sentence, type, code and a reference number', 'candor'),
                    'full' => __('Everything, the provider’s own words too', 'candor'),
                    'off' => __('A plain sentence, and no Diagnostics', 'candor'),
                ],
                'help' => __('You see everything. Keys, tokens and addresses are removed in any case.', 'candor'),
            ]),
            new Field('text', 'contact', __('Whom visitors can turn to', 'candor'), [
                'most' => 200,
                'check' => [self::class, 'contact'],
                'dir' => 'ltr',
                'placeholder' => 'help@example.com',
                'help' => __('A mail address, a telephone number, or a page’s address. It stands beside an error that only you can put right.', 'candor'),
            ]),
            new Field('number', 'error_days', __('Keep errors for', 'candor'), [
                'least' => 1,
                'most' => 365,
                'help' => __('In days, for you to look them up.', 'candor'),
            ]),
            new Field('flag', 'consent', __('Consent', 'candor'), ['help' => __('Ask before a visitor’s first message', 'candor')]),
            new Field('long', 'consent_text', __('What is asked', 'candor'), [
                'most' => 1000,
                'rows' => 3,
                'placeholder' => __('Your messages are sent to an AI service, which answers them.', 'candor'),
            ]),
            new Field('text', 'consent_url', __('Where to read more', 'candor'), [
                'check' => [self::class, 'url'],
                'dir' => 'ltr',
                'placeholder' => get_privacy_policy_url(),
            ]),
            new Field('flag', 'linking', __('Other devices', 'candor'), [
                'help' => __('Let visitors go on with their conversations on another device, by a code', 'candor'),
            ]),
            new Field('flag', 'remove_all', __('When the plugin is deleted', 'candor'), [
                'help' => __('Remove its settings, all conversations and the log of errors', 'candor'),
            ]),
        ];
    }

    public static function contact(string $text, string $label): string
    {
        if (Contact::address($text) === null) {
            /* translators: %s: the name of a setting */
            $words = __('“%s” must be a mail address, a telephone number, or an address that begins with https://.', 'candor');
            throw new InvalidSetting(sprintf($words, $label));
        }
        return $text;
    }

    /** An http or https address without user, query or fragment, and without a slash at the end. */
    public static function url(string $text, string $label): string
    {
        $parts = wp_parse_url($text);
        $isPlain = is_array($parts)
            && in_array($parts['scheme'] ?? '', ['http', 'https'], true)
            && ($parts['host'] ?? '') !== ''
            && array_diff_key($parts, ['scheme' => 0, 'host' => 0, 'port' => 0, 'path' => 0]) === [];
        if (!$isPlain || preg_match('/[\s"<>]/', $text)) {
            /* translators: %s: the name of a setting */
            throw new InvalidSetting(sprintf(__('“%s” must be an address that begins with http:// or https://.', 'candor'), $label));
        }
        return untrailingslashit($text);
    }

    public static function network(string $text, string $label): string
    {
        if (!Address::isNetwork($text)) {
            /* translators: 1: the name of a setting, 2: what was typed */
            $words = __('“%1$s”: %2$s is no address such as 192.0.2.7 and no network such as 192.0.2.0/24.', 'candor');
            throw new InvalidSetting(sprintf($words, $label, $text));
        }
        return $text;
    }

    public static function origin(string $text, string $label): string
    {
        if ($text !== '*' && Origins::parse($text) === null) {
            /* translators: 1: the name of a setting, 2: what was typed */
            $words = __('“%1$s”: %2$s is no origin. Write scheme and name, such as https://shop.example.com, without a path.', 'candor');
            throw new InvalidSetting(sprintf($words, $label, $text));
        }
        return $text === '*' ? $text : (string) Origins::parse($text);
    }

    public static function path(string $text, string $label): string
    {
        $path = wp_parse_url($text, PHP_URL_PATH);
        if (!is_string($path) || $path === '') {
            /* translators: 1: the name of a setting, 2: what was typed */
            throw new InvalidSetting(sprintf(__('“%1$s”: %2$s is no path such as /shop/*.', 'candor'), $label, $text));
        }
        return '/' . ltrim($path, '/');
    }
}
