<?php

namespace Candor\Site;

use Candor\Settings;

/** The script `candor.js`, on pages that have a chat and on no others. */
final class Loader
{
    private const HANDLE = 'candor';

    /**
     * Elements stand where they were put, so the script is to make none of its own. The others ask optimisers to leave it as
     * it is: it must know its own address, which it does not once it is put together with others.
     */
    private const ATTRIBUTES = 'async data-manual data-cfasync="false" data-no-optimize="1" data-no-minify="1" data-noptimize="1"';

    public static function hook(): void
    {
        add_filter('script_loader_tag', [self::class, 'tag'], 10, 2);
    }

    /** This page has a chat. */
    public static function need(): void
    {
        if (!wp_script_is(self::HANDLE, 'registered')) {
            wp_register_script(self::HANDLE, self::base() . 'candor.js', [], \Candor\VERSION, true);
        }
        wp_enqueue_script(self::HANDLE);
    }

    public static function tag(string $tag, string $handle): string
    {
        return $handle === self::HANDLE ? str_replace('<script ', '<script ' . self::ATTRIBUTES . ' ', $tag) : $tag;
    }

    /** The folder of the script and its files. A `candor serve` brings the widget that belongs to it. */
    public static function base(): string
    {
        $settings = Settings::get();
        if ($settings->isRemote()) {
            return preg_replace('~/candor/v1$~', '', $settings->text('remote_url')) . '/';
        }
        return plugins_url('widget/', \Candor\FILE);
    }
}
