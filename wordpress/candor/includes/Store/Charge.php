<?php

namespace Candor\Store;

use Candor\Limit;
use Candor\Window;

/** So much of one limit, for somebody. */
final class Charge
{
    /** @var Limit */
    public $limit;

    /** @var int The limit's figure. */
    public $most;

    /** @var Window When. */
    public $window;

    /** @var int How much is taken. */
    public $amount;

    /** @var string What the counter is called: the limit, its time, and whom it is counted for. */
    public $counter;

    public function __construct(Limit $limit, int $most, string $subject, Window $window, int $amount)
    {
        $this->limit = $limit;
        $this->most = $most;
        $this->window = $window;
        // Nothing at all would change no row, and look like a refusal.
        $this->amount = max(1, $amount);
        $this->counter = trim("$limit->name $window->start $subject");
    }
}
