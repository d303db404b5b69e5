<?php

namespace Candor\Admin;

/** A `candor serve` elsewhere: whether it answers. */
final class Remote
{
    /** Why it does not, in a sentence; null where it does. */
    public static function problem(string $address): ?string
    {
        $answer = wp_remote_get($address . '/health', ['timeout' => 10, 'redirection' => 0]);
        if (is_wp_error($answer)) {
            /* translators: %s: the reason in the network's words */
            return sprintf(__('The Candor server does not answer: %s. Check its address, and whether this host may reach it.', 'candor'), $answer->get_error_message());
        }
        $status = wp_remote_retrieve_response_code($answer);
        $health = json_decode(wp_remote_retrieve_body($answer), true);
        if ($status !== 200 || !is_array($health) || ($health['status'] ?? '') !== 'ok') {
            /* translators: %d: an HTTP status */
            return sprintf(__('Something answers at this address with status %d, and it is not a Candor server. The address ends with /candor/v1.', 'candor'), $status);
        }
        return null;
    }
}
