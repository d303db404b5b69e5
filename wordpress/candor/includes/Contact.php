<?php

namespace Candor;

/** Whom visitors can turn to where only the owner can put something right. */
final class Contact
{
    /** The fewest digits of a telephone number: an emergency number's. */
    private const MIN_DIGITS = 3;

    /**
     * The address that a link to this contact has, as `crates/protocol/src/contact.rs` has it: `mailto:`, `tel:` or `https:` and
     * what follows. Null where the text is no mail address, no telephone number and no page's address.
     */
    public static function address(string $text): ?string
    {
        $text = trim($text);
        if (preg_match('/[\x00-\x1f\x7f"<>\\\\]/', $text)) {
            return null;
        }
        if (preg_match('~^https://([^\s/?#]\S*)$~iu', $text, $found)) {
            return 'https://' . $found[1];
        }
        if (preg_match('~^(?:mailto:)?\s*([^\s@/:?]+@[^\s@/:?]+(?:\?\S*)?)$~iu', $text, $found)) {
            return 'mailto:' . $found[1];
        }
        if (preg_match('~^(?:tel:)?\s*(\+?[0-9 ()/\-.\x{a0}]+)$~iu', $text, $found)) {
            $number = (string) preg_replace('/[^0-9+]/', '', $found[1]);
            return strlen(ltrim($number, '+')) >= self::MIN_DIGITS ? 'tel:' . $number : null;
        }
        return null;
    }
}
