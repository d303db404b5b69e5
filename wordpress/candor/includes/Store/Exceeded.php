<?php

namespace Candor\Store;

/** A limit is reached. */
final class Exceeded extends \Exception
{
    /** @var Charge What could not be taken. */
    public $charge;

    public function __construct(Charge $charge)
    {
        parent::__construct($charge->limit->name);
        $this->charge = $charge;
    }
}
