<?php

namespace Candor\Admin;

use Candor\Owner;

/**
 * How a signed-in owner becomes the owner on the wire, which takes no cookie: the widget asks here, with WordPress's cookie,
 * and gets a token for `Authorization`. It needs no nonce, which a cached page would keep until it is stale: nothing is changed
 * by asking, and no other site can read the answer.
 */
final class OwnerSession
{
    private const ACTION = 'candor_owner';

    public static function hook(): void
    {
        add_action('wp_ajax_' . self::ACTION, [self::class, 'answer']);
        add_action('wp_ajax_nopriv_' . self::ACTION, [self::class, 'answer']);
    }

    /** Where a widget asks. */
    public static function address(): string
    {
        return admin_url('admin-ajax.php?action=' . self::ACTION, 'relative');
    }

    /** `{"token", "expires_at"}` for an owner; for everybody else `{"token": null}`, which is no failure. */
    public static function answer(): void
    {
        nocache_headers();
        wp_send_json(current_user_can(Owner::CAPABILITY) ? Owner::token() : ['token' => null]);
    }
}
