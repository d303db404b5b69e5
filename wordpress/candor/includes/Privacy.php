<?php

namespace Candor;

final class Privacy
{
    public static function hook(): void
    {
    }
}
