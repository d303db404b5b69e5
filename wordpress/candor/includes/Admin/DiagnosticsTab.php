<?php

namespace Candor\Admin;

use Candor\Settings;
use Candor\Site\Element;

/** The widget's own Diagnostics, as the owner sees it. */
final class DiagnosticsTab
{
    public static function render(): void
    {
        printf('<p>%s</p>', esc_html__('Every link from this browser to the model, what failed for your visitors, and what to do about it.', 'candor'));
        $html = Element::html(['mode' => 'embedded', 'diagnostics' => 'full']);
        // The element asks at data-owner for what makes it the owner's. The tab is what it opens with.
        $html = str_replace('<candor-chat', '<candor-chat data-tab="diagnostics" class="candor-diagnostics"', $html);
        if (Settings::get()->isRemote()) {
            // Nobody but the owner opens this page, and the server elsewhere knows them by its own token alone.
            $html = str_replace('<candor-chat', '<candor-chat data-owner="sign-in"', $html);
        }
        echo $html; // phpcs:ignore WordPress.Security.EscapeOutput -- escaped where it is made
        if (Settings::get()->isRemote()) {
            printf('<p>%s</p>', esc_html__('A Candor server elsewhere answers: sign in with its owner token.', 'candor'));
        }
    }
}
