<?php

namespace Candor\Site;

use Candor\Settings;

/** The chat on every page, by the owner's rules of where and for whom. */
final class EveryPage
{
    public static function hook(): void
    {
        // Before the scripts of the footer are printed (20).
        add_action('wp_footer', [self::class, 'print'], 5);
    }

    public static function print(): void
    {
        $settings = Settings::get();
        // A page that has a chat of its own needs no second one.
        if (!$settings->flag('everywhere') || Element::count() > 0 || !self::isHere($settings) || !self::isForThem($settings)) {
            return;
        }
        // What was chosen before for this plugin's own proxy is no mistake of the page's.
        $assistant = $settings->isRemote() ? Settings::MAIN : $settings->text('everywhere_assistant');
        // phpcs:ignore WordPress.Security.EscapeOutput -- escaped where it is made
        echo Element::html(['assistant' => $assistant]), "\n";
    }

    private static function isHere(Settings $settings): bool
    {
        switch ($settings->text('where')) {
            case 'front':
                return is_front_page();
            case 'posts':
                return is_singular('post');
            case 'pages':
                return is_page();
            case 'only':
                return self::isListed($settings->texts('paths'));
            case 'except':
                return !self::isListed($settings->texts('paths'));
        }
        return true;
    }

    /** Whom the chat is for. Pages differ by that only between guests and members, as caches keep them apart anyway. */
    private static function isForThem(Settings $settings): bool
    {
        $audience = $settings->text('audience');
        return $audience === 'everybody' || is_user_logged_in() === ($audience === 'members');
    }

    /** @param string[] $paths Each the path of a page, where a star stands for anything. */
    private static function isListed(array $paths): bool
    {
        $root = untrailingslashit((string) wp_parse_url(home_url(), PHP_URL_PATH));
        $path = (string) wp_parse_url(esc_url_raw(wp_unslash($_SERVER['REQUEST_URI'] ?? '/')), PHP_URL_PATH);
        $here = '/' . trim((string) preg_replace('~^' . preg_quote($root, '~') . '~', '', rawurldecode($path)), '/');
        foreach ($paths as $listed) {
            $pattern = str_replace('\*', '.*', preg_quote('/' . trim($listed, '/'), '~'));
            if (preg_match("~^$pattern$~uD", $here)) {
                return true;
            }
        }
        return false;
    }
}
