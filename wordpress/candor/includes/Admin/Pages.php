<?php

namespace Candor\Admin;

final class Pages
{
    public static function hook(): void
    {
    }
}
