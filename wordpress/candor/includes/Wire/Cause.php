<?php

namespace Candor\Wire;

use Candor\Data;

/**
 * The causes that the proxy itself names: its own refusals, and what it sees of an exchange with the provider for want of
 * a reply. The words are those of `crates/protocol/causes.toml`, which the package has as data.
 *
 * What a provider's reply means is read by the widget, where the catalogue is compiled in: such a problem goes out with the
 * cause `unread` and everything that the reply said, or as `hidden` where a visitor may not see so much.
 */
final class Cause
{
    /** What nobody has read yet, so that the catalogue, which is of what is read, does not have it. */
    private const UNREAD = 'unread';
    private const OWNER_CAN_SEE = 'Your message is kept. The site’s owner can see why, by the reference number.';

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

    /** The cause of that id, which must be one of the catalogue's, or `unread`. */
    public static function of(string $id): self
    {
        return $id === self::UNREAD ? self::unread(0) : self::with($id, Data::of('causes')['cause'][$id]);
    }

    /**
     * The cause of a provider's refusal, before anybody has read it. Whether to try again is told by the status alone (RFC
     * 9110: 429 and the 500s are about the moment).
     */
    public static function unread(int $status): self
    {
        $otherwise = Data::of('causes')['otherwise'];
        $retryable = $status === 429 || $status >= 500;
        return self::with(self::UNREAD, [
            'link' => 'provider',
            'name' => 'Refused',
            'title' => $otherwise['title'],
            'detail' => $retryable ? $otherwise['try_again'] : self::OWNER_CAN_SEE,
            'retryable' => $retryable,
        ]);
    }

    /** The same where only the site’s owner can put it right, whatever the cause says otherwise. */
    public function forOwner(): self
    {
        $otherwise = Data::of('causes')['otherwise'];
        $cause = clone $this;
        [$cause->title, $cause->detail, $cause->retryable] = [$otherwise['title'], $otherwise['owner_must_act'], false];
        return $cause;
    }

    /** @param array<string, mixed> $words */
    private static function with(string $id, array $words): self
    {
        $cause = new self();
        $cause->id = $id;
        foreach (['link', 'name', 'title', 'detail', 'retryable'] as $name) {
            $cause->$name = $words[$name];
        }
        return $cause;
    }
}
