<?php

namespace Candor;

use Candor\Admin\Pages;
use Candor\Admin\Remote;
use Candor\Store\Database;
use Candor\Store\Unavailable;
use Candor\Store\WorkerSlots;
use Candor\Wire\Problem;

/** What PHP can see by itself, in WordPress's Site Health. */
final class SiteHealth
{
    /** How many pieces a stream to ourselves brings, and within what time at least if none is held back, in seconds. */
    private const PULSE_COUNT = 8;
    private const MIN_SPREAD_SECONDS = 0.2;

    public static function hook(): void
    {
        add_filter('site_status_tests', [self::class, 'add']);
        add_action('rest_api_init', [self::class, 'register']);
        add_filter('debug_information', [self::class, 'inform']);
    }

    /**
     * Where a Candor server answers, this site keeps nothing, bounds nothing and holds nothing back: what can be told here is whether
     * that server answers.
     *
     * @param array<string, array<string, mixed>> $tests
     * @return array<string, array<string, mixed>>
     */
    public static function add(array $tests): array
    {
        $isRemote = Settings::get()->isRemote();
        $direct = $isRemote ? [] : [
            'storage' => __('Candor’s tables', 'candor'),
            'key' => __('Candor’s keys', 'candor'),
            'limits' => __('Candor’s limits', 'candor'),
            'workers' => __('Candor’s share of PHP’s workers', 'candor'),
            'proxy' => __('Candor’s visitors', 'candor'),
        ];
        foreach ($direct as $name => $label) {
            $tests['direct']["candor_$name"] = ['label' => $label, 'test' => [self::class, $name]];
        }
        $async = ['provider' => __('Candor’s provider', 'candor')];
        $async += $isRemote ? [] : ['stream' => __('Candor’s streams', 'candor')];
        foreach ($async as $name => $label) {
            $tests['async']["candor_$name"] = [
                'label' => $label,
                'test' => rest_url("candor-health/v1/$name"),
                'has_rest' => true,
                'async_direct_test' => [self::class, $name],
            ];
        }
        return $tests;
    }

    /** Tests that take their time are asked for by the page of Site Health, one by one. */
    public static function register(): void
    {
        foreach (['provider', 'stream'] as $name) {
            register_rest_route('candor-health/v1', "/$name", [
                'methods' => 'GET',
                'callback' => [self::class, $name],
                'permission_callback' => static function (): bool {
                    return current_user_can('view_site_health_checks');
                },
            ]);
        }
    }

    /** @return array<string, mixed> */
    public static function storage(): array
    {
        $result = self::result('storage', __('Candor can keep conversations', 'candor'), __('Its tables are in the database and can be written.', 'candor'));
        try {
            if (!Schema::isReady()) {
                throw new Unavailable(__('The tables could not be made.', 'candor'));
            }
            (new Store\Counters(Database::site()))->add('health', 1, time() + MINUTE_IN_SECONDS);
        } catch (Unavailable $error) {
            return self::worse($result, 'critical', __('Candor cannot keep conversations', 'candor'), $error->getMessage(), 'diagnostics');
        }
        return $result;
    }

    /**
     * Whether the encryption of the keys is worth anything.
     *
     * @return array<string, mixed>
     */
    public static function key(): array
    {
        $result = self::result('key', __('Candor’s keys are out of the database’s reach', 'candor'), __('A key that is stored is encrypted by security keys that are not in the database.', 'candor'));
        $isReadable = (ApiKey::isSet() && ApiKey::isEncryptedInVain()) || (ChallengeSecret::isSet() && ChallengeSecret::isEncryptedInVain());
        return $isReadable
            ? self::worse($result, 'recommended', __('Candor’s keys can be read by whoever reads the database', 'candor'), wp_strip_all_tags(Admin\Forms::saltless()), 'connection')
            : $result;
    }

    /**
     * Whether anything bounds what visitors may take.
     *
     * @return array<string, mixed>
     */
    public static function limits(): array
    {
        $settings = Settings::get();
        $words = __('They bound what visitors may take of the owner’s money.', 'candor');
        $free = array_filter($settings->assistants(), static function (Assistant $assistant) use ($settings): bool {
            return Price::isFreeNearby($settings, $assistant->model());
        });
        if ($free !== []) {
            $words .= ' ' . Admin\Fields::freeNearby();
        }
        $result = self::result('limits', __('Candor’s limits are on', 'candor'), $words);
        return $settings->text('limits') === 'off' && !$settings->isDemo()
            ? self::worse($result, 'recommended', __('Candor’s limits are off', 'candor'), Admin\Forms::limitsOff(), 'limits')
            : $result;
    }

    /**
     * Whether the chat leaves the site as many of PHP's workers as it needs.
     *
     * @return array<string, mixed>
     */
    public static function workers(): array
    {
        $workers = Workers::ofServer();
        $most = Workers::mostHeld(Settings::get());
        /* translators: %d: a number */
        $held = $most === null ? '' : sprintf(__('The chat holds %d at a time.', 'candor'), $most);
        $result = self::result('workers', __('Candor leaves PHP’s workers to the site', 'candor'), trim("$held " . Admin\Fields::workersHelp($workers)));
        $label = __('Candor may hold all of PHP’s workers', 'candor');
        if (!WorkerSlots::canCount()) {
            $words = __('The server’s temporary folder has no locks, by which the chat counts the workers that it holds. Ask the host for a temporary folder on a disk of its own, or set WP_TEMP_DIR to one.', 'candor');
            return self::worse($result, 'recommended', $label, $words, 'limits');
        }
        if ($most === null || ($workers->isKnown && $most >= $workers->count)) {
            $words = __('“PHP workers for the chat” is lifted, or not below their number: where many visitors chat at a time, the site’s pages wait.', 'candor');
            return self::worse($result, 'recommended', $label, $words, 'limits');
        }
        return $result;
    }

    /**
     * Whether visitors can be told apart: a proxy that was not named hides them behind its own address.
     *
     * @return array<string, mixed>
     */
    public static function proxy(): array
    {
        $result = self::result('proxy', __('Candor can tell visitors apart', 'candor'), __('No proxy stands before this site that is not named under Limits.', 'candor'));
        try {
            $isUnnamed = Address::hasUnnamedProxy(new Store\Counters(Database::site()));
        } catch (Unavailable $error) {
            // The test of the tables tells of it.
            return $result;
        }
        if (!$isUnnamed) {
            return $result;
        }
        $words = __('Requests came with X-Forwarded-For or CF-Connecting-IP from an address that is not named under “Trusted proxies”. If a CDN or another server stands before this one, name it there, such as cloudflare: else everybody behind it counts as one address, and shares its limits. If none does, somebody has tried to pass for another, in vain.', 'candor');
        return self::worse($result, 'recommended', __('A proxy before this site may hide Candor’s visitors', 'candor'), $words, 'limits');
    }

    /** @return array<string, mixed> */
    public static function provider(): array
    {
        $settings = Settings::get();
        $result = self::result('provider', __('Candor’s provider answers', 'candor'), __('The model was asked for one word, as the chat does, and answered.', 'candor'));
        if ($settings->isRemote()) {
            $problem = Remote::problem($settings->text('remote_url'));
            return $problem === null ? $result : self::worse($result, 'critical', __('The Candor server does not answer', 'candor'), $problem, 'connection');
        }
        if (!function_exists('curl_multi_exec')) {
            $words = __('PHP’s curl is missing or switched off on this host. Without it the chat cannot reach the provider. Ask the host to switch it on.', 'candor');
            return self::worse($result, 'critical', __('Candor cannot reach a provider', 'candor'), $words, 'diagnostics');
        }
        $checks = (new Checks($settings, $settings->assistant(Settings::MAIN)))->run(
            static function (): void {
            },
            static function (): bool {
                return true;
            }
        );
        // Moderation, without which nothing is sent, or the chat itself.
        $failed = array_values(array_filter($checks, static function (array $check): bool {
            return $check['outcome'] === 'failure';
        }));
        if ($failed === []) {
            return $result;
        }
        $problem = Problem::read(Wire\Json::encode($failed[0]['problem']));
        // The provider's own words; what they mean is explained in Diagnostics.
        $words = $problem->forumLine() ?: $failed[0]['evidence'];
        return self::worse($result, 'critical', __('Candor’s provider does not answer', 'candor'), $words, 'diagnostics');
    }

    /**
     * Whether a request to ourselves brings its pieces one by one, and its Authorization header.
     *
     * @return array<string, mixed>
     */
    public static function stream(): array
    {
        $result = self::result('stream', __('Candor’s answers arrive as they are written', 'candor'), __('A stream from this site to itself came piece by piece.', 'candor'));
        $settings = Settings::get();
        if (!function_exists('curl_multi_exec')) {
            return $result;
        }
        $address = $settings->assistant(Settings::MAIN)->endpoint() . '/diagnostics/checks';
        $token = Owner::token()['token'];
        $arrived = [];
        $body = '';
        try {
            $exchange = new Provider\CurlExchange($address, ["Authorization: Bearer $token", 'Accept: text/event-stream', 'Content-Length: 0'], '');
            $until = microtime(true) + 10;
            while (count($arrived) < self::PULSE_COUNT && microtime(true) < $until && ($bytes = $exchange->read(0.5)) !== null) {
                $body .= $bytes;
                for ($seen = substr_count($body, 'event: pulse'); count($arrived) < $seen;) {
                    $arrived[] = microtime(true);
                }
            }
            $status = $exchange->status();
            $exchange->close();
        } catch (Provider\TransportError $error) {
            $words = __('This host lets the site make no request to itself, so it could not be tried here. The checks in Diagnostics try it from your browser.', 'candor');
            return self::worse($result, 'recommended', __('Candor’s streams could not be tried', 'candor'), $words . ' ' . Redaction::clean($error->getMessage()), 'diagnostics');
        }
        if ($status === 401) {
            $words = __('The header Authorization does not reach PHP. The chat works all the same: it sends what is in it in a header of its own too, after one request in vain on each page. To spare that, in Apache add this line to .htaccess: RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]', 'candor');
            return self::worse($result, 'recommended', __('Candor gets a header by a detour', 'candor'), $words, 'diagnostics');
        }
        if ($status !== 200) {
            /* translators: 1: an HTTP status, 2: the first words of an answer */
            $words = sprintf(__('The chat’s address answered with status %1$d: %2$s', 'candor'), $status, (string) Redaction::field(wp_strip_all_tags($body), 300));
            return self::worse($result, 'critical', __('Something answers in Candor’s place', 'candor'), $words, 'diagnostics');
        }
        if (count($arrived) < self::PULSE_COUNT || end($arrived) - $arrived[0] < self::MIN_SPREAD_SECONDS) {
            $words = __('The pieces of a stream arrived together: a web server or a plugin collects them. Answers come late and all at once. Ask the host to turn buffering and compression off for text/event-stream.', 'candor');
            return self::worse($result, 'recommended', __('Candor’s answers are held back on the way', 'candor'), $words, 'diagnostics');
        }
        return $result;
    }

    /**
     * For a support thread: nothing secret.
     *
     * @param array<string, mixed> $info
     * @return array<string, mixed>
     */
    public static function inform(array $info): array
    {
        $settings = Settings::get();
        $fields = [
            'version' => [__('Version', 'candor'), VERSION],
            'mode' => [__('Who speaks with the model', 'candor'), $settings->text('mode')],
        ];
        $fields += $settings->isRemote() ? ['remote_url' => [__('Address of the Candor server', 'candor'), $settings->text('remote_url')]] : [
            'provider' => [__('Provider', 'candor'), $settings->text('provider')],
            'base_url' => [__('Address of the API', 'candor'), $settings->text('base_url')],
            'model' => [__('Model', 'candor'), $settings->text('model')],
            'key' => [__('API key', 'candor'), ApiKey::isInFile() ? 'wp-config.php' : (ApiKey::isSet() ? __('stored', 'candor') : __('none', 'candor'))],
            'limits' => [__('Limits', 'candor'), self::figures($settings)],
            'limit' => ['max_execution_time', (string) ini_get('max_execution_time')],
        ];
        $info['candor'] = ['label' => 'Candor', 'fields' => array_map(static function (array $field): array {
            return ['label' => $field[0], 'value' => $field[1]];
        }, $fields)];
        return $info;
    }

    /** The limits that are on, such as `answers_visitor_minute 12, answers_visitor_day 200`. */
    private static function figures(Settings $settings): string
    {
        $figures = (new Limits($settings))->figures();
        return implode(', ', array_map(static function (string $name, int $figure): string {
            return "$name $figure";
        }, array_keys($figures), $figures)) ?: 'off';
    }

    /** @return array<string, mixed> */
    private static function result(string $name, string $label, string $words): array
    {
        return [
            'label' => $label,
            'status' => 'good',
            'badge' => ['label' => 'Candor', 'color' => 'blue'],
            'description' => '<p>' . esc_html($words) . '</p>',
            'actions' => '',
            'test' => "candor_$name",
        ];
    }

    /**
     * @param array<string, mixed> $result
     * @return array<string, mixed>
     */
    private static function worse(array $result, string $status, string $label, string $words, string $tab): array
    {
        $names = ['limits' => __('Open Candor’s limits', 'candor'), 'connection' => __('Open Candor’s settings', 'candor')];
        $link = sprintf('<p><a href="%s">%s</a></p>', esc_url(Pages::address($tab)), esc_html($names[$tab] ?? __('Open Candor’s Diagnostics', 'candor')));
        return ['label' => $label, 'status' => $status, 'description' => '<p>' . esc_html($words) . '</p>', 'actions' => $link] + $result;
    }
}
