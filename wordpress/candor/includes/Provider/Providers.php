<?php

namespace Candor\Provider;

use Candor\ApiKey;
use Candor\Settings;

/** The provider of the owner's settings. */
final class Providers
{
    public static function of(Settings $settings): Provider
    {
        if ($settings->isDemo()) {
            return new Demo();
        }
        return new Completions(
            $settings->text('base_url'),
            ApiKey::reveal(),
            $settings->number('max_output_tokens'),
            $settings->flag('allow_plain_http')
        );
    }
}
