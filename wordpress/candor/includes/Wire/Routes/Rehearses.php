<?php

namespace Candor\Wire\Routes;

use Candor\Owner;
use Candor\Provider\Chat;
use Candor\Provider\Demo;
use Candor\Reply\Context;
use Candor\Store\ErrorLog;
use Candor\Wire\Problem;

/** How the owner has a failure played: the demo answers, whoever answers otherwise, and nothing of it is logged. */
trait Rehearses
{
    /** Whether the owner asks for it, by a token of theirs beside the visitor's own. */
    private function isRehearsal(): bool
    {
        if (!$this->at->request->hasHeader('candor-owner')) {
            return false;
        }
        Owner::checkToken($this->at->request->header('candor-owner'));
        return true;
    }

    /** Who answers. */
    private function chat(bool $isRehearsal, Context $context): Chat
    {
        if ($isRehearsal) {
            // Nobody rehearses to wait a minute.
            $seconds = 2;
            return new Chat(new Demo(), $seconds, $seconds);
        }
        $chat = Chat::with($this->at->settings);
        $chat->toModerate = $this->at->settings->flag('moderation') ? $context->unanswered() : [];
        return $chat;
    }

    /** @return callable(Problem): void Where a failure is kept. */
    private function log(bool $isRehearsal): callable
    {
        $database = $this->at->database;
        return static function (Problem $problem) use ($database, $isRehearsal): void {
            // What the owner has asked for is no news to them.
            if (!$isRehearsal) {
                (new ErrorLog($database))->keep($problem);
            }
        };
    }
}
