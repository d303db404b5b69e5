<?php

namespace Candor\Wire\Routes;

use Candor\Wire\Router;

/** What all routes know: the request with who asks, the settings, the assistant, and the database. */
abstract class Route
{
    /** @var Router */
    protected $at;

    public function __construct(Router $at)
    {
        $this->at = $at;
    }
}
