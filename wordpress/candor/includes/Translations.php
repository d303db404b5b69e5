<?php

namespace Candor;

/**
 * The plugin's own words in the language of the site, or of the person in wp-admin: those of wordpress.org where WordPress has
 * fetched them, else the plugin's own, which lie in `languages`.
 */
final class Translations
{
    private const DOMAIN = 'candor';

    public static function hook(): void
    {
        // Not sooner: WordPress knows the person's language only now, and warns since 6.7.
        add_action('init', [self::class, 'load'], 0);
        add_filter('load_textdomain_mofile', [self::class, 'nearest']);
        add_filter('load_script_translation_file', [self::class, 'nearest']);
    }

    public static function load(): void
    {
        load_plugin_textdomain(self::DOMAIN, false, dirname(plugin_basename(FILE)) . '/languages');
    }

    /** For a registered script of this file: WordPress would take the plugin's own first where it is told of them. */
    public static function ofScript(string $handle, string $file): void
    {
        $fetched = WP_LANG_DIR . '/plugins/' . self::DOMAIN . '-' . determine_locale() . '-' . md5($file) . '.json';
        wp_set_script_translations($handle, self::DOMAIN, is_file($fetched) ? '' : self::folder());
    }

    /**
     * A language has one file here: Austria and a formal site read Germany's, Mexico reads Spain's.
     *
     * @param string|false $file
     * @return string|false
     */
    public static function nearest($file)
    {
        $start = self::folder() . '/' . self::DOMAIN . '-';
        if (!is_string($file) || strpos($file, $start) !== 0 || is_file($file)) {
            return $file;
        }
        if (!preg_match('/^([a-z]+)(_[A-Za-z_]+)?(\.mo|-.+\.json)$/', substr($file, strlen($start)), $found)) {
            return $file;
        }
        [, $language, $country, $end] = $found;
        // Hong Kong and Macau write as Taiwan does.
        $country = $language === 'zh' && in_array($country, ['_HK', '_MO'], true) ? '_TW' : '*';
        $others = glob($start . $language . $country . $end);
        return $others[0] ?? $file;
    }

    private static function folder(): string
    {
        return WP_PLUGIN_DIR . '/' . dirname(plugin_basename(FILE)) . '/languages';
    }
}
