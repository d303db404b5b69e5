<?php

namespace Candor\Reply;

/**
 * The signature under an answer that the visitor's browser keeps. The page sends the answer along with later questions, and by its
 * signature the site knows it again: what a page sends as the assistant's word is otherwise whatever somebody wrote.
 */
final class AnswerSigner
{
    /** What is signed, so that nothing else that the secret may sign one day is taken for it. */
    private const DOMAIN = 'candor answer 1';

    /** @var string Who is answered. */
    private $visitor;

    public function __construct(string $visitor)
    {
        $this->visitor = $visitor;
    }

    /** The signature under an answer to a question. */
    public function sign(string $question, string $answer): string
    {
        $signed = '';
        // As it comes back: bodies are read without U+0000.
        foreach ([self::DOMAIN, $this->visitor, $question, str_replace("\0", '', $answer)] as $text) {
            // With its length, so that no text can pass for the end of another.
            $signed .= pack('J', strlen($text)) . $text;
        }
        return hash_hmac('sha256', $signed, self::secret());
    }

    /** Whether this is the signature under that answer to that question. How long it takes tells nothing. */
    public function verifies(string $question, string $answer, string $signature): bool
    {
        return hash_equals($this->sign($question, $answer), $signature);
    }

    private static function secret(): string
    {
        return hash_hmac('sha256', 'candor answers', wp_salt('secure_auth'), true);
    }
}
