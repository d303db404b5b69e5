<?php

namespace Candor\Provider;

/**
 * An exchange through PHP's curl. WordPress's own HTTP functions hand over a body only once it is whole, so they cannot
 * stream; their settings (proxy, certificates) hold here too.
 */
final class CurlExchange implements Exchange
{
    private const CONNECT_TIMEOUT_SECONDS = 10;

    /** The most bytes that wait to be read. */
    private const MAX_WAITING_BYTES = 1048576;

    /** @var resource|\CurlMultiHandle */
    private $multi;

    /** @var resource|\CurlHandle */
    private $handle;

    /** @var string */
    private $url;

    /** @var string */
    private $waiting = '';

    /** @var int */
    private $status = 0;

    /** @var array<string, string> */
    private $headers = [];

    /** @var bool */
    private $ended = false;

    /** @var TransportError|null Told once what came before it has been read. */
    private $error;

    /** @param string[] $headers */
    public function __construct(string $url, array $headers, ?string $body)
    {
        $this->url = $url;
        $this->handle = curl_init($url);
        $options = [
            CURLOPT_HTTPHEADER => array_merge($headers, ['Expect:']),
            CURLOPT_USERAGENT => 'candor/' . \Candor\VERSION . ' (WordPress)',
            // A redirect is not followed: the key would go along to a place that nobody chose.
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_CONNECTTIMEOUT => self::CONNECT_TIMEOUT_SECONDS,
            CURLOPT_NOSIGNAL => true,
            // What is compressed all the same is unpacked.
            CURLOPT_ENCODING => 'identity',
            CURLOPT_HEADERFUNCTION => function ($handle, string $line): int {
                $this->readHeader($line);
                return strlen($line);
            },
            CURLOPT_WRITEFUNCTION => function ($handle, string $bytes): int {
                $this->waiting .= $bytes;
                return strlen($this->waiting) > self::MAX_WAITING_BYTES ? 0 : strlen($bytes);
            },
        ];
        if ($body !== null) {
            $options[CURLOPT_POST] = true;
            $options[CURLOPT_POSTFIELDS] = $body;
        }
        curl_setopt_array($this->handle, $options + self::certificates() + OutboundProxy::curlOptions($url));
        $this->multi = curl_multi_init();
        curl_multi_add_handle($this->multi, $this->handle);
    }

    public function __destruct()
    {
        $this->close();
    }

    public function read(float $seconds): ?string
    {
        $until = microtime(true) + $seconds;
        while ($this->waiting === '' && !$this->ended) {
            $this->go();
            $left = $until - microtime(true);
            if ($this->waiting !== '' || $this->ended || $left <= 0) {
                break;
            }
            // -1 where there is nothing to wait for yet, as while a name is looked up.
            if (curl_multi_select($this->multi, min($left, 0.25)) === -1) {
                usleep(5000);
            }
        }
        if ($this->waiting === '' && $this->ended) {
            if ($this->error !== null) {
                throw $this->error;
            }
            return null;
        }
        $bytes = $this->waiting;
        $this->waiting = '';
        return $bytes;
    }

    public function status(): int
    {
        return $this->status;
    }

    public function headers(): array
    {
        return $this->headers;
    }

    public function close(): void
    {
        $this->ended = true;
        if ($this->multi !== null) {
            curl_multi_remove_handle($this->multi, $this->handle);
            $this->multi = null;
        }
    }

    private function go(): void
    {
        do {
            $state = curl_multi_exec($this->multi, $running);
        } while ($state === CURLM_CALL_MULTI_PERFORM);
        while ($done = curl_multi_info_read($this->multi)) {
            $this->ended = true;
            if ($done['result'] !== CURLE_OK) {
                $this->error = $this->transportError($done['result']);
            }
        }
        if ($running === 0) {
            $this->ended = true;
        }
    }

    private function transportError(int $number): TransportError
    {
        $tls = [35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91];
        // Where a proxy for the way out is set, its name and connection are meant by the same numbers.
        $stages = [5 => TransportError::DNS, 6 => TransportError::DNS, 7 => TransportError::CONNECT];
        $stage = $stages[$number] ?? (in_array($number, $tls, true) ? TransportError::TLS : TransportError::BROKEN);
        if ($number === 28) {
            $connected = curl_getinfo($this->handle, CURLINFO_CONNECT_TIME) > 0;
            $stage = $connected ? TransportError::TIMEOUT : TransportError::CONNECT;
        }
        $proxy = OutboundProxy::of($this->url);
        $way = $proxy === null ? '' : '. It was asked through ' . $proxy->words() . '.';
        return new TransportError($stage, (curl_error($this->handle) ?: curl_strerror($number)) . $way);
    }

    private function readHeader(string $line): void
    {
        if (preg_match('~^HTTP/\S+ (\d{3})~', $line, $found)) {
            // The headers of a 100 or of a proxy's own answer come before the real ones.
            $this->status = (int) $found[1];
            $this->headers = [];
            return;
        }
        [$name, $value] = array_pad(explode(':', $line, 2), 2, null);
        $name = strtolower(trim($name));
        if ($value !== null && count($this->headers) < 128 && strlen($value) <= 1024 && !isset($this->headers[$name])) {
            $this->headers[$name] = trim($value);
        }
    }

    /** @return array<int, mixed> The certificates that WordPress trusts. */
    private static function certificates(): array
    {
        $bundle = ABSPATH . WPINC . '/certificates/ca-bundle.crt';
        return is_readable($bundle) ? [CURLOPT_CAINFO => $bundle] : [];
    }
}
