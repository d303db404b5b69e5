<?php

namespace Candor\Admin;

final class OwnerSession
{
    public static function hook(): void
    {
    }
}
