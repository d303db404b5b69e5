<?php

namespace Candor\Site;

final class Shortcode
{
    public static function hook(): void
    {
    }
}
