<?php

namespace Candor\Wire;

/** An answer on its way through WordPress's REST server, which hands it back to `Mount` to be sent. */
final class Response extends \WP_REST_Response
{
    /** @var Answer */
    public $answer;

    public function __construct(Answer $answer)
    {
        parent::__construct(json_decode($answer->body, true), $answer->status);
        $this->answer = $answer;
    }
}
