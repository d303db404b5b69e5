<?php

namespace Candor;

/** One of the site's assistants: what it is told, what it says first, and the model that answers. */
final class Assistant
{
    /** @var string Small letters, digits and hyphens; part of the addresses of its wire. */
    public $id;

    /** @var array<string, mixed> */
    private $given;

    /** @var Settings */
    private $settings;

    /** @param array<string, mixed> $given */
    public function __construct(string $id, array $given, Settings $settings)
    {
        $this->id = $id;
        $this->given = $given;
        $this->settings = $settings;
    }

    public function isMain(): bool
    {
        return $this->id === Settings::MAIN;
    }

    /** The owner's name for it, seen by the owner alone. */
    public function name(): string
    {
        return $this->given('name') ?: ($this->isMain() ? __('Main assistant', 'candor') : $this->id);
    }

    public function title(): string
    {
        return $this->given('title') ?: ($this->settings->isDemo() ? 'Candor' : __('Chat', 'candor'));
    }

    public function subtitle(): string
    {
        return $this->given('subtitle') ?: ($this->settings->isDemo() ? __('A demo that needs no key', 'candor') : '');
    }

    public function greeting(): string
    {
        return $this->given('greeting') ?: ($this->settings->isDemo()
            ? __('Hello. Ask me anything, or try a failure to see how it is told.', 'candor')
            : __('Hello. How can I help?', 'candor'));
    }

    /** @return string[] */
    public function suggestions(): array
    {
        if (!empty($this->given['suggestions'])) {
            return array_map('strval', (array) $this->given['suggestions']);
        }
        return $this->settings->isDemo()
            ? [__('What can you do?', 'candor'), __('How do I embed this?', 'candor'), 'fail: missing scopes']
            : [];
    }

    public function notice(): string
    {
        return $this->given('notice') ?: ($this->settings->isDemo()
            ? __('Answers come from the built-in demo.', 'candor')
            : __('Answers are written by AI and can be wrong.', 'candor'));
    }

    /** What the model is told before every conversation; may be empty. */
    public function instructions(): string
    {
        return $this->given('instructions');
    }

    public function model(): string
    {
        return $this->settings->isDemo() ? 'demo' : ($this->given('model') ?: $this->settings->text('model'));
    }

    /** Where its wire is mounted, without a slash at the end; with plain permalinks the mount is in the query. */
    public function endpoint(): string
    {
        if ($this->settings->isRemote()) {
            return $this->settings->text('remote_url');
        }
        return untrailingslashit(rest_url(Wire\Mount::NAMESPACE . ($this->isMain() ? '' : '/assistants/' . $this->id)));
    }

    /** What the owner has written, or nothing. */
    public function given(string $name): string
    {
        $value = $this->given[$name] ?? '';
        return is_string($value) ? $value : '';
    }
}
