<?php

namespace Candor\Wire;

/** Server-sent events as an answer that nothing on the way may keep, change or hold back. */
final class EventStream
{
    /** How often a quiet stream gives a sign of life, in seconds, so that nothing on the way takes it for dead. */
    private const HEARTBEAT_SECONDS = 15;

    public const HEADERS = [
        'Content-Type' => 'text/event-stream',
        'Cache-Control' => 'no-cache, no-store, no-transform',
        // nginx holds a stream back unless it is told not to.
        'X-Accel-Buffering' => 'no',
    ];

    /** Apache passes on what PHP-FPM writes once so many bytes have come together, unless it is set to flushpackets=on. */
    private const APACHE_BUFFER_BYTES = 4096;

    /** How long pieces of a reply wait for each other where each flush costs that many bytes, in seconds. */
    private const GATHER_SECONDS = 0.1;

    /** @var float */
    private $last;

    /** @var float */
    private $flushed = 0.0;

    /** @var string What is written with the next flush. */
    private $waiting = '';

    /** @var bool Whether Apache in front of PHP-FPM must be filled up for it to pass anything on. */
    private $fillsUp;

    /** The headers are sent. From here on the process goes on when the visitor has left. */
    public function __construct()
    {
        self::outlive();
        if (function_exists('ini_set')) {
            @ini_set('zlib.output_compression', '0');
        }
        if (function_exists('apache_setenv')) {
            @apache_setenv('no-gzip', '1');
        }
        while (ob_get_level() > 0 && @ob_end_clean()) {
            continue;
        }
        $this->last = microtime(true);
        $software = (string) ($_SERVER['SERVER_SOFTWARE'] ?? '');
        $this->fillsUp = PHP_SAPI === 'fpm-fcgi' && stripos($software, 'apache') !== false;
        flush();
    }

    /** Lets this process go on when its visitor has left, and for as long as a reply takes. */
    public static function outlive(): void
    {
        // Hosts may forbid each: then their limit cuts the reply, which is found and told as interrupted.
        if (function_exists('ignore_user_abort')) {
            ignore_user_abort(true);
        }
        if (function_exists('set_time_limit')) {
            @set_time_limit(0);
        }
        if (session_status() === PHP_SESSION_ACTIVE) {
            // Another plugin's session would keep every other request of the same browser waiting.
            session_write_close();
        }
    }

    /** The contrary: nothing depends on this process, so it ends when its visitor leaves. */
    public static function leaveWithVisitor(): void
    {
        if (function_exists('ignore_user_abort')) {
            ignore_user_abort(false);
        }
    }

    /** @param array<string, mixed>|object $data */
    public function send(?string $id, string $name, $data): void
    {
        $this->waiting .= ($id === null ? '' : "id: $id\n") . "event: $name\ndata: " . Json::encode($data) . "\n\n";
        $mayWait = $this->fillsUp && $name === 'delta';
        if (!$mayWait || microtime(true) - $this->flushed >= self::GATHER_SECONDS) {
            $this->write();
        }
    }

    /** Gives a sign of life where it is time for one. Gives whether somebody is still there. */
    public function beat(): bool
    {
        $now = microtime(true);
        if ($this->waiting === '' && $now - $this->last >= self::HEARTBEAT_SECONDS) {
            $this->waiting = ":\n\n";
        }
        if ($this->waiting !== '' && $now - $this->flushed >= self::GATHER_SECONDS) {
            $this->write();
        }
        return $this->isHeard();
    }

    /** Whether somebody is still there, as far as the last writing has told. */
    public function isHeard(): bool
    {
        return connection_aborted() === 0;
    }

    private function write(): void
    {
        $this->last = $this->flushed = microtime(true);
        $text = $this->waiting;
        $this->waiting = '';
        if (!$this->isHeard()) {
            return;
        }
        if ($this->fillsUp && strlen($text) < self::APACHE_BUFFER_BYTES) {
            // A comment within the last event: whoever reads passes over it.
            $text = substr($text, 0, -1) . ':' . str_repeat(' ', self::APACHE_BUFFER_BYTES - strlen($text)) . "\n\n";
        }
        // phpcs:ignore WordPress.Security.EscapeOutput -- an event stream is no HTML
        echo $text;
        flush();
    }
}
