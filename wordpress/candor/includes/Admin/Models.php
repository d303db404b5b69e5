<?php

namespace Candor\Admin;

use Candor\ApiKey;
use Candor\CopiedKey;
use Candor\Owner;
use Candor\Provider\Chat;
use Candor\Provider\Completions;
use Candor\Provider\Demo;
use Candor\Settings;

/** The provider's live list of models, for the form of the connection. */
final class Models
{
    /** `{"models": […]}`, or `{"error"}` with the provider's own words. A key that was just typed is tried, and not stored. */
    public static function answer(): void
    {
        if (!check_ajax_referer('candor_models', false, false) || !current_user_can(Owner::CAPABILITY)) {
            wp_send_json(['error' => __('Reload this page: it has been open for too long.', 'candor')], 403);
        }
        $sent = array_map(static function ($value): string {
            return is_string($value) ? trim(wp_unslash($value)) : '';
        }, $_POST);
        if (($sent['provider'] ?? '') === 'demo') {
            wp_send_json(['models' => [Demo::MODEL]]);
        }
        try {
            // A key must not leave for where its sender may not send it.
            $address = Owner::maySetAddresses() ? $sent['base_url'] ?? '' : Settings::get()->text('base_url');
            $base = Fields::url($address, __('Address of the API', 'candor'));
        } catch (InvalidSetting $error) {
            wp_send_json(['error' => $error->getMessage()], 422);
        }
        $typed = ApiKey::isInFile() ? '' : CopiedKey::tidy($sent['api_key'] ?? '');
        $key = $typed ?: ApiKey::reveal();
        $chat = new Chat(new Completions($base, $key, 0, Settings::get()->flag('allow_plain_http')), 20, 20);
        $list = $chat->models();
        if (isset($list['models'])) {
            wp_send_json(['models' => $list['models']]);
        }
        $problem = $list['problem'];
        $words = $problem->forumLine() ?: $problem->fields()['title'];
        wp_send_json(['error' => $words, 'status' => $problem->upstream()['status'] ?? 0], 200);
    }
}
