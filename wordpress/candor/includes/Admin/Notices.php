<?php

namespace Candor\Admin;

use Candor\ApiKey;
use Candor\Challenge\Service;
use Candor\ChallengeSecret;
use Candor\NearLimit;
use Candor\Owner;
use Candor\Quota;
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
        if (Service::isOne($settings->text('challenge')) && ChallengeSecret::reveal() === '') {
            return __('Candor’s secret key for the challenge cannot be read, so that no new visitor gets in. Enter it again under Limits.', 'candor');
        }
        try {
            return self::usedUp(new Quota($settings, Database::site()));
        } catch (Unavailable $error) {
            return null;
        }
    }

    /** Which limit of the whole site is used up, or nearly. */
    private static function usedUp(Quota $quota): ?string
    {
        $labels = array_column(Fields::limits(), 'label', 'name');
        foreach ($quota->site() as $name => $limit) {
            if ($limit['used'] >= NearLimit::SHARE * $limit['most']) {
                /* translators: 1: a limit, such as “Answers to everybody a day”, 2: how much is used, 3: how much may be, 4: a time */
                $words = __('A limit of Candor’s is used up, or nearly: “%1$s”, %2$s of %3$s. Beyond it the chat rests until %4$s; you can raise it under Limits.', 'candor');
                $until = wp_date(get_option('date_format') . ' ' . get_option('time_format'), $limit['until']);
                return sprintf($words, $labels["limits_$name"], number_format_i18n($limit['used']), number_format_i18n($limit['most']), $until);
            }
        }
        return null;
    }
}
