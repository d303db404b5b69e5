<?php

namespace Candor;

/** Connects the plugin's parts with WordPress. Nothing is loaded before it is needed. */
final class Plugin
{
    /** Called once, when WordPress loads the plugin. */
    public static function start(): void
    {
        register_activation_hook(FILE, [self::class, 'activate']);
        register_deactivation_hook(FILE, [self::class, 'deactivate']);
        add_action('init', [self::class, 'init']);
        add_filter('wpmu_drop_tables', [Schema::class, 'dropWithSite'], 10, 2);
        // Options are a site's own, and so are the settings that were read from them.
        add_action('switch_blog', [Settings::class, 'forget']);
        foreach (['add_option_', 'update_option_', 'delete_option_'] as $change) {
            add_action($change . Settings::OPTION, [self::class, 'settingsChanged']);
        }
        add_action(Upkeep::HOOK, [Upkeep::class, 'run']);
        add_action(NearLimit::HOOK, [NearLimit::class, 'send'], 10, 4);
        Translations::hook();
        Wire\Mount::hook();
        Site\Shortcode::hook();
        Site\Block::hook();
        Site\EveryPage::hook();
        Site\Loader::hook();
        Site\FormerFiles::hook();
        Privacy::hook();
        Audit::hook();
        SiteHealth::hook();
        Admin\OwnerSession::hook();
        if (is_admin()) {
            Admin\Pages::hook();
        }
    }

    /** The tables come with the first request after activation, also on the sites of a network: see `Schema::ensure`. */
    public static function activate(): void
    {
        Schema::ensure();
    }

    /** What runs by itself stops. What is kept stays. */
    public static function deactivate(): void
    {
        wp_clear_scheduled_hook(Upkeep::HOOK);
        wp_unschedule_hook(NearLimit::HOOK);
    }

    /** Settings are read anew, and what visitors are told of the last checks was of the settings before. */
    public static function settingsChanged(): void
    {
        Checks::forget();
        Provider\Completions::forget();
        Settings::forget();
        if (Schema::isReady()) {
            try {
                Address::forgetUnnamedProxy(new Store\Counters(Store\Database::site()));
            } catch (Store\Unavailable $error) {
                // It ends by itself, and Site Health tells of it until then.
                return;
            }
        }
    }

    /** On every request: cheap where nothing is to be done. */
    public static function init(): void
    {
        Schema::ensure();
        if (!wp_next_scheduled(Upkeep::HOOK)) {
            wp_schedule_event(time() + HOUR_IN_SECONDS, 'hourly', Upkeep::HOOK);
        }
    }
}
