<?php

namespace Candor;

/** What is done when the plugin is deleted. */
final class Uninstall
{
    /** Visits every site of a network, or the only one. */
    public static function run(): void
    {
        if (!is_multisite()) {
            self::site();
            return;
        }
        foreach (get_sites(['fields' => 'ids', 'number' => 0]) as $id) {
            switch_to_blog((int) $id);
            Settings::forget();
            self::site();
            restore_current_blog();
        }
    }

    /** The key goes in any case: a secret of no further use is a risk. All else only where the owner has said so. */
    private static function site(): void
    {
        $all = Settings::get()->flag('remove_all');
        delete_option(ApiKey::OPTION);
        wp_clear_scheduled_hook(Upkeep::HOOK);
        if ($all) {
            Checks::forget();
            Provider\Completions::forget();
            delete_metadata('user', 0, 'candor_per_page', '', true);
            Schema::drop();
            delete_option(Settings::OPTION);
        }
    }
}
