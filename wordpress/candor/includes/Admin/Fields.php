<?php

namespace Candor\Admin;

use Candor\Assistant;
use Candor\Contact;
use Candor\Limit;
use Candor\Limits;
use Candor\Price;
use Candor\Settings;
use Candor\TrustedProxies;
use Candor\Wire\Origins;
use Candor\Workers;

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
            new Field('flag', 'allow_plain_http', __('Plain http', 'candor'), [
                'help' => __('Let the key and the conversations go by http:// beyond this machine and private networks, where anybody on the way reads them', 'candor'),
            ]),
        ];
    }

    /** @return Field[] */
    public static function model(): array
    {
        $price = Price::of(Settings::get(), Settings::get()->text('model'));
        return [
            new Field('text', 'model', __('Model', 'candor'), [
                'list' => 'candor-models',
                'dir' => 'ltr',
                'placeholder' => 'gpt-4o-mini',
                'help' => __('“Load models” asks the provider which ones this key may use.', 'candor'),
            ]),
            new Field('number', 'max_output_tokens', __('Longest answer', 'candor'), [
                'most' => 1000000,
                'zero' => true,
                'help' => __('In tokens, thoughts included; sent under the name that the model takes. Empty: not sent.', 'candor'),
            ]),
            new Field('flag', 'visitor_language', __('Visitor’s language', 'candor'), [
                'help' => __('Ask the model to answer in the visitor’s language: that of the chat, or the browser’s where the chat speaks English', 'candor'),
            ]),
            new Field('flag', 'moderation', __('Moderation', 'candor'), [
                'help' => __('Have the provider’s moderation look at each message before the model is asked (OpenAI has one; many others do not)', 'candor'),
            ]),
            new Field('text', 'input_price', __('Price of what is sent', 'candor'), ['check' => [self::class, 'price'], 'placeholder' => $price === null ? '0' : (string) $price->input, 'help' => self::priceHelp($price)]),
            new Field('text', 'output_price', __('Price of what is written', 'candor'), ['check' => [self::class, 'price'], 'placeholder' => $price === null ? '0' : (string) $price->output]),
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

    /** @return Field[] What bounds the chat beside the limits. */
    public static function bounds(): array
    {
        $workers = Workers::ofServer();
        return [
            new Field('choice', 'limits', __('Limits', 'candor'), [
                'choices' => [
                    'on' => __('On', 'candor'),
                    'off' => __('Off, for tests and private networks', 'candor'),
                ],
            ]),
            new Field('number', 'message_chars', __('Longest message', 'candor'), [
                'least' => 1,
                'most' => 50000,
                'help' => __('In characters.', 'candor'),
            ]),
            new Field('number', 'max_streams', __('Answers at the same time', 'candor'), [
                'most' => 512,
                'help' => __('On all servers of the site together. 0: no limit.', 'candor'),
            ]),
            new Field('number', 'max_workers', __('PHP workers for the chat', 'candor'), [
                'most' => 512,
                'usual' => true,
                'placeholder' => (string) $workers->share(),
                'help' => self::workersHelp($workers),
            ]),
        ];
    }

    /** @return Field[] The limits that `limits.toml` has. */
    public static function limits(): array
    {
        $labels = [
            'answers_visitor_minute' => __('Answers a visitor a minute', 'candor'),
            'answers_visitor_day' => __('Answers a visitor a day', 'candor'),
            'answers_visitor_month' => __('Answers a visitor a month', 'candor'),
            'answers_address_minute' => __('Answers an address a minute', 'candor'),
            'answers_address_day' => __('Answers an address a day', 'candor'),
            'answers_address_month' => __('Answers an address a month', 'candor'),
            'answers_site_minute' => __('Answers to everybody a minute', 'candor'),
            'answers_site_day' => __('Answers to everybody a day', 'candor'),
            'answers_site_month' => __('Answers to everybody a month', 'candor'),
            'tokens_visitor_minute' => __('Tokens a visitor a minute', 'candor'),
            'tokens_visitor_day' => __('Tokens a visitor a day', 'candor'),
            'tokens_visitor_month' => __('Tokens a visitor a month', 'candor'),
            'tokens_address_minute' => __('Tokens an address a minute', 'candor'),
            'tokens_address_day' => __('Tokens an address a day', 'candor'),
            'tokens_address_month' => __('Tokens an address a month', 'candor'),
            'tokens_site_minute' => __('Tokens of everybody a minute', 'candor'),
            'tokens_site_day' => __('Tokens of everybody a day', 'candor'),
            'tokens_site_month' => __('Tokens of everybody a month', 'candor'),
            'cents_site_day' => __('US cents that all of it costs a day', 'candor'),
            'cents_site_month' => __('US cents that all of it costs a month', 'candor'),
            'visitors_address_hour' => __('New visitors an address an hour', 'candor'),
            'conversations_address_hour' => __('New conversations an address an hour', 'candor'),
            'checks_address_minute' => __('Runs of the checks an address a minute', 'candor'),
            'codes_address_minute' => __('Codes for other devices an address a minute', 'candor'),
            'searches_address_minute' => __('Searches an address a minute', 'candor'),
            'answers_visitor_at_once' => __('Answers a visitor at a time', 'candor'),
            'answers_address_at_once' => __('Answers an address at a time', 'candor'),
            'turns_question' => __('Turns sent with a question', 'candor'),
            'tokens_question' => __('Tokens sent with a question', 'candor'),
            'tokens_answer' => __('Tokens of the text of an answer', 'candor'),
        ];
        $fields = [];
        foreach (Limit::all() as $setting => $limit) {
            $label = $labels[$limit->name] ?? $limit->name;
            $usual = $limit->most === null ? __('none', 'candor') : (string) $limit->most;
            $help = $limit->name === 'cents_site_day' ? ['help' => self::fullDay()] : [];
            $fields[] = new Field('number', $setting, $label, ['usual' => true, 'placeholder' => $usual] + $help);
        }
        return $fields;
    }

    /** @return Field[] What new visitors solve first. */
    public static function challenge(): array
    {
        return [
            new Field('choice', 'challenge', __('Challenge', 'candor'), [
                'choices' => [
                    'off' => __('None', 'candor'),
                    'altcha' => __('ALTCHA: the browser computes for a moment, and nobody else is asked', 'candor'),
                    'turnstile' => __('Cloudflare Turnstile, by keys', 'candor'),
                    'hcaptcha' => __('hCaptcha, by keys', 'candor'),
                ],
                'help' => __('A box to tick before the first message of a new visitor is sent, so that a script cannot make any number of visitors. ALTCHA needs pages with https.', 'candor'),
            ]),
            new Field('text', 'challenge_site_key', __('Site key', 'candor'), [
                'most' => 200,
                'dir' => 'ltr',
                'help' => __('For Turnstile or hCaptcha, which show it in their dashboard. Every visitor can read it.', 'candor'),
            ]),
        ];
    }

    /** @return Field[] */
    public static function proxies(): array
    {
        /* translators: %s: names such as cloudflare */
        $help = __('The servers in front of this one, one a line: addresses, networks (<code>192.0.2.0/24</code>), or names: %s. Only what they say of a visitor’s address is believed; name no network from which visitors come.', 'candor');
        $names = array_map(static function (string $name): string {
            return "<code>$name</code>";
        }, TrustedProxies::names());
        return [
            new Field('lines', 'trusted_proxies', __('Trusted proxies', 'candor'), [
                'check' => [self::class, 'proxy'],
                'dir' => 'ltr',
                'rows' => 3,
                'help' => sprintf($help, implode(', ', $names)),
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
            new Field('flag', 'sound', __('Sound', 'candor'), [
                'help' => __('A soft tone tells of an answer that comes while the chat is closed', 'candor'),
            ]),
            new Field('flag', 'dictation', __('Dictation', 'candor'), [
                'help' => __('Let visitors speak in place of typing, where their browser can write it down. Some browsers send what they hear to their maker.', 'candor'),
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
            new Field('flag', 'feedback', __('Rating', 'candor'), [
                'help' => __('Let visitors say whether an answer helped, with a word if they like. You read it with the question and the answer, under Conversations and in Diagnostics.', 'candor'),
            ]),
            new Field('flag', 'remove_all', __('When the plugin is deleted', 'candor'), [
                'help' => __('Remove its settings, all conversations, the log of errors and the audit log', 'candor'),
            ]),
        ];
    }

    /** How many workers are left to the chat, and who says so. */
    public static function workersHelp(Workers $workers): string
    {
        /* translators: %d: a number */
        $told = sprintf(__('This server has %d.', 'candor'), $workers->count);
        if (!$workers->isKnown) {
            /* translators: %d: a number */
            $told = sprintf(__('This server does not tell how many it has; %d are assumed. Ask the host (pm.max_children, MaxRequestWorkers), and write half of it here.', 'candor'), $workers->count);
        }
        $words = __('An answer that is written or followed, a wait for its end and a run of the checks keep one busy each; beyond so many the chat asks to try again, so that the site’s pages have the others. Empty: half of them. 0: no limit.', 'candor');
        return "$words $told";
    }

    public static function price(string $text, string $label): string
    {
        if (!preg_match('/^\d{1,5}(\.\d{1,6})?$/D', $text)) {
            /* translators: %s: the name of a setting */
            throw new InvalidSetting(sprintf(__('“%s” must be a number of US dollars such as 0.15.', 'candor'), $label));
        }
        return $text;
    }

    /** What a day costs in which the limits are used up. */
    private static function fullDay(): string
    {
        $settings = Settings::get();
        $price = Price::of($settings, $settings->text('model'));
        if ($price === null) {
            return self::costsNothing();
        }
        $limits = new Limits($settings);
        $dollars = static function (string $whom) use ($limits, $price): ?string {
            $cost = $limits->fullDayCost($whom, $price);
            return $cost === null ? null : number_format_i18n(ceil($cost / Price::MICROS_PER_CENT) / 100, 2);
        };
        [$site, $visitor] = [$dollars('site'), $dollars('visitor')];
        if ($site === null) {
            return __('Nothing bounds what a day can cost.', 'candor');
        }
        if ($visitor === null) {
            /* translators: %s: an amount such as 10.00 */
            return sprintf(__('A day that uses the limits up costs at most %s US dollars.', 'candor'), $site);
        }
        /* translators: 1, 2: amounts such as 10.00 */
        return sprintf(__('A day that uses the limits up costs at most %1$s US dollars, one visitor’s %2$s.', 'candor'), $site, $visitor);
    }

    /** By which price the spending cap is counted where the owner names none. */
    private static function priceHelp(?Price $price): string
    {
        $words = __('In US dollars a million tokens; by these the spending cap under Limits is counted. Empty: as a table says.', 'candor');
        if ($price === null) {
            return $words . ' ' . self::costsNothing();
        }
        if ($price->source === 'unknown') {
            return $words . ' ' . __('It does not have this model, so that it counts as the dearest that it has. Name the prices.', 'candor');
        }
        /* translators: %s: a day */
        $words .= ' ' . sprintf(__('It is of %s.', 'candor'), Price::asOf());
        return $price->source === 'near'
            ? $words . ' ' . __('The model is near this site, but a gateway may pass on to a provider that is paid, so that it counts at the table’s price. If nobody is paid, name 0 for both prices.', 'candor')
            : $words;
    }

    /** Why nothing is counted of what the model costs. */
    private static function costsNothing(): string
    {
        return Settings::get()->isDemo() ? __('The model costs nothing.', 'candor') : self::freeNearby();
    }

    /** What it means that a model is near the site, and that no price of it is known. */
    public static function freeNearby(): string
    {
        return __('A model near this site is taken to cost nothing. If its address leads to a provider that is paid, name its prices under Connection.', 'candor');
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

    public static function proxy(string $text, string $label): string
    {
        if (!TrustedProxies::isOne($text)) {
            /* translators: 1: the name of a setting, 2: what was typed */
            $words = __('“%1$s”: %2$s is no address such as 192.0.2.7, no network such as 192.0.2.0/24, and no name that is known.', 'candor');
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
