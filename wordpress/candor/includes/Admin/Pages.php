<?php

namespace Candor\Admin;

use Candor\Owner;
use Candor\Settings;
use Candor\Store\Unavailable;
use Candor\Translations;

/** Candor's pages in wp-admin: one page with tabs. */
final class Pages
{
    public const SLUG = 'candor';

    private const SCRIPT = 'assets/admin.js';

    /** @var string What WordPress calls the page. */
    private static $hook = '';

    public static function hook(): void
    {
        add_action('admin_menu', [self::class, 'addMenu']);
        add_action('admin_init', [self::class, 'register']);
        add_action('admin_enqueue_scripts', [self::class, 'enqueue']);
        add_action('wp_ajax_candor_models', [Models::class, 'answer']);
        add_action('admin_post_candor_export', [Export::class, 'send']);
        add_action('admin_notices', [Notices::class, 'print']);
        add_filter('plugin_action_links_' . plugin_basename(\Candor\FILE), [self::class, 'addLink']);
        add_filter('set_screen_option_candor_per_page', static function ($_, $__, $value): int {
            return max(1, min(200, (int) $value));
        }, 10, 3);
    }

    public static function addMenu(): void
    {
        $names = [__('Candor', 'candor'), __('Candor', 'candor')];
        $hook = add_menu_page($names[0], $names[1], Owner::CAPABILITY, self::SLUG, [self::class, 'render'], 'dashicons-format-chat', 81);
        self::$hook = $hook;
        // Before a byte of the page is sent, so that an action can end with a redirect.
        add_action("load-$hook", [Conversations::class, 'load']);
    }

    public static function register(): void
    {
        register_setting(self::SLUG, Settings::OPTION, ['type' => 'array', 'sanitize_callback' => [Check::class, 'sanitize']]);
    }

    /** The address of a tab. @param array<string, string> $more */
    public static function address(string $tab, array $more = []): string
    {
        return add_query_arg(['page' => self::SLUG, 'tab' => $tab] + array_map('rawurlencode', $more), admin_url('admin.php'));
    }

    /** @param string[] $links */
    public static function addLink(array $links): array
    {
        $link = sprintf('<a href="%s">%s</a>', esc_url(self::address('connection')), esc_html__('Settings', 'candor'));
        return array_merge([$link], $links);
    }

    public static function enqueue(string $hook): void
    {
        if ($hook !== self::$hook) {
            return;
        }
        wp_enqueue_style('candor-admin', plugins_url('assets/admin.css', \Candor\FILE), [], \Candor\VERSION);
        $needs = ['wp-i18n'];
        if (self::tab() === 'appearance') {
            wp_enqueue_style('wp-color-picker');
            $needs[] = 'wp-color-picker';
        }
        wp_enqueue_script('candor-admin', plugins_url(self::SCRIPT, \Candor\FILE), $needs, \Candor\VERSION, true);
        Translations::ofScript('candor-admin', self::SCRIPT);
        wp_add_inline_script('candor-admin', 'window.candorAdmin = ' . wp_json_encode([
            'ajax' => admin_url('admin-ajax.php'),
            'models' => wp_create_nonce('candor_models'),
            'checks' => Settings::get()->assistant(Settings::MAIN)->endpoint() . '/diagnostics/checks',
            'owner' => OwnerSession::address(),
            'isRemote' => Settings::get()->isRemote(),
        ]) . ';', 'before');
    }

    /** The tab that is open; the first where none is named. */
    public static function tab(): string
    {
        $tab = sanitize_key(wp_unslash($_GET['tab'] ?? '')); // phpcs:ignore WordPress.Security -- it only chooses what is shown
        return isset(self::tabs()[$tab]) ? $tab : 'connection';
    }

    public static function render(): void
    {
        if (!current_user_can(Owner::CAPABILITY)) {
            return;
        }
        echo '<div class="wrap candor"><h1>', esc_html__('Candor', 'candor'), '</h1>';
        settings_errors();
        printf('<nav class="nav-tab-wrapper" aria-label="%s">', esc_attr__('Candor’s settings', 'candor'));
        foreach (self::tabs() as $tab => $name) {
            $isOpen = $tab === self::tab();
            printf(
                '<a href="%s" class="nav-tab%s"%s>%s</a>',
                esc_url(self::address($tab)),
                $isOpen ? ' nav-tab-active' : '',
                $isOpen ? ' aria-current="page"' : '',
                esc_html($name)
            );
        }
        echo '</nav>';
        $render = [
            'conversations' => [Conversations::class, 'render'],
            'diagnostics' => [DiagnosticsTab::class, 'render'],
            'audit' => [AuditTab::class, 'render'],
        ];
        $render = $render[self::tab()] ?? [Forms::class, self::tab()];
        try {
            $render();
        } catch (Unavailable $error) {
            $words = __('The database does not answer, so nothing can be shown here. PHP’s error log has the reason.', 'candor');
            printf('<div class="notice notice-error"><p>%s</p></div>', esc_html($words));
        }
        echo '</div>';
    }

    /** @return array<string, string> */
    private static function tabs(): array
    {
        return [
            'connection' => __('Connection', 'candor'),
            'assistant' => __('Assistant', 'candor'),
            'limits' => __('Limits', 'candor'),
            'appearance' => __('Appearance', 'candor'),
            'where' => __('Where it shows', 'candor'),
            'privacy' => __('Privacy', 'candor'),
            'conversations' => __('Conversations', 'candor'),
            'diagnostics' => __('Diagnostics', 'candor'),
            'audit' => __('Audit log', 'candor'),
        ];
    }
}
