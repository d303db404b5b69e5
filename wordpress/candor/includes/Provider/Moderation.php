<?php

namespace Candor\Provider;

use Candor\Redaction;
use Candor\Wire\Cause;
use Candor\Wire\Problem;

/** What the provider's moderation says of texts, as OpenAI's has it (https://developers.openai.com/docs/guides/moderation). */
final class Moderation
{
    /** The most characters of the sentence that names the categories. */
    private const MAX_SENTENCE_CHARS = 1000;

    /** Refusals of the moment. */
    private const OF_MOMENT = [408, 429];

    /**
     * Reads an answer to so many texts.
     *
     * @param array<string, string> $headers
     * @return Problem|null Why they are not to be sent.
     */
    public static function read(int $status, array $headers, string $body, int $texts): ?Problem
    {
        $verdicts = $status >= 200 && $status < 300 ? self::verdicts($body) : [];
        if (count($verdicts) !== $texts) {
            $upstream = Upstream::read($status, $headers, $body);
            $isOfMoment = in_array($upstream['status'], self::OF_MOMENT, true) || $upstream['status'] >= 500;
            return $isOfMoment ? self::unavailable($upstream) : self::problem('moderation_refused', $upstream);
        }
        $flagged = array_filter($verdicts, static function (array $verdict): bool {
            return $verdict['flagged'];
        });
        if ($flagged === []) {
            return null;
        }
        $categories = array_keys(array_filter(array_merge(...array_column(array_values($flagged), 'categories'))));
        sort($categories, SORT_STRING);
        $sentence = 'Flagged by moderation: ' . (implode(', ', $categories) ?: 'no category is named') . '.';
        return self::problem('message_flagged', [
            'type' => 'moderation',
            'code' => 'flagged',
            'message' => Redaction::field($sentence, self::MAX_SENTENCE_CHARS),
        ] + Upstream::silent($status, $headers));
    }

    /**
     * What is not known now, and may be known in a moment.
     *
     * @param array<string, mixed> $upstream What was said.
     */
    public static function unavailable(array $upstream): Problem
    {
        return self::problem('moderation_unavailable', $upstream);
    }

    /** @param array<string, mixed> $upstream */
    private static function problem(string $id, array $upstream): Problem
    {
        $cause = Cause::of($id);
        return Problem::of($cause, 502, Upstream::again($cause, $upstream), $upstream);
    }

    /** @return array<int, array{flagged: bool, categories: array<string, bool>}> None where it is something else. */
    private static function verdicts(string $body): array
    {
        $answer = json_decode($body, true);
        $results = is_array($answer) && is_array($answer['results'] ?? null) ? $answer['results'] : [];
        $verdicts = [];
        foreach ($results as $result) {
            if (!is_array($result) || !is_bool($result['flagged'] ?? null) || !is_array($result['categories'] ?? [])) {
                return [];
            }
            $met = [];
            foreach ($result['categories'] ?? [] as $name => $isMet) {
                if ($isMet === true) {
                    $met[(string) $name] = true;
                }
            }
            $verdicts[] = ['flagged' => $result['flagged'], 'categories' => $met];
        }
        return $verdicts;
    }
}
