<?php

namespace Candor\Admin;

/** A value that a setting cannot have, told in a sentence for whoever typed it. */
final class InvalidSetting extends \Exception
{
}
