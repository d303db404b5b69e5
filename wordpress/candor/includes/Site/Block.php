<?php

namespace Candor\Site;

final class Block
{
    public static function hook(): void
    {
    }
}
