<?php

namespace Candor\Admin;

use Candor\ApiKey;
use Candor\Limits;
use Candor\Owner;
use Candor\Schema;
use Candor\Settings;
use Candor\Store\Database;
use Candor\Store\Unavailable;

/** What an owner must know in wp-admin without looking for it: that the chat does not answer, and why. */
final class Notices
{
    public static function print(): void
    {
        if (!current_user_can(Owner::CAPABILITY)) {
            return;
        }
        $words = self::words();
        if ($words !== null) {
            printf(
                '<div class="notice notice-warning"><p>%s <a href="%s">%s</a></p></div>',
                esc_html($words),
                esc_url(Pages::address('connection')),
                esc_html__('Candor’s settings', 'candor')
            );
        }
    }

    private static function words(): ?string
    {
        $settings = Settings::get();
        if (!Schema::isReady()) {
            return __('Candor could not make its tables in the database, so the chat cannot answer. Ask the host whether WordPress may create tables.', 'candor');
        }
        if ($settings->isDemo() || $settings->isRemote()) {
            return null;
        }
        if (ApiKey::isLost()) {
            return __('Candor’s stored API key cannot be read any more, since the security keys in wp-config.php were changed. Enter it again.', 'candor');
        }
        try {
            return (new Limits($settings, Database::site()))->monthIsUsedUp()
                ? __('Candor’s limit for this month is reached: the chat answers again next month, or once you raise it under Assistant.', 'candor')
                : null;
        } catch (Unavailable $error) {
            return null;
        }
    }
}
