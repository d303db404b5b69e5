<?php

namespace Candor;

/** Text as the database keeps it: encrypted by a key that is not in the database. */
final class Sealed
{
    public static function seal(string $text, string $key): string
    {
        $nonce = random_bytes(SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        return base64_encode($nonce . sodium_crypto_secretbox($text, $nonce, $key));
    }

    /** Empty where there is none, or where it was sealed with another key. */
    public static function open(string $sealed, string $key): string
    {
        $bytes = base64_decode($sealed, true);
        if ($bytes === false || strlen($bytes) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES) {
            return '';
        }
        $nonce = substr($bytes, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        return (string) sodium_crypto_secretbox_open(substr($bytes, strlen($nonce)), $nonce, $key);
    }
}
