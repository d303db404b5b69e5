<?php

namespace Candor\Site;

/**
 * Files of an earlier release, which an update has taken away: a `candor.js` that a cache has kept asks for the script, the
 * module and the stylesheet of its own time. Any three that belong together serve it, so it is led to those that are there.
 * A web server that hands what it does not find to WordPress, as most do, comes by here. The parts of a chat that is open
 * fit none but the module that they were cut from; so they stay away, and the chat says so.
 */
final class FormerFiles
{
    private const NAME = '~^candor-[0-9a-f]{16,}(\.js|\.css|_bg\.wasm)$~';

    public static function hook(): void
    {
        add_action('init', [self::class, 'lead'], 0);
    }

    public static function lead(): void
    {
        $name = self::asked();
        $successor = $name === null ? null : self::successor($name);
        if ($successor === null) {
            return;
        }
        nocache_headers();
        wp_safe_redirect(self::folderUrl() . $successor, 307, 'Candor');
        exit;
    }

    /** The name of what is asked for in the folder of our files. */
    private static function asked(): ?string
    {
        // Only compared and matched against the pattern.
        // phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized
        $path = (string) wp_parse_url(wp_unslash($_SERVER['REQUEST_URI'] ?? ''), PHP_URL_PATH);
        $folder = (string) wp_parse_url(self::folderUrl(), PHP_URL_PATH);
        return str_starts_with($path, $folder) ? substr($path, strlen($folder)) : null;
    }

    private static function successor(string $name): ?string
    {
        if (!preg_match(self::NAME, $name, $parts)) {
            return null;
        }
        foreach (glob(dirname(\Candor\FILE) . '/widget/candor-*' . $parts[1]) ?: [] as $file) {
            // What is there, and comes by here all the same, would be led to itself for ever.
            if (basename($file) !== $name && preg_match(self::NAME, basename($file))) {
                return basename($file);
            }
        }
        return null;
    }

    private static function folderUrl(): string
    {
        return plugins_url('widget/', \Candor\FILE);
    }
}
