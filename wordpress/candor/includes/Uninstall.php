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

    /** Secrets, and what was there for the moment alone, go in any case. All else only where the owner has said so. */
    private static function site(): void
    {
        $all = Settings::get()->flag('remove_all');
        delete_option(ApiKey::OPTION);
        delete_option(ChallengeSecret::OPTION);
        Store\TemporaryFile::removeAll();
        wp_unschedule_hook(Upkeep::HOOK);
        wp_unschedule_hook(NearLimit::HOOK);
        if ($all) {
            Checks::forget();
            Provider\Completions::forget();
            delete_metadata('user', 0, 'candor_per_page', '', true);
            Schema::drop();
            delete_option(Settings::OPTION);
        }
    }
}
