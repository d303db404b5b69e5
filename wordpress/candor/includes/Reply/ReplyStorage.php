<?php

namespace Candor\Reply;

use Candor\Store\Message;

/** Where a reply is kept while and after it is written. */
interface ReplyStorage
{
    /** Keeps what has arrived. Gives what the writing process is to do: go `on`, `stop`, or `gone` where the reply is. */
    public function keep(Message $reply): string;

    /** The same without keeping anything. */
    public function wish(Message $reply): string;

    /** Keeps a reply that has ended. `$isHeard` says whether the visitor who asked for it has stayed. */
    public function finish(Message $reply, bool $isHeard): void;
}
