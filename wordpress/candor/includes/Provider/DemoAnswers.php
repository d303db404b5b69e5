<?php

namespace Candor\Provider;

use Candor\Data;

/** What the demo says: `crates/proxy/src/provider/demo/answers.toml`, which the package has as data. */
final class DemoAnswers
{
    /** An answer that has something to do with the message. */
    public static function answer(string $message): string
    {
        $message = mb_strtolower($message);
        $answers = Data::of('demo');
        foreach ($answers['topic'] as $topic) {
            foreach ($topic['words'] as $word) {
                if (mb_strpos($message, $word) !== false) {
                    return self::inWordPress($topic);
                }
            }
        }
        return self::inWordPress($answers['otherwise']);
    }

    /** @param array<string, mixed> $topic */
    private static function inWordPress(array $topic): string
    {
        return $topic['wordpress'] ?? $topic['answer'];
    }
}
