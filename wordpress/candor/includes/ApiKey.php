<?php

namespace Candor;

/**
 * The provider's key: the constant CANDOR_API_KEY in wp-config.php, or encrypted in an option of its own.
 *
 * It is shown to nobody. The encryption keeps it out of database dumps and of the reach of whoever reads the database
 * alone; whoever has wp-config.php as well can read it, as they can read everything.
 */
final class ApiKey
{
    public const OPTION = 'candor_key';

    private const CONSTANT = 'CANDOR_API_KEY';

    /** Whether wp-config.php has it, which then wins. */
    public static function isInFile(): bool
    {
        return defined(self::CONSTANT) && is_string(constant(self::CONSTANT)) && trim(constant(self::CONSTANT)) !== '';
    }

    public static function isSet(): bool
    {
        return self::isInFile() || get_option(self::OPTION, '') !== '';
    }

    /** For the one place that sends it. Empty where there is none, or where the site's salts have changed since. */
    public static function reveal(): string
    {
        if (self::isInFile()) {
            return CopiedKey::tidy(constant(self::CONSTANT));
        }
        $sealed = base64_decode((string) get_option(self::OPTION, ''), true);
        if ($sealed === false || strlen($sealed) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES) {
            return '';
        }
        $nonce = substr($sealed, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        $key = sodium_crypto_secretbox_open(substr($sealed, strlen($nonce)), $nonce, self::secret());
        return $key === false ? '' : $key;
    }

    /** Whether a key is stored that cannot be read any more, since the site's salts were changed. */
    public static function isLost(): bool
    {
        return self::isSet() && self::reveal() === '';
    }

    public static function store(string $key): void
    {
        $nonce = random_bytes(SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        $sealed = base64_encode($nonce . sodium_crypto_secretbox($key, $nonce, self::secret()));
        // Not loaded with every page, as options usually are.
        update_option(self::OPTION, $sealed, false);
    }

    public static function forget(): void
    {
        delete_option(self::OPTION);
    }

    private static function secret(): string
    {
        return hash_hmac('sha256', 'candor api key', wp_salt('secure_auth'), true);
    }
}
