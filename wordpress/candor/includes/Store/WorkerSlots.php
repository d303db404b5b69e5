<?php

namespace Candor\Store;

/**
 * How many of this server's PHP workers the chat holds, by requests that last as long as an answer: a semaphore of locked files. The
 * system lets go of a lock with the process, however that ends, so that no place is ever lost; and unlike a count in the database it is of
 * the machine whose workers they are.
 */
final class WorkerSlots
{
    /** @var resource|null The file of the place that this request has, locked until the request is over. */
    private static $held;

    /**
     * Takes a place for this request, which keeps the one that it has. Gives whether there was one of so many; where files cannot be
     * locked nothing can be counted, and Site Health says so.
     */
    public static function take(int $count): bool
    {
        for ($slot = 0; self::$held === null; $slot++) {
            if ($slot >= $count) {
                return false;
            }
            $file = TemporaryFile::open(TemporaryFile::ofServer("worker-$slot"), 'c');
            $isLocked = $file !== false && flock($file, LOCK_EX | LOCK_NB, $isTaken);
            if ($isLocked) {
                self::$held = $file;
            } elseif ($file === false || !$isTaken) {
                return true;
            }
        }
        return true;
    }

    /** Lets another have it: this request is about to end, and whoever sees its end may send the next at once. */
    public static function release(): void
    {
        self::$held = null;
    }

    /** Whether files can be locked here, so that a second try for one is refused. */
    public static function canCount(): bool
    {
        $path = TemporaryFile::ofServer('trial-' . bin2hex(random_bytes(8)));
        $file = TemporaryFile::open($path, 'c');
        $other = TemporaryFile::open($path, 'c');
        $isCounted = $file !== false && $other !== false && flock($file, LOCK_EX | LOCK_NB) && !flock($other, LOCK_EX | LOCK_NB);
        @unlink($path);
        return $isCounted;
    }
}
