<?php

namespace Candor\Admin;

use Candor\ApiKey;
use Candor\ChallengeSecret;
use Candor\Quota;
use Candor\Settings;
use Candor\Site\Element;
use Candor\Store\Database;
use Candor\Store\Unavailable;

/** The tabs that are forms of settings. */
final class Forms
{
    public static function connection(): void
    {
        self::open('connection');
        self::table(Fields::connection(), Settings::get()->all(), [self::class, 'key']);
        self::table(Fields::model(), Settings::get()->all());
        echo '<datalist id="candor-models"></datalist>';
        printf(
            // The script switches them on, once there is somebody to hear a click.
            '<p><button type="button" class="button" id="candor-load-models" disabled>%s</button> '
            . '<button type="button" class="button" id="candor-run-checks" disabled>%s</button> <span id="candor-told" role="status"></span></p>'
            . '<p class="description">%s</p><ol class="candor-checks" id="candor-checks" aria-label="%s" hidden></ol>',
            esc_html__('Load models', 'candor'),
            esc_html__('Run checks', 'candor'),
            esc_html__('The checks go the way of the chat, with the settings that are saved: they ask the model for one word.', 'candor'),
            esc_attr__('Checks', 'candor')
        );
        self::close();
    }

    public static function assistant(): void
    {
        $settings = Settings::get();
        $id = sanitize_title(wp_unslash($_GET['assistant'] ?? Settings::MAIN)); // phpcs:ignore WordPress.Security -- it only chooses what is shown
        $assistant = $settings->assistant($id);
        $isNew = $id === 'new';
        if ($assistant === null && !$isNew) {
            $assistant = $settings->assistant(Settings::MAIN);
        }
        if ($settings->isRemote()) {
            printf('<p>%s</p>', esc_html__('A Candor server elsewhere answers, with its own settings and one assistant. What is set here holds once this plugin speaks with the model again.', 'candor'));
        }
        echo '<ul class="subsubsub candor-assistants">';
        foreach ($settings->assistants() as $other) {
            self::link($other->id, $other->name(), !$isNew && $other->id === $assistant->id);
        }
        self::link('new', __('Add an assistant', 'candor'), $isNew);
        echo '</ul><br class="clear">';
        self::open('assistant');
        printf('<input type="hidden" name="candor[assistant]" value="%s">', esc_attr($isNew ? 'new' : $assistant->id));
        $given = $isNew ? [] : ($settings->all()['assistants'][$assistant->id] ?? []);
        self::table(Fields::assistant($isNew ? null : $assistant), $given);
        if (!$isNew && !$assistant->isMain()) {
            printf(
                '<p>%s <code>[candor assistant="%s"]</code></p><p><label><input type="checkbox" name="candor[delete_assistant]" value="1"> %s</label></p>',
                esc_html__('Its shortcode:', 'candor'),
                esc_html($assistant->id),
                esc_html__('Delete this assistant. Its conversations stay in the list, and visitors do not see them any more.', 'candor')
            );
        }
        self::close();
    }

    public static function limits(): void
    {
        $settings = Settings::get();
        if ($settings->text('limits') === 'off') {
            printf(
                '<div class="notice notice-warning inline"><p>%s</p></div>',
                esc_html(self::limitsOff())
            );
        } else {
            self::used();
        }
        self::open('limits');
        self::table(Fields::bounds(), $settings->all());
        printf('<h2>%s</h2>', esc_html__('How much visitors may take', 'candor'));
        printf('<p>%s</p>', esc_html__('Empty is what stands there in grey: people who chat do not meet it, and a script does within a minute. 0 lifts a limit. Minutes, hours, days and months are those of UTC. An address is an IPv4 address or an IPv6 network of 64 bits; it is known by a hash of the day, and where a month is limited, of the month.', 'candor'));
        self::table(Fields::limits(), $settings->all());
        printf('<h2>%s</h2>', esc_html__('New visitors', 'candor'));
        self::table(Fields::challenge(), $settings->all(), [self::class, 'challengeSecret']);
        printf('<h2>%s</h2>', esc_html__('Who asks', 'candor'));
        self::table(Fields::proxies(), $settings->all());
        self::close();
    }

    public static function appearance(): void
    {
        self::open('appearance');
        self::table(Fields::appearance(), Settings::get()->all());
        printf('<p class="description">%s</p>', esc_html__('The chat in the corner of this page is the preview. It changes as you choose, and visitors see it once you save.', 'candor'));
        self::close();
        // phpcs:ignore WordPress.Security.EscapeOutput -- escaped where it is made
        echo Element::html([]);
    }

    public static function where(): void
    {
        printf(
            '<p>%s <code>[candor]</code> %s</p>',
            esc_html__('On a single page, put this shortcode:', 'candor'),
            esc_html__('Or add the block “Candor chat”.', 'candor')
        );
        self::open('where');
        self::table(Fields::where(), Settings::get()->all());
        self::close();
    }

    public static function privacy(): void
    {
        self::open('privacy');
        echo '<table class="form-table" role="presentation">';
        self::keeping();
        echo '</table>';
        self::table(Fields::privacy(), Settings::get()->all());
        self::close();
    }

    /** The key is written and never read: the field is empty whatever is stored. */
    public static function key(): void
    {
        printf('<tr><th scope="row"><label for="candor-api-key">%s</label></th><td>', esc_html__('API key', 'candor'));
        if (ApiKey::isInFile()) {
            echo '<p>', wp_kses(__('It is set in <code>wp-config.php</code> as <code>CANDOR_API_KEY</code>.', 'candor'), ['code' => []]), '</p>';
        } else {
            $placeholder = ApiKey::isSet() ? __('A key is stored. Type another to replace it.', 'candor') : '';
            printf(
                '<input type="password" id="candor-api-key" name="candor[api_key]" value="" class="regular-text" autocomplete="off" '
                . 'spellcheck="false" placeholder="%s" aria-describedby="candor-api-key-help">',
                esc_attr($placeholder)
            );
            if (ApiKey::isSet()) {
                printf(
                    ' <label><input type="checkbox" name="candor[forget_key]" value="1"> %s</label>',
                    esc_html__('Forget it', 'candor')
                );
            }
            $help = __('It is stored encrypted and shown to nobody, not even here. Or define <code>CANDOR_API_KEY</code> in <code>wp-config.php</code>, which keeps it out of the database.', 'candor');
            if (ApiKey::isEncryptedInVain()) {
                $help .= ' <strong>' . self::saltless() . '</strong>';
            }
            echo '<p class="description" id="candor-api-key-help">', wp_kses($help, ['code' => [], 'strong' => []]), '</p>';
        }
        echo '</td></tr>';
    }

    /** What the encryption of a key is worth on a site without security keys of its own. */
    public static function saltless(): string
    {
        return __('On this site the encryption keeps it from nobody who reads the database: <code>wp-config.php</code> has no security keys of its own, so that WordPress keeps its secrets in the database too, beside the key. Put keys there, which <code>https://api.wordpress.org/secret-key/1.1/salt/</code> makes, then enter the key again.', 'candor');
    }

    /** What it means that limits are off. */
    public static function limitsOff(): string
    {
        return __('Limits are off: anybody can spend as much of your money as the provider lets them. That is for tests and private networks.', 'candor');
    }

    /** Written and never read, as the key is. */
    public static function challengeSecret(): void
    {
        printf('<tr><th scope="row"><label for="candor-challenge-secret">%s</label></th><td>', esc_html__('Secret key', 'candor'));
        if (ChallengeSecret::isInFile()) {
            echo '<p>', wp_kses(__('It is set in <code>wp-config.php</code> as <code>CANDOR_CHALLENGE_SECRET</code>.', 'candor'), ['code' => []]), '</p>';
        } else {
            $isSet = ChallengeSecret::isSet();
            printf(
                '<input type="password" id="candor-challenge-secret" name="candor[challenge_secret]" value="" class="regular-text" autocomplete="off" '
                . 'spellcheck="false" placeholder="%s" aria-describedby="candor-challenge-secret-help">',
                $isSet ? esc_attr__('A key is stored. Type another to replace it.', 'candor') : ''
            );
            if ($isSet) {
                printf(' <label><input type="checkbox" name="candor[forget_challenge_secret]" value="1"> %s</label>', esc_html__('Forget it', 'candor'));
            }
            $help = __('For Turnstile or hCaptcha. It is stored encrypted and shown to nobody. Or define <code>CANDOR_CHALLENGE_SECRET</code> in <code>wp-config.php</code>.', 'candor');
            if (ChallengeSecret::isEncryptedInVain()) {
                $help .= ' <strong>' . self::saltless() . '</strong>';
            }
            echo '<p class="description" id="candor-challenge-secret-help">', wp_kses($help, ['code' => [], 'strong' => []]), '</p>';
        }
        echo '</td></tr>';
    }

    private static function keeping(): void
    {
        $days = Settings::get()->keepDays();
        $kept = $days === null ? 'always' : ($days === 0 ? 'browser' : 'days');
        $field = sprintf(
            '<input type="number" name="candor[keep_days]" value="%d" min="1" max="3650" class="small-text" aria-label="%s">',
            $days ?: 30,
            esc_attr__('Days', 'candor')
        );
        printf('<tr><th scope="row">%s</th><td><fieldset><legend class="screen-reader-text">%1$s</legend>', esc_html__('Keep conversations', 'candor'));
        $choices = [
            'always' => esc_html__('Until the visitor deletes them', 'candor'),
            /* translators: %s: a field for a number */
            'days' => sprintf(esc_html__('For %s days after the last message', 'candor'), $field),
            'browser' => esc_html__('Not at all: only the visitor’s browser has them', 'candor'),
        ];
        foreach ($choices as $choice => $words) {
            printf(
                '<label><input type="radio" name="candor[keeping]" value="%s"%s> %s</label><br>',
                esc_attr($choice),
                checked($kept, $choice, false),
                $words // phpcs:ignore WordPress.Security -- escaped above
            );
        }
        echo '</fieldset></td></tr>';
    }

    private static function open(string $tab): void
    {
        echo '<form method="post" action="options.php">';
        settings_fields(Pages::SLUG);
        printf('<input type="hidden" name="candor[tab]" value="%s">', esc_attr($tab));
    }

    private static function close(): void
    {
        submit_button();
        echo '</form>';
    }

    /**
     * @param Field[] $fields
     * @param array<string, mixed> $values
     */
    private static function table(array $fields, array $values, ?callable $more = null): void
    {
        echo '<table class="form-table" role="presentation">';
        foreach ($fields as $field) {
            $field->render($values[$field->name] ?? '');
        }
        if ($more !== null) {
            $more();
        }
        echo '</table>';
    }

    private static function link(string $id, string $name, bool $isOpen): void
    {
        printf(
            '<li><a href="%s"%s>%s</a></li>',
            esc_url(Pages::address('assistant', ['assistant' => $id])),
            $isOpen ? ' class="current" aria-current="page"' : '',
            esc_html($name)
        );
    }

    /** What the site has used of its limits so far. */
    private static function used(): void
    {
        if (Settings::get()->isDemo()) {
            echo '<p>', esc_html__('The demo costs nothing: most limits begin with a real provider.', 'candor'), '</p>';
            return;
        }
        try {
            $limits = (new Quota(Settings::get(), Database::site()))->site();
        } catch (Unavailable $error) {
            return;
        }
        $labels = array_column(Fields::limits(), 'label', 'name');
        echo '<ul class="candor-used">';
        foreach ($limits as $name => $limit) {
            /* translators: 1: a limit, such as “Answers to everybody a day”, 2: how much is used, 3: how much may be */
            $words = __('%1$s: %2$s of %3$s so far.', 'candor');
            printf('<li>%s</li>', esc_html(sprintf($words, $labels["limits_$name"], number_format_i18n($limit['used']), number_format_i18n($limit['most']))));
        }
        echo '</ul>';
    }
}
