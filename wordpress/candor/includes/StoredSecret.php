<?php

namespace Candor;

/**
 * A secret that the owner has from somebody else: a constant in wp-config.php, or encrypted in an option of its own.
 *
 * It is shown to nobody. The encryption keeps it out of database dumps and of the reach of whoever reads the database
 * alone; whoever has wp-config.php as well can read it, as they can read everything.
 */
abstract class StoredSecret
{
    /** The option that has it. */
    public const OPTION = '';

    /** The constant of wp-config.php, which wins where both are there. */
    protected const CONSTANT = '';

    /** What it is encrypted for, so that no two secrets are by the same key. */
    protected const PURPOSE = '';

    /** The scheme of WordPress's salts by which it is encrypted. */
    private const SALT = 'secure_auth';

    public static function isInFile(): bool
    {
        return defined(static::CONSTANT) && is_string(constant(static::CONSTANT)) && trim(constant(static::CONSTANT)) !== '';
    }

    public static function isSet(): bool
    {
        return static::isInFile() || get_option(static::OPTION, '') !== '';
    }

    /** For the one place that sends it. Empty where there is none, or where the site's salts have changed since. */
    public static function reveal(): string
    {
        return static::isInFile()
            ? CopiedKey::tidy(constant(static::CONSTANT))
            : Sealed::open((string) get_option(static::OPTION, ''), self::encryptionKey());
    }

    /** Whether one is stored that cannot be read any more, since the site's salts were changed. */
    public static function isLost(): bool
    {
        return static::isSet() && static::reveal() === '';
    }

    /**
     * Whether what encrypts it lies beside it: WordPress keeps secrets of its own in the database where wp-config.php has none,
     * or only those of its sample.
     */
    public static function isEncryptedInVain(): bool
    {
        return !static::isInFile() && wp_salt(self::SALT) === get_site_option(self::SALT . '_key') . get_site_option(self::SALT . '_salt');
    }

    public static function store(string $secret): void
    {
        // Not loaded with every page, as options usually are.
        update_option(static::OPTION, Sealed::seal($secret, self::encryptionKey()), false);
    }

    public static function forget(): void
    {
        delete_option(static::OPTION);
    }

    private static function encryptionKey(): string
    {
        return hash_hmac('sha256', static::PURPOSE, wp_salt(self::SALT), true);
    }
}
