<?php

namespace Candor;

use Candor\Store\Counters;

/** Tells the owner once, by mail and in PHP's log, that most of what the site may take in a day or a month is used up. */
final class NearLimit
{
    public const HOOK = 'candor_near_limit';

    /** From how much of a limit on its owner is told. */
    public const SHARE = 0.8;

    /** Sees to it that the mail goes out, which nobody who chats is to wait for. */
    public static function tell(Counters $counters, string $name, int $used, int $most, int $until): void
    {
        if ($used >= self::SHARE * $most && $counters->isNews("near $name $until", $until)) {
            wp_schedule_single_event(time(), self::HOOK, [$name, $used, $most, $until]);
        }
    }

    /** Sends it. */
    public static function send(string $name, int $used, int $most, int $until): void
    {
        Log::write("$used of $most of the limit $name are used up.");
        /* translators: %s: the site's name */
        $subject = sprintf(__('[%s] The chat has nearly used up a limit', 'candor'), wp_specialchars_decode(get_option('blogname'), ENT_QUOTES));
        /* translators: 1: the name of a limit, 2: how much is used, 3: how much may be, 4: a time, 5: an address */
        $words = __("Of Candor’s limit %1\$s, %2\$s of %3\$s are used up.\n\nOnce all of it is, the chat rests until %4\$s. Who uses so much you see under Conversations; the limit you raise under Limits:\n%5\$s", 'candor');
        $when = wp_date(get_option('date_format') . ' ' . get_option('time_format'), $until);
        $body = sprintf($words, $name, number_format_i18n($used), number_format_i18n($most), $when, Admin\Pages::address('limits'));
        wp_mail(get_option('admin_email'), $subject, $body);
    }
}
