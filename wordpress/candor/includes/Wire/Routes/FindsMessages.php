<?php

namespace Candor\Wire\Routes;

use Candor\Store\Conversations;
use Candor\Store\Messages;
use Candor\Wire\ApiProblem;

/** How the messages that an address names are found: of a conversation of the visitor's, or not at all. */
trait FindsMessages
{
    /** @param array<string, string> $path */
    private function messages(array $path): Messages
    {
        $visitor = $this->at->visitor()->id;
        $id = ConversationRoutes::id($path);
        (new Conversations($this->at->database, $visitor, $this->at->assistant->id))->one($id);
        return new Messages($this->at->database, $visitor, $id);
    }

    /** @param array<string, string> $path */
    private static function messageId(array $path): string
    {
        if (!preg_match('/^m_[0-9a-f]{32}$/D', $path['message'])) {
            throw ApiProblem::notFound();
        }
        return $path['message'];
    }
}
