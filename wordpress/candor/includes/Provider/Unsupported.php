<?php

namespace Candor\Provider;

use Candor\Data;

/** What a model does not take and can be served without. Learnt from its refusals; nothing at first. */
final class Unsupported
{
    /** By which words it is refused to be asked how many tokens an answer has had. */
    private const USAGE = ['words' => ['stream_options', 'include_usage']];

    /** @var string[] Names of parts of a request, as `unsupported.toml` has them, and `usage`. */
    private $parts;

    /** @param string[] $parts */
    public function __construct(array $parts = [])
    {
        $this->parts = $parts;
    }

    /** @return string[] */
    public function parts(): array
    {
        return $this->parts;
    }

    /**
     * What is known once this request was refused with this error: the same where the error says nothing of it.
     *
     * @param array<string, mixed> $error
     * @param array<string, mixed> $request
     */
    public function learn(array $error, array $request): self
    {
        if (!in_array($error['status'] ?? 0, [400, 422, 500], true)) {
            return $this;
        }
        $message = strtolower((string) ($error['message'] ?? ''));
        $answers = array_filter($request['messages'], static function (array $turn): bool {
            return $turn['role'] === 'assistant';
        });
        $thoughtful = array_column($answers, 'reasoning_content');
        $sent = [
            'max_tokens' => isset($request['max_tokens']),
            'system_role' => in_array('system', array_column($request['messages'], 'role'), true),
            'streaming' => $request['stream'] === true,
            'omitted_reasoning' => count($answers) > count($thoughtful),
            'reasoning' => $thoughtful !== [],
            'usage' => isset($request['stream_options']),
        ];
        $learnt = $this->parts;
        foreach (Data::of('unsupported') + ['usage' => self::USAGE] as $part => $known) {
            foreach ($known['words'] as $words) {
                if ($sent[$part] && strpos($message, $words) !== false && !in_array($part, $learnt, true)) {
                    $learnt[] = $part;
                }
            }
        }
        return $learnt === $this->parts ? $this : new self($learnt);
    }

    /** Whether answers go back with what the model thought before them. */
    public function sendsReasoning(): bool
    {
        return in_array('omitted_reasoning', $this->parts, true) && !in_array('reasoning', $this->parts, true);
    }

    /**
     * The request as the model takes it.
     *
     * @param array<string, mixed> $request
     * @return array<string, mixed>
     */
    public function adapt(array $request): array
    {
        if (in_array('max_tokens', $this->parts, true) && isset($request['max_tokens'])) {
            $request['max_completion_tokens'] = $request['max_tokens'];
            unset($request['max_tokens']);
        }
        if (in_array('system_role', $this->parts, true) && ($request['messages'][0]['role'] ?? '') === 'system') {
            $system = array_shift($request['messages']);
            $isUsers = ($request['messages'][0]['role'] ?? '') === 'user';
            $first = $isUsers ? array_shift($request['messages'])['content'] : '';
            $content = $first === '' ? $system['content'] : $system['content'] . "\n\n" . $first;
            array_unshift($request['messages'], ['role' => 'user', 'content' => $content]);
        }
        $sendsReasoning = $this->sendsReasoning();
        foreach ($request['messages'] as &$turn) {
            $known = $turn['reasoning_content'] ?? '';
            unset($turn['reasoning_content']);
            if ($sendsReasoning && $turn['role'] === 'assistant') {
                // An answer of which none is known has none: DeepSeek takes an empty one, and nothing that is made up
                // (https://github.com/openclaw/openclaw/issues/73417, https://github.com/can1357/oh-my-pi/issues/897).
                $turn['reasoning_content'] = $known;
            }
        }
        unset($turn);
        if (in_array('streaming', $this->parts, true)) {
            $request['stream'] = false;
        }
        if (in_array('usage', $this->parts, true) || $request['stream'] !== true) {
            // Of an answer in one piece it is told unasked.
            unset($request['stream_options']);
        }
        return $request;
    }
}
