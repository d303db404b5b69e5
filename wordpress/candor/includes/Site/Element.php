<?php

namespace Candor\Site;

use Candor\Admin\OwnerSession;
use Candor\Settings;

/**
 * The element by which a page has a chat. All that it says is the same for every visitor, so that any cache may keep the page
 * for as long as it likes.
 */
final class Element
{
    /** What a shortcode or a block may say, and what it may be; null is any text. */
    public const ATTRIBUTES = [
        'assistant' => null,
        'title' => null,
        'greeting' => null,
        'suggestions' => null,
        'mode' => ['floating', 'embedded'],
        'position' => ['right', 'left'],
        'theme' => ['auto', 'light', 'dark'],
        'diagnostics' => ['full', 'reference', 'off'],
    ];

    /** @var int How many this page has so far. */
    private static $count = 0;

    public static function count(): int
    {
        return self::$count;
    }

    /**
     * The element with what was said in its place, and the owner's choice for what was not.
     *
     * @param array<string, string> $said
     */
    public static function html(array $said): string
    {
        $settings = Settings::get();
        $said = array_filter(array_map('trim', array_intersect_key($said, self::ATTRIBUTES)), 'strlen');
        foreach ($said as $name => $value) {
            if (self::ATTRIBUTES[$name] !== null && !in_array($value, self::ATTRIBUTES[$name], true)) {
                unset($said[$name]);
            }
        }
        $id = $said['assistant'] ?? Settings::MAIN;
        $note = '';
        if ($settings->isRemote() && $id !== Settings::MAIN) {
            /* translators: %s: the name that was written in a shortcode or chosen in a block */
            $note = self::note(__('Candor: the Candor server has one assistant, which answers in place of “%s”. Only editors see this note.', 'candor'), $id);
            $id = Settings::MAIN;
        }
        $assistant = $settings->assistant($id);
        if ($assistant === null) {
            /* translators: %s: the name that was written in a shortcode or chosen in a block */
            return self::note(__('Candor: there is no assistant called “%s”. Only editors see this note.', 'candor'), $id);
        }
        self::$count++;
        Loader::need();
        $theme = $said['theme'] ?? $settings->text('theme');
        $data = [
            // By which the script finds its files where an optimiser has put it together with others, or into the page.
            'base' => Loader::base(),
            'endpoint' => $assistant->endpoint(),
            'title' => $said['title'] ?? '',
            'greeting' => $said['greeting'] ?? '',
            'suggestions' => $said['suggestions'] ?? '',
            'mode' => ($said['mode'] ?? '') === 'embedded' ? 'embedded' : '',
            'position' => $said['position'] ?? $settings->text('position'),
            'theme' => $theme === 'auto' ? '' : $theme,
            'sound' => $settings->flag('sound') ? 'on' : '',
            'dictation' => $settings->flag('dictation') ? '' : 'off',
            // Said in the page too where visitors see nothing of errors: the settings may not reach the browser.
            'diagnostics' => $said['diagnostics'] ?? (!$settings->isRemote() && $settings->diagnostics() === 'off' ? 'off' : ''),
            // Where a signed-in owner gets what makes them the owner in Diagnostics. The address is the same for everybody.
            'owner' => $settings->isRemote() ? '' : OwnerSession::address(),
        ];
        $html = $note . '<candor-chat';
        foreach (array_filter($data, 'strlen') as $name => $value) {
            $html .= ' data-' . $name . '="' . esc_attr($value) . '"';
        }
        if ($settings->text('accent') !== '') {
            $html .= ' style="' . esc_attr('--candor-accent: ' . $settings->text('accent')) . '"';
        }
        return $html . '></candor-chat>';
    }

    /** A mistake in a shortcode is told to whoever can mend it, and to nobody else. */
    private static function note(string $words, string $assistant): string
    {
        return current_user_can('edit_posts') ? '<p>' . esc_html(sprintf($words, $assistant)) . '</p>' : '';
    }
}
