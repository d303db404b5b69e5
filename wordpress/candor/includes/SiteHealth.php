<?php

namespace Candor;

final class SiteHealth
{
    public static function hook(): void
    {
    }
}
