<?php

/**
 * Plugin Name:       Candor
 * Description:       A chat for your site that says plainly what went wrong. Needs no server of its own: paste a key, and put [candor] on a page.
 * Version:           0.1.0
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * Author:            The Candor authors
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       candor
 * Domain Path:       /languages
 *
 * @package Candor
 */

namespace Candor;

if (!defined('ABSPATH')) {
    exit;
}

const VERSION = '0.1.0';
const FILE = __FILE__;

// Classes by their names below `includes`, without Composer, which an owner's site does not have.
spl_autoload_register(static function (string $class): void {
    if (strncmp($class, 'Candor\\', 7) === 0) {
        $path = __DIR__ . '/includes/' . strtr(substr($class, 7), '\\', '/') . '.php';
        if (is_file($path)) {
            require $path;
        }
    }
});

Plugin::start();
