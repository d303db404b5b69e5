<?php

namespace Candor\Store;

/** A message and the latest reply to it. */
final class Turn
{
    /** @var Message The visitor's. */
    public $message;

    /** @var Message The assistant's. */
    public $reply;

    /** @var bool Whether the reply has just begun, for this process to write it. */
    public $isNew;

    public function __construct(Message $message, Message $reply, bool $isNew)
    {
        $this->message = $message;
        $this->reply = $reply;
        $this->isNew = $isNew;
    }
}
