<?php

namespace Candor\Site;

use Candor\Settings;
use Candor\Translations;

/** The block "Candor chat", with the same settings as the shortcode. */
final class Block
{
    private const SCRIPT = 'candor-block';
    private const FILE = 'blocks/chat/editor.js';

    public static function hook(): void
    {
        add_action('init', [self::class, 'register'], 20);
    }

    public static function register(): void
    {
        $needs = ['wp-blocks', 'wp-element', 'wp-block-editor', 'wp-components', 'wp-i18n'];
        wp_register_script(self::SCRIPT, plugins_url(self::FILE, \Candor\FILE), $needs, \Candor\VERSION, true);
        wp_register_style(self::SCRIPT, plugins_url('blocks/chat/editor.css', \Candor\FILE), [], \Candor\VERSION);
        Translations::ofScript(self::SCRIPT, self::FILE);
        if (is_admin()) {
            wp_add_inline_script(self::SCRIPT, 'window.candorAssistants = ' . wp_json_encode(self::assistants()) . ';', 'before');
        }
        register_block_type(dirname(\Candor\FILE) . '/blocks/chat', ['render_callback' => [self::class, 'render']]);
    }

    /** @param array<string, mixed> $attributes */
    public static function render(array $attributes): string
    {
        $said = array_map('strval', array_filter(array_intersect_key($attributes, Element::ATTRIBUTES), 'is_scalar'));
        $html = Element::html($said);
        return ($said['mode'] ?? '') === 'embedded' && $html !== ''
            ? sprintf('<div %s>%s</div>', get_block_wrapper_attributes(), $html)
            : $html;
    }

    /** @return array<int, array<string, mixed>> What the editor offers and shows. A Candor server elsewhere has one. */
    private static function assistants(): array
    {
        $settings = Settings::get();
        $all = $settings->isRemote() ? [$settings->assistant(Settings::MAIN)] : $settings->assistants();
        return array_map(static function ($assistant): array {
            return [
                'id' => $assistant->id,
                'name' => $assistant->name(),
                'title' => $assistant->title(),
                'greeting' => $assistant->greeting(),
                'suggestions' => $assistant->suggestions(),
            ];
        }, $all);
    }
}
