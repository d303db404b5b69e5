<?php

namespace Candor\Store;

/** The database does not answer, or refuses a query that is in order. PHP's error log says why. */
final class Unavailable extends \RuntimeException
{
}
