<?php

namespace Candor\Site;

final class Loader
{
    public static function hook(): void
    {
    }
}
