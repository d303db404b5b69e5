<?php

namespace Candor;

use Candor\Store\AuditLog;
use Candor\Store\Database;
use Candor\Store\Unavailable;

/**
 * Notes what owners do: that they sign in from a new address, change settings, export and erase; and what they must know of others: who
 * has tried many wrong tokens, and that a visitor has erased everything. Of a setting the name is kept and never the value. Nothing that
 * is noted can fail because the log does.
 */
final class Audit
{
    /** What is done, as the wire calls it. */
    public const SIGN_IN = 'signed_in';
    public const LOCKED_OUT = 'locked_out';
    public const SETTINGS = 'settings_changed';
    public const EXPORT = 'exported';
    public const ERASURE = 'erased';

    /** What the owner token of wp-config.php is called, which belongs to no user. */
    private const TOKEN = 'CANDOR_OWNER_TOKEN';

    /** What is called so that WordPress does by itself, or a program. */
    public const NOBODY = '–';

    public static function hook(): void
    {
        add_action('wp_login', [self::class, 'signedIn'], 10, 2);
        add_action('application_password_did_authenticate', [self::class, 'authenticated']);
        add_action('add_option_' . Settings::OPTION, [self::class, 'settingsMade'], 10, 2);
        add_action('update_option_' . Settings::OPTION, [self::class, 'settingsChanged'], 10, 2);
        add_action('delete_option_' . Settings::OPTION, [self::class, 'settingsGone']);
        foreach (['add_option_', 'update_option_', 'delete_option_'] as $change) {
            add_action($change . ApiKey::OPTION, [self::class, 'keyChanged']);
            add_action($change . ChallengeSecret::OPTION, [self::class, 'challengeSecretChanged']);
        }
    }

    /**
     * @param mixed $login
     * @param mixed $user Plugins that sign somebody in themselves leave it out.
     */
    public static function signedIn($login, $user = null): void
    {
        $user = $user instanceof \WP_User ? $user : get_user_by('login', is_string($login) ? $login : '');
        if ($user !== false) {
            self::authenticated($user);
        }
    }

    public static function authenticated(\WP_User $user): void
    {
        if (user_can($user, Owner::CAPABILITY)) {
            self::noteSignIn($user->user_login);
        }
    }

    /** The request carries the owner token of wp-config.php. */
    public static function tokenUsed(): void
    {
        self::noteSignIn(self::TOKEN);
    }

    /** This address has tried as many wrong tokens as it may. */
    public static function lockedOut(): void
    {
        self::keep(self::LOCKED_OUT, self::NOBODY, '', self::address());
    }

    /** A visitor has erased what was kept of them. From where is not kept either. */
    public static function visitorErased(): void
    {
        self::keep(self::ERASURE, self::NOBODY, 'everything of a visitor, who asked for it', '');
    }

    /** @param mixed $settings */
    public static function settingsMade(string $option, $settings): void
    {
        self::settingsChanged([], $settings);
    }

    public static function settingsGone(): void
    {
        self::note(self::SETTINGS, 'all');
    }

    /**
     * @param mixed $before
     * @param mixed $after
     */
    public static function settingsChanged($before, $after): void
    {
        [$before, $after] = array_map(static function ($values): array {
            return (new Settings(is_array($values) ? $values : []))->all();
        }, [$before, $after]);
        $changed = array_filter(array_keys($after), static function (string $name) use ($before, $after): bool {
            return $before[$name] !== $after[$name];
        });
        if ($changed !== []) {
            self::note(self::SETTINGS, implode(', ', $changed));
        }
    }

    public static function keyChanged(): void
    {
        self::note(self::SETTINGS, 'api_key');
    }

    public static function challengeSecretChanged(): void
    {
        self::note(self::SETTINGS, 'challenge_secret');
    }

    /** @param string $what Names or numbers, and nothing that anybody has written. */
    public static function note(string $event, string $what): void
    {
        $user = wp_get_current_user();
        self::keep($event, $user->exists() ? $user->user_login : self::NOBODY, $what, self::address());
    }

    private static function noteSignIn(string $who): void
    {
        self::attempt(static function (AuditLog $log) use ($who): void {
            $networks = array_map([Address::class, 'network'], $log->addresses(self::SIGN_IN, $who));
            if (!in_array(Address::network(self::address()), $networks, true)) {
                $log->keep(self::SIGN_IN, $who, '', self::address());
            }
        });
    }

    private static function keep(string $event, string $who, string $what, string $address): void
    {
        self::attempt(static function (AuditLog $log) use ($event, $who, $what, $address): void {
            $log->keep($event, $who, $what, $address);
        });
    }

    /** @param callable(AuditLog): void $write */
    private static function attempt(callable $write): void
    {
        if (!Schema::isReady()) {
            return;
        }
        try {
            $write(new AuditLog(Database::site()));
        } catch (Unavailable $error) {
            // The database has logged why.
            return;
        }
    }

    /** From where the request comes; empty where it comes from no network, as of a program on the server. */
    private static function address(): string
    {
        return Address::client(wp_unslash($_SERVER), TrustedProxies::of(Settings::get()));
    }
}
