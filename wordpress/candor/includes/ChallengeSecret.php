<?php

namespace Candor;

/** The site's secret key at Turnstile or hCaptcha. ALTCHA needs none: the site's salts sign its challenges. */
final class ChallengeSecret extends StoredSecret
{
    public const OPTION = 'candor_challenge_secret';
    protected const CONSTANT = 'CANDOR_CHALLENGE_SECRET';
    protected const PURPOSE = 'candor challenge secret';
}
