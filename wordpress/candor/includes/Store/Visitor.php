<?php

namespace Candor\Store;

/** A visitor whose token was recognised. */
final class Visitor
{
    /** @var string Which the proxy alone knows. */
    public $id;

    /** @var bool Whether the token is so old that another should take its place. */
    public $isOld;

    public function __construct(string $id, bool $isOld)
    {
        $this->id = $id;
        $this->isOld = $isOld;
    }
}
