<?php

namespace Candor\Admin;

use Candor\ApiKey;
use Candor\Challenge\Service;
use Candor\ChallengeSecret;
use Candor\CopiedKey;
use Candor\Host;
use Candor\Owner;
use Candor\Settings;

/** Takes what a settings page has sent: every value is checked, and one that cannot be is refused in words and changes nothing. */
final class Check
{
    /** @var bool Whether the form of this request was checked. */
    private static $isChecked = false;

    /**
     * The option's new value. Called by WordPress, which has checked the nonce and who it is.
     *
     * @param mixed $sent
     * @return array<string, mixed>
     */
    public static function sanitize($sent): array
    {
        $sent = is_array($sent) ? $sent : [];
        if (!isset($sent['tab'])) {
            // Each form names its tab: what comes as a form without one is made up. Else it is from a program, or comes a second time
            // from WordPress itself, which does so where the option is new.
            $isForm = ($_POST['option_page'] ?? '') === Pages::SLUG; // phpcs:ignore WordPress.Security
            return $isForm && !self::$isChecked ? Settings::get()->all() : self::withoutLocked($sent);
        }
        self::$isChecked = true;
        $values = Settings::get()->all();
        switch ((string) $sent['tab']) {
            case 'connection':
                $values = self::read($values, $sent, array_merge(Fields::connection(), Fields::model()));
                self::readKey($sent);
                $values = self::checkConnection($values);
                break;
            case 'assistant':
                $values = self::readAssistant($values, $sent);
                break;
            case 'limits':
                $values = self::read($values, $sent, array_merge(Fields::bounds(), Fields::limits(), Fields::challenge(), Fields::proxies()));
                self::readChallengeSecret($sent);
                $values = self::checkChallenge($values);
                break;
            case 'appearance':
                $values = self::read($values, $sent, Fields::appearance());
                break;
            case 'where':
                $values = self::read($values, $sent, Fields::where());
                break;
            case 'privacy':
                $values = self::readKeeping(self::read($values, $sent, Fields::privacy()), $sent);
                if ($values['consent'] && $values['consent_text'] === '') {
                    self::refuse('consent_text', __('Consent is asked for with words: write them under “What is asked”.', 'candor'));
                    $values['consent'] = false;
                }
                break;
        }
        return $values;
    }

    /**
     * @param array<string, mixed> $values
     * @param array<string, mixed> $sent
     * @param Field[] $fields
     * @return array<string, mixed>
     */
    private static function read(array $values, array $sent, array $fields): array
    {
        foreach ($fields as $field) {
            if (!array_key_exists($field->name, $sent)) {
                continue;
            }
            if ($field->isLocked()) {
                /* translators: %s: the name of a setting */
                self::refuse($field->name, sprintf(__('Only who manages the network can change “%s”.', 'candor'), $field->label));
                continue;
            }
            try {
                $values[$field->name] = $field->read($sent[$field->name]);
            } catch (InvalidSetting $error) {
                self::refuse($field->name, $error->getMessage());
            }
        }
        return $values;
    }

    /**
     * Values with the addresses as they are, where the signed-in user may not set them.
     *
     * @param array<string, mixed> $values
     * @return array<string, mixed>
     */
    private static function withoutLocked(array $values): array
    {
        if (!is_user_logged_in() || Owner::maySetAddresses()) {
            return $values;
        }
        return array_intersect_key(Settings::get()->all(), array_flip(Settings::ADDRESSES)) + $values;
    }

    /** @param array<string, mixed> $sent */
    private static function readKey(array $sent): void
    {
        if (($sent['forget_key'] ?? '') === '1') {
            ApiKey::forget();
            return;
        }
        $key = CopiedKey::tidy(is_string($sent['api_key'] ?? null) ? $sent['api_key'] : '');
        if ($key === '') {
            return;
        }
        // What cannot stand in a header is a mistake of copying, such as a line break in a key.
        if (!preg_match('/^[\x21-\x7e]{1,500}$/D', $key)) {
            self::refuse('api_key', __('The API key must be one word without spaces. Copy it whole from the provider.', 'candor'));
            return;
        }
        ApiKey::store($key);
    }

    /** @param array<string, mixed> $sent */
    private static function readChallengeSecret(array $sent): void
    {
        if (($sent['forget_challenge_secret'] ?? '') === '1') {
            ChallengeSecret::forget();
            return;
        }
        $secret = CopiedKey::tidy(is_string($sent['challenge_secret'] ?? null) ? $sent['challenge_secret'] : '');
        if ($secret !== '') {
            ChallengeSecret::store($secret);
        }
    }

    /**
     * A service without its keys would let nobody in.
     *
     * @param array<string, mixed> $values
     * @return array<string, mixed>
     */
    private static function checkChallenge(array $values): array
    {
        if (Service::isOne($values['challenge']) && ($values['challenge_site_key'] === '' || ChallengeSecret::reveal() === '')) {
            self::refuse('challenge', __('Turnstile and hCaptcha need both keys, the site key and the secret one. Until they are there, new visitors solve nothing.', 'candor'));
            $values['challenge'] = 'off';
        }
        return $values;
    }

    /**
     * @param array<string, mixed> $values
     * @return array<string, mixed> Without what cannot be.
     */
    private static function checkConnection(array $values): array
    {
        if (!$values['allow_plain_http'] && Host::isPlainAndFar($values['base_url'])) {
            self::refuse('base_url', __('“Address of the API” must begin with https://: over plain http anybody on the way reads the key and the conversations. Tick “Plain http” where it leads through a network of your own.', 'candor'));
            foreach (['base_url', 'allow_plain_http'] as $name) {
                $values[$name] = Settings::get()->all()[$name];
            }
        }
        if ($values['mode'] === 'remote') {
            $problem = $values['remote_url'] === ''
                ? __('Write the address of the Candor server, such as https://chat.example.com/candor/v1.', 'candor')
                : Remote::problem($values['remote_url']);
            if ($problem === null) {
                add_settings_error('candor', 'remote_url', __('The Candor server answers.', 'candor'), 'success');
            } else {
                self::refuse('remote_url', $problem);
            }
        }
        if (($values['input_price'] === '') !== ($values['output_price'] === '')) {
            self::refuse('output_price', __('Name both prices or none: with one alone nothing can be counted.', 'candor'));
            foreach (['input_price', 'output_price'] as $name) {
                $values[$name] = Settings::get()->all()[$name];
            }
        }
        if ($values['mode'] !== 'remote' && $values['provider'] !== 'demo' && $values['model'] === '') {
            self::refuse('model', __('Choose a model: the provider answers with the one that is named here.', 'candor'));
        }
        return $values;
    }

    /**
     * @param array<string, mixed> $values
     * @param array<string, mixed> $sent
     * @return array<string, mixed>
     */
    private static function readAssistant(array $values, array $sent): array
    {
        $id = sanitize_title((string) ($sent['assistant'] ?? Settings::MAIN));
        $all = $values['assistants'];
        if (($sent['delete_assistant'] ?? '') === '1' && $id !== Settings::MAIN) {
            unset($all[$id]);
            if ($values['everywhere_assistant'] === $id) {
                $values['everywhere_assistant'] = Settings::MAIN;
            }
        } elseif ($id === 'new') {
            $name = sanitize_text_field((string) ($sent['name'] ?? ''));
            $id = substr(sanitize_title($name), 0, 40);
            if (!preg_match('/^[a-z0-9-]+$/D', $id) || isset($all[$id]) || in_array($id, [Settings::MAIN, 'new'], true)) {
                $words = __('Give the new assistant a name of its own, with letters from a to z in it.', 'candor');
                self::refuse('name', $words);
                return $values;
            }
            $all[$id] = self::read([], $sent, Fields::assistant());
        } elseif (isset($all[$id]) || $id === Settings::MAIN) {
            $all[$id] = self::read($all[$id] ?? [], $sent, Fields::assistant());
        }
        $values['assistants'] = $all;
        return $values;
    }

    /**
     * How long conversations are kept: a choice, and a number of days beside it.
     *
     * @param array<string, mixed> $values
     * @param array<string, mixed> $sent
     * @return array<string, mixed>
     */
    private static function readKeeping(array $values, array $sent): array
    {
        switch ((string) ($sent['keeping'] ?? '')) {
            case 'always':
                $values['keep_days'] = null;
                break;
            case 'browser':
                $values['keep_days'] = 0;
                break;
            case 'days':
                $days = new Field('number', 'keep_days', __('Days', 'candor'), ['least' => 1, 'most' => 3650]);
                $values = self::read($values, $sent, [$days]);
                break;
        }
        return $values;
    }

    private static function refuse(string $name, string $words): void
    {
        add_settings_error('candor', $name, $words);
    }
}
