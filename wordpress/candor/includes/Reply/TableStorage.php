<?php

namespace Candor\Reply;

use Candor\Store\Message;
use Candor\Store\Messages;
use Candor\Store\Replies;

/** Keeps a reply in the table of messages. */
final class TableStorage implements ReplyStorage
{
    /** @var Replies */
    private $replies;

    /** @var Messages */
    private $messages;

    public function __construct(Replies $replies, Messages $messages)
    {
        $this->replies = $replies;
        $this->messages = $messages;
    }

    public function keep(Message $reply): string
    {
        return $this->replies->keep($reply->id, $reply->content);
    }

    public function wish(Message $reply): string
    {
        return $this->replies->wish($reply->id);
    }

    public function finish(Message $reply, bool $isHeard): void
    {
        $isUnread = !$isHeard && !$this->replies->isFollowed($reply->id);
        $this->replies->finish($this->messages, $reply, $isUnread);
    }
}
