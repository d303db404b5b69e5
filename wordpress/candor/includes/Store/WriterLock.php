<?php

namespace Candor\Store;

/**
 * Whether the process that writes a reply is still there. It keeps a file locked for as long as it lives: the system lets go
 * of the lock with the process, however that ends, and not while the process is only paused.
 *
 * A file rather than the database's GET_LOCK, which SQLite has not and which one node of a cluster hides from the others.
 */
final class WriterLock
{
    /** @var string */
    private $path;

    /** @var resource|false|null */
    private $file;

    private function __construct(string $path)
    {
        $this->path = $path;
        // Nobody may find the file before it is locked.
        $new = $path . '.new';
        $this->file = TemporaryFile::open($new, 'c');
        // Some file systems only say that they have locked: there the file would tell that nobody is alive.
        $isLocked = $this->file && flock($this->file, LOCK_EX | LOCK_NB) && self::isLocked($new) === true;
        if (!$isLocked || !@rename($new, $path)) {
            @unlink($new);
            $this->file = null;
        }
    }

    /** Begins to be seen as the process that writes this reply. */
    public static function hold(string $reply): self
    {
        return new self(self::path($reply));
    }

    /** The reply has been kept as it has ended. */
    public function release(): void
    {
        if ($this->file) {
            @unlink($this->path);
            fclose($this->file);
            $this->file = null;
        }
    }

    /** Whether somebody writes this reply. Null where that cannot be told here, as on another machine. */
    public static function isHeld(string $reply): ?bool
    {
        return self::isLocked(self::path($reply));
    }

    private static function isLocked(string $path): ?bool
    {
        $file = @fopen($path, 'r');
        if ($file === false) {
            return null;
        }
        // Shared, so that two who look do not take each other for the process.
        $isFree = flock($file, LOCK_SH | LOCK_NB, $wouldWait);
        fclose($file);
        return $isFree ? false : ($wouldWait ? true : null);
    }

    /** With the machine's name: over a network a folder may be shared by machines whose locks are not. */
    private static function path(string $reply): string
    {
        return TemporaryFile::path('life ' . php_uname('n') . ' ' . $reply);
    }
}
