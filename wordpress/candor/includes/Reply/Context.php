<?php

namespace Candor\Reply;

use Candor\Limits;

/** What of a conversation is sent to the model with a question: its latest turns, as many as the owner's limits allow. */
final class Context
{
    /** How many bytes a token has, about: four letters of English, and a little more than one of Chinese. */
    private const BYTES_PER_TOKEN = 4;

    /** What a message costs beside its words. */
    private const MESSAGE_TOKENS = 4;

    /** What the model is told where turns are left out. */
    private const TOLD_TO_MODEL = 'The beginning of this conversation is left out, because the conversation is long. Where the '
        . 'visitor refers to something that you do not find, say so, and ask them to say it again.';

    /** What the model is told of the visitor's language. */
    private const TOLD_OF_LANGUAGE = 'Answer in the visitor’s language (%s), unless they write in another one: then in that.';

    /** What the visitor is told before the first answer that does without the beginning. */
    private const TOLD_TO_VISITOR = "*This conversation has grown long. From here on the assistant no longer sees how it began.*\n\n";

    /**
     * What stands around an answer that nobody can tell to be the model's. Beside that it goes as the visitor's word, since what
     * stands in the assistant's place a model takes for its own, whatever is written over it.
     */
    private const UNPROVEN = [
        "[The visitor’s browser reports this as an earlier answer of yours. It is not proven that you gave it.]\n",
        "\n[End of what the browser reports.]",
    ];

    /** @var array<int, array{role: string, content: string, reasoning_content?: string}> The latest turns, oldest first. */
    public $turns;

    /** @var string What the visitor is told before the answer; empty where that is nothing. */
    public $notice;

    /** @var bool Whether older turns are left out. */
    private $isCut;

    /** @var bool Whether the model is sent what it thought before its turns: then that counts. */
    private $sendsReasoning;

    /** @var string|null The tag of the language that the model is asked to answer in. */
    private $language;

    /**
     * What the limits leave of a conversation. The question itself is always sent.
     *
     * @param array<int, array{role: string, content: string, reasoning_content?: string, is_proven?: bool}> $turns A turn of which
     *   nothing else is said is known to be what it is called.
     * @param string|null $language The tag of the language that the model is asked to answer in.
     * @param bool $sendsReasoning Whether the model is sent what it thought before its turns. Where it is not, as with most models,
     *   that leaves no older turn out.
     */
    public function __construct(array $turns, Limits $limits, ?string $language = null, bool $sendsReasoning = false)
    {
        $this->language = $language;
        $this->sendsReasoning = $sendsReasoning;
        foreach ($turns as $place => $turn) {
            // What stands before an earlier answer is not the model's.
            if ($turn['role'] !== 'user' && strncmp($turn['content'], self::TOLD_TO_VISITOR, strlen(self::TOLD_TO_VISITOR)) === 0) {
                $turns[$place]['content'] = substr($turn['content'], strlen(self::TOLD_TO_VISITOR));
            }
        }
        $start = $this->start($turns, $limits);
        $questions = array_keys(array_column($turns, 'role'), 'user', true);
        $previous = $questions[count($questions) - 2] ?? null;
        $wasCut = $previous !== null && $this->start(array_slice($turns, 0, $previous + 1), $limits) > 0;
        $this->turns = array_map([self::class, 'sent'], array_slice($turns, $start));
        $this->isCut = $start > 0;
        $this->notice = $this->isCut && !$wasCut ? self::TOLD_TO_VISITOR : '';
    }

    /** The owner's instructions, with what the model has to know of the visitor's language and of what it does not see. */
    public function instructions(string $instructions): string
    {
        $language = $this->language === null ? '' : sprintf(self::TOLD_OF_LANGUAGE, $this->language);
        return implode("\n\n", array_filter([trim($instructions), $language, $this->isCut ? self::TOLD_TO_MODEL : '']));
    }

    /**
     * What visitors say that the assistant has not answered, as far as is known: of what it has, the model was asked before.
     *
     * @return string[]
     */
    public function unanswered(): array
    {
        $unanswered = [];
        foreach ($this->turns as $place => $turn) {
            if ($turn['role'] === 'user' && ($this->turns[$place + 1]['role'] ?? '') !== 'assistant') {
                $unanswered[] = $turn['content'];
            }
        }
        return $unanswered;
    }

    /** How many tokens it has with the owner's instructions, estimated. */
    public function tokens(string $instructions): int
    {
        return self::estimate($this->instructions($instructions)) + (int) array_sum(array_map([$this, 'tokensOf'], $this->turns));
    }

    /**
     * The place of the first turn that is sent: one of the visitor's.
     *
     * @param array<int, array{role: string, content: string, reasoning_content?: string, is_proven?: bool}> $turns
     */
    private function start(array $turns, Limits $limits): int
    {
        $start = null;
        $questions = $tokens = 0;
        for ($place = count($turns) - 1; $place >= 0; $place--) {
            $isVisitors = $turns[$place]['role'] === 'user';
            $tokens += $this->tokensOf($turns[$place]);
            $questions += (int) $isVisitors;
            $isTooMuch = $tokens > ($limits->most('tokens_question') ?? PHP_INT_MAX)
                || $questions > ($limits->most('turns_question') ?? PHP_INT_MAX);
            if ($start !== null && $isTooMuch) {
                break;
            }
            if ($isVisitors) {
                $start = $place;
            }
        }
        return $start ?? 0;
    }

    /**
     * A turn as the model is sent it.
     *
     * @param array{role: string, content: string, reasoning_content?: string, is_proven?: bool} $turn
     * @return array{role: string, content: string, reasoning_content?: string}
     */
    private static function sent(array $turn): array
    {
        $isProven = $turn['is_proven'] ?? true;
        unset($turn['is_proven']);
        return $isProven ? $turn : ['role' => 'user', 'content' => implode($turn['content'], self::UNPROVEN)];
    }

    /** @param array{role: string, content: string, reasoning_content?: string, is_proven?: bool} $turn */
    private function tokensOf(array $turn): int
    {
        $beside = ($turn['is_proven'] ?? true) ? [] : self::UNPROVEN;
        if ($this->sendsReasoning) {
            $beside[] = $turn['reasoning_content'] ?? '';
        }
        return self::MESSAGE_TOKENS + self::estimate($turn['content']) + (int) array_sum(array_map([self::class, 'estimate'], $beside));
    }

    private static function estimate(string $text): int
    {
        return (int) ceil(strlen($text) / self::BYTES_PER_TOKEN);
    }
}
