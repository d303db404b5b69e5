<?php

namespace Candor\Site;

/** `[candor]`, with the attributes of `Element`. */
final class Shortcode
{
    public static function hook(): void
    {
        add_shortcode('candor', [self::class, 'render']);
    }

    /** @param array<string, string>|string $attributes */
    public static function render($attributes): string
    {
        if (is_feed()) {
            return '';
        }
        $usual = array_fill_keys(array_keys(Element::ATTRIBUTES), '');
        return Element::html(array_map('strval', shortcode_atts($usual, (array) $attributes, 'candor')));
    }
}
