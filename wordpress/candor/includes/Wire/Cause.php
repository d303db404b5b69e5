<?php

namespace Candor\Wire;

/**
 * The causes that the proxy itself names: its own refusals, and what it sees of an exchange with the provider for want of
 * a reply. The words are those of `crates/protocol/causes.toml`.
 *
 * What a provider's reply means is read by the widget, where the catalogue is compiled in: such a problem goes out with the
 * cause `unread` and everything that the reply said, or as `hidden` where a visitor may not see so much.
 */
final class Cause
{
    private const TITLE = 'The assistant can’t answer right now.';
    private const TRY_AGAIN = 'Your message is kept. Please try again in a moment.';
    private const OWNER_MUST_ACT = 'Your message is kept. Only the site’s owner can put this right.';
    private const OWNER_CAN_SEE = 'Your message is kept. The site’s owner can see why, by the reference number.';

    /** Link, name, title, detail, whether the same request may succeed when it is sent again. */
    private const ALL = [
        'unauthorized' => ['proxy', 'Unknown visitor', 'The chat does not know this browser any more.', 'Your message is kept. Retry starts afresh.', true],
        'owner_unauthorized' => ['proxy', 'Wrong owner token', 'This owner token is not right.', 'Check CANDOR_OWNER_TOKEN, then try again.', false],
        'not_found' => ['proxy', 'Not found', 'This conversation is not there any more.', 'It may have been deleted in another tab.', false],
        'not_kept' => ['proxy', 'Conversations are not kept here', 'This site keeps no conversations.', 'They stay in your browser. Send the message again.', true],
        'invalid_request' => ['proxy', 'Invalid request', 'The chat could not read the request.', 'Your message is kept. Reload the page and try again.', false],
        'invalid_json' => ['proxy', 'Invalid JSON', 'The chat could not read the request.', 'Its body is not the JSON that this address expects.', false],
        'conflict' => ['proxy', 'A reply is under way', 'The assistant is still answering.', 'Wait for the answer or stop it, then send again.', true],
        'too_many' => ['proxy', 'Limit of this site', 'This chat’s limit is reached.', self::TRY_AGAIN, true],
        'no_route' => ['proxy', 'No such address', 'The chat service does not know this address.', 'The widget and the proxy may be of different versions.', false],
        'interrupted' => ['proxy', 'Internal error in the proxy', self::TITLE, self::TRY_AGAIN, true],
        'reply_interrupted' => ['proxy', 'The proxy ended in the middle of the reply', 'The answer was interrupted.', 'What had arrived is kept. Continue asks for the rest.', true],
        'database_unavailable' => ['proxy', 'The database does not answer', self::TITLE, self::TRY_AGAIN, true],
        'origin_not_allowed' => ['page', 'Origin not allowed', 'This page may not use the chat.', self::OWNER_MUST_ACT, false],
        'body_too_large' => ['page', 'Body too large', 'This message is too long.', 'Your message is kept. Please shorten it.', false],
        'linking_off' => ['proxy', 'Other devices are not allowed', 'This site does not move conversations to other devices.', 'They can be downloaded in the History tab.', false],
        'link_code_unknown' => ['proxy', 'Unknown link code', 'This code is not right, or no longer valid.', 'Ask for a new code on the first device. A code works once, for ten minutes.', false],
        'hidden' => ['provider', 'Hidden by the site’s owner', self::TITLE, self::TRY_AGAIN, true],
        'unread' => ['provider', 'Refused', self::TITLE, self::OWNER_CAN_SEE, false],
        'missing_key' => ['provider', 'No API key was sent', self::TITLE, self::OWNER_MUST_ACT, false],
        'timeout' => ['provider', 'No answer in time', 'The assistant took too long to answer.', self::TRY_AGAIN, true],
        'stream_cut' => ['provider', 'The stream broke off', 'The answer broke off.', 'What had arrived is kept. Retry asks for the answer again.', true],
        'stream_stalled' => ['provider', 'The stream stalled', 'The answer stopped coming.', 'What had arrived is kept. Retry asks for the answer again.', true],
        'empty_reply' => ['provider', 'Empty reply', 'The assistant’s answer was empty.', self::TRY_AGAIN, true],
        'token_limit' => ['model', 'The limit of tokens was reached', 'The answer reached its greatest length.', 'What had arrived is kept. Ask the assistant to go on.', false],
        'unreachable_provider' => ['proxy', 'The proxy cannot reach the provider', self::TITLE, self::TRY_AGAIN, true],
        'dns_failure' => ['proxy', 'The provider’s name is not found', self::TITLE, self::TRY_AGAIN, true],
        'tls_failure' => ['proxy', 'No safe connection to the provider', self::TITLE, self::TRY_AGAIN, true],
    ];

    /** @var string Stable, snake_case; travels in a problem. */
    public $id;

    /** @var string The link of the chain that broke. */
    public $link;

    /** @var string A short name for whoever repairs it. */
    public $name;

    /** @var string What happened, for a visitor. */
    public $title;

    /** @var string What is safe and what to do, for a visitor. */
    public $detail;

    /** @var bool */
    public $retryable;

    /** The cause of that id, which must be one of the table's. */
    public static function of(string $id): self
    {
        $cause = new self();
        $cause->id = $id;
        [$cause->link, $cause->name, $cause->title, $cause->detail, $cause->retryable] = self::ALL[$id];
        return $cause;
    }

    /**
     * The cause of a provider's refusal, before anybody has read it. Whether to try again is told by the status alone (RFC
     * 9110: 429 and the 500s are about the moment).
     */
    public static function unread(int $status): self
    {
        $cause = self::of('unread');
        if ($status === 429 || $status >= 500) {
            $cause->retryable = true;
            $cause->detail = self::TRY_AGAIN;
        }
        return $cause;
    }
}
