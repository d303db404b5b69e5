<?php

namespace Candor\Site;

final class EveryPage
{
    public static function hook(): void
    {
    }
}
