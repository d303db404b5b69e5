<?php

namespace Candor;

/** PHP's error log, for whoever runs the server: it gets no secret, whatever the words were that something failed with. */
final class Log
{
    public static function write(string $words): void
    {
        error_log('Candor: ' . Redaction::clean($words));
    }
}
