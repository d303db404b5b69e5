<?php

namespace Candor;

/** The provider's key. */
final class ApiKey extends StoredSecret
{
    public const OPTION = 'candor_key';
    protected const CONSTANT = 'CANDOR_API_KEY';
    protected const PURPOSE = 'candor api key';
}
