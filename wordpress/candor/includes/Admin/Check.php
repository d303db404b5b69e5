<?php

namespace Candor\Admin;

use Candor\ApiKey;
use Candor\CopiedKey;
use Candor\Settings;

/** Takes what a settings page has sent: every value is checked, and one that cannot be is refused in words and changes nothing. */
final class Check
{
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
            // From a program, or a second time from WordPress itself, which does so where the option is new.
            return $sent;
        }
        $values = Settings::get()->all();
        switch ((string) $sent['tab']) {
            case 'connection':
                $values = self::read($values, $sent, array_merge(Fields::connection(), Fields::model()));
                self::readKey($sent);
                self::checkConnection($values);
                break;
            case 'assistant':
                $values = self::readAssistant(self::read($values, $sent, Fields::limits()), $sent);
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
            try {
                $values[$field->name] = $field->read($sent[$field->name]);
            } catch (InvalidSetting $error) {
                self::refuse($field->name, $error->getMessage());
            }
        }
        return $values;
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

    /** @param array<string, mixed> $values */
    private static function checkConnection(array $values): void
    {
        if ($values['mode'] === 'remote') {
            $problem = $values['remote_url'] === ''
                ? __('Write the address of the Candor server, such as https://chat.example.com/candor/v1.', 'candor')
                : Remote::problem($values['remote_url']);
            if ($problem === null) {
                add_settings_error('candor', 'remote_url', __('The Candor server answers.', 'candor'), 'success');
            } else {
                self::refuse('remote_url', $problem);
            }
        } elseif ($values['provider'] !== 'demo' && $values['model'] === '') {
            self::refuse('model', __('Choose a model: the provider answers with the one that is named here.', 'candor'));
        }
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
