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

    /** The same for all sites of a network, which share a server's workers; `purge` leaves it. */
    public static function ofServer(string $name): string
    {
        return self::serverFolder() . '/' . $name;
    }

    /**
     * A file that nobody but the server's own account may read.
     *
     * @param string $mode As `fopen` has it.
     * @return resource|false
     */
    public static function open(string $path, string $mode)
    {
        $file = @fopen($path, $mode);
        if ($file !== false) {
            @chmod($path, 0600);
        }
        return $file;
    }

    public static function isOver(string $path): bool
    {
        clearstatcache(true, $path);
        return (int) @filemtime($path) < time() - self::LIFETIME_SECONDS;
    }

    /** Deletes all of them, with their folders. */
    public static function removeAll(): void
    {
        foreach ([self::folder(), self::serverFolder()] as $folder) {
            foreach (glob($folder . '/*') ?: [] as $path) {
                @unlink($path);
            }
            @rmdir($folder);
        }
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
        return self::made('candor-' . self::folderName(' ' . get_current_blog_id()));
    }

    private static function serverFolder(): string
    {
        return self::made('candor-server-' . self::folderName(''));
    }

    /** Each user of the system has folders: what a command line has made, the web server may not write. */
    private static function folderName(string $site): string
    {
        $user = function_exists('posix_geteuid') ? posix_geteuid() : getmyuid();
        return substr(hash_hmac('sha256', ABSPATH . "$site $user", wp_salt('auth')), 0, 16);
    }

    private static function made(string $name): string
    {
        $folder = untrailingslashit(get_temp_dir()) . '/' . $name;
        if (!is_dir($folder)) {
            @mkdir($folder, 0700);
        }
        return $folder;
    }
}
