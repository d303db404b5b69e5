<?php

namespace Candor;

use Candor\Store\AttemptLimiter;
use Candor\Store\Database;
use Candor\Wire\ApiProblem;
use Candor\Wire\Request;

/**
 * Who the owner is: a user who may manage the site. On the wire by WordPress's own REST nonce, by a token that WordPress has
 * given to a signed-in owner, or by the token CANDOR_OWNER_TOKEN of wp-config.php, for programs.
 */
final class Owner
{
    public const CAPABILITY = 'manage_options';

    /** What it takes on a network of sites to decide for all of them. */
    private const NETWORK_CAPABILITY = 'manage_network_options';

    /** How the tokens begin that are given to signed-in owners. */
    private const TOKEN = 'co_';

    /** How long such a token is good, in seconds. */
    private const LIFETIME_SECONDS = 12 * HOUR_IN_SECONDS;

    /** The least of the token of wp-config.php, which a script may try from many addresses. */
    private const MIN_TOKEN_LENGTH = 12;
    private const MIN_TOKEN_VARIETY = 6;

    /** The most wrong tries in a minute, from one address. */
    private const MAX_WRONG_ATTEMPTS = 5;

    /**
     * Whether the signed-in user decides where keys and messages are sent and scripts are loaded from. On a network of sites that is
     * who manages the network: whoever has one of its sites is not trusted with what the server can reach, nor with a key that
     * wp-config.php has for all.
     */
    public static function maySetAddresses(): bool
    {
        return !is_multisite() || current_user_can(self::NETWORK_CAPABILITY);
    }

    /** @throws ApiProblem Where the request is not the owner's. */
    public static function check(Request $request): void
    {
        if (current_user_can(self::CAPABILITY)) {
            return;
        }
        $token = $request->bearer();
        // Nobody guesses with a visitor's token, or with none: the widget may have sent it by itself.
        if ($token === null || strncmp($token, Random::TOKEN, 3) === 0) {
            throw new ApiProblem('owner_unauthorized', 401);
        }
        self::checkToken($token);
    }

    /** @throws ApiProblem Where it is not the owner's. */
    public static function checkToken(string $token): void
    {
        if (strncmp($token, self::TOKEN, 3) === 0) {
            // Signed by the site, so there is nothing to guess.
            if (self::isGiven($token)) {
                return;
            }
            throw new ApiProblem('owner_unauthorized', 401, 'The sign-in has run out. Reload the page to sign in again.');
        }
        $expected = defined('CANDOR_OWNER_TOKEN') ? (string) constant('CANDOR_OWNER_TOKEN') : '';
        if ($expected === '') {
            $detail = 'No owner token is set. Sign in to WordPress, or define CANDOR_OWNER_TOKEN in wp-config.php.';
            throw new ApiProblem('owner_unauthorized', 401, $detail);
        }
        if (self::isWeak($expected)) {
            $detail = sprintf(
                'CANDOR_OWNER_TOKEN in wp-config.php is too easy to guess, so that nobody is let in by it. Give it at least %d signs, %d of them different.',
                self::MIN_TOKEN_LENGTH,
                self::MIN_TOKEN_VARIETY
            );
            throw new ApiProblem('owner_unauthorized', 401, $detail);
        }
        $tries = new AttemptLimiter(Database::site(), 'owner ' . Address::ofToday(), self::MAX_WRONG_ATTEMPTS, 'owner_unauthorized');
        $isRight = $tries->attempt(static function () use ($expected, $token): ?bool {
            return hash_equals(hash('sha256', $expected), hash('sha256', $token)) ?: null;
        });
        if ($isRight === null) {
            if ($tries->isUsedUp) {
                Audit::lockedOut();
            }
            throw new ApiProblem('owner_unauthorized', 401);
        }
        Audit::tokenUsed();
    }

    /**
     * A token for the signed-in user, who must be an owner. It ends by itself, with their password, and with their rights.
     *
     * @return array{token: string, expires_at: int} Milliseconds since 1970-01-01 UTC.
     */
    public static function token(): array
    {
        $expires = time() + self::LIFETIME_SECONDS;
        $user = wp_get_current_user();
        $signed = $user->ID . '.' . $expires;
        return ['token' => self::TOKEN . $signed . '.' . self::sign($signed, $user), 'expires_at' => $expires * 1000];
    }

    private static function isWeak(string $token): bool
    {
        return strlen($token) < self::MIN_TOKEN_LENGTH || strlen(count_chars($token, 3)) < self::MIN_TOKEN_VARIETY;
    }

    private static function isGiven(string $token): bool
    {
        if (!preg_match('/^co_((\d{1,20})\.(\d{1,12}))\.([0-9a-f]{64})$/D', $token, $found)) {
            return false;
        }
        $user = get_user_by('id', (int) $found[2]);
        return $user !== false
            && (int) $found[3] > time()
            && hash_equals(self::sign($found[1], $user), $found[4])
            && user_can($user, self::CAPABILITY);
    }

    private static function sign(string $text, \WP_User $user): string
    {
        // A piece of the password's hash, as in WordPress's own cookies: with another password the token ends.
        return hash_hmac('sha256', $text . '|' . substr($user->user_pass, 8, 8), wp_salt('auth') . 'candor owner');
    }
}
