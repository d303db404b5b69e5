<?php

namespace Candor\Store;

/** Files of the moment, in a folder of the server's temporary one whose names tell nobody anything. */
final class TemporaryFile
{
    /** How long a file is left after it was last written, in seconds. */
    public const LIFETIME_SECONDS = 300;

    /** Where the file of that name is, or is to be. */
    public static function path(string $name): string
    {
        return self::folder() . '/' . hash_hmac('sha256', $name, wp_salt('nonce'));
    }

    public static function isOver(string $path): bool
    {
        clearstatcache(true, $path);
        return (int) @filemtime($path) < time() - self::LIFETIME_SECONDS;
    }

    /** Deletes what is older than it has to be. */
    public static function purge(): void
    {
        foreach (glob(self::folder() . '/*') ?: [] as $path) {
            if (self::isOver($path)) {
                @unlink($path);
            }
        }
    }

    private static function folder(): string
    {
        // Each user of the system has one: what a command line has made, the web server may not write.
        $user = function_exists('posix_geteuid') ? posix_geteuid() : getmyuid();
        $name = hash_hmac('sha256', ABSPATH . ' ' . get_current_blog_id() . ' ' . $user, wp_salt('auth'));
        $folder = untrailingslashit(get_temp_dir()) . '/candor-' . substr($name, 0, 16);
        if (!is_dir($folder)) {
            @mkdir($folder, 0700);
        }
        return $folder;
    }
}
