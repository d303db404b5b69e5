<?php

namespace Candor\Provider;

/** A failure below HTTP: how far the request came, and the reason, mostly in the network's words. */
final class TransportError extends \RuntimeException
{
    public const DNS = 'dns';
    public const CONNECT = 'connect';
    public const TLS = 'tls';
    public const TIMEOUT = 'timeout';
    public const BROKEN = 'broken';
    public const PLAIN = 'plain_http';

    private const WORDS = [
        self::DNS => 'The provider’s host name could not be resolved',
        self::CONNECT => 'No connection to the provider came about',
        self::TLS => 'The encrypted connection to the provider failed',
        self::TIMEOUT => 'The network timed out on the way to the provider',
        self::BROKEN => 'The connection to the provider broke off',
        self::PLAIN => 'Nothing was sent over plain http',
    ];

    /** @var string One of the constants above; the code for programs. */
    public $stage;

    public function __construct(string $stage, string $reason)
    {
        $this->stage = $stage;
        parent::__construct(self::WORDS[$stage] . ': ' . $reason);
    }
}
