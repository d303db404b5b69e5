<?php

/**
 * Removes what the plugin made, on every site of a network, where the owner has chosen so under Privacy.
 *
 * @package Candor
 */

namespace Candor;

if (!defined('WP_UNINSTALL_PLUGIN')) {
    exit;
}

require_once __DIR__ . '/candor.php';

Uninstall::run();
