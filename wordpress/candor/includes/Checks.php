<?php

namespace Candor;

use Candor\Provider\Chat;
use Candor\Provider\OutboundProxy;
use Candor\Provider\Usage;
use Candor\Store\Claim;
use Candor\Store\Database;
use Candor\Wire\Cause;
use Candor\Wire\Problem;

/**
 * The proxy's checks: its settings, the provider, and the model.
 *
 * The chat is checked by the chat's own path, with its model and parameters, and left at the first word. The list of models
 * is a check of its own: a restricted key may list models while it may not chat.
 */
final class Checks
{
    /** How long the outcome of a run is good for visitors, in seconds, so that they cannot spend the owner's money by checking. */
    private const FRESH_SECONDS = 20;

    /** How often whoever waits for another's run looks for its end, in microseconds. */
    private const LOOK_MICROSECONDS = 200000;

    /** What the model is asked. */
    private const QUESTION = 'Say one word.';

    /** @var Settings */
    private $settings;

    /** @var Assistant */
    private $assistant;

    public function __construct(Settings $settings, Assistant $assistant)
    {
        $this->settings = $settings;
        $this->assistant = $assistant;
    }

    /**
     * Runs every check for the owner, and gives each to `$tell` as it ends. What it costs is counted, whatever the limits say.
     *
     * @param callable(array<string, mixed>): void $tell
     * @param callable(): bool $goOn Asked many times a second.
     * @return array<int, array<string, mixed>> As they travel.
     */
    public function run(callable $tell, callable $goOn): array
    {
        return $this->alone($goOn, function (callable $goOn) use ($tell): array {
            $quota = new Quota($this->settings, Database::site(), null, $this->assistant->model());
            return $this->runNow($tell, $goOn, [$quota, 'spend']);
        });
    }

    /**
     * The same for a visitor: as the owner lets them see it, and from a moment ago where somebody has just checked.
     *
     * @param callable(array<string, mixed>): void $tell
     * @param callable(): bool $goOn
     * @param Quota $quota By which the run was counted.
     */
    public function runForVisitor(callable $tell, callable $goOn, Quota $quota): void
    {
        $cut = function (array $check) use ($tell): void {
            $tell($this->forVisitor($check));
        };
        $this->alone($goOn, function (callable $goOn) use ($cut, $quota): array {
            // Read only now: WordPress remembers for the whole request what was not there.
            $latest = get_transient($this->place());
            if (!is_array($latest)) {
                return $this->runNow($cut, $goOn, [$quota, 'settle']);
            }
            $quota->settle(new Usage(0, 0));
            array_map($cut, $latest);
            return $latest;
        });
    }

    /**
     * Work while nobody else's run goes on, so that what two ask at the same time is paid once. Waiting has an end: by then
     * every time limit of a run has passed.
     *
     * @param callable(): bool $goOn
     * @param callable(callable(): bool): array<int, array<string, mixed>> $work Gets what it is to ask in place of `$goOn`.
     * @return array<int, array<string, mixed>>
     */
    private function alone(callable $goOn, callable $work): array
    {
        $claim = new Claim(Database::site(), $this->place());
        // Also where PHP ends this process because its visitor has left.
        register_shutdown_function([$claim, 'release']);
        $until = microtime(true) + 2 * $this->settings->replyTimeout() + $this->settings->stallTimeout();
        while (!$claim->take() && microtime(true) < $until) {
            if (!$goOn()) {
                return [];
            }
            usleep(self::LOOK_MICROSECONDS);
        }
        try {
            return $work(static function () use ($claim, $goOn): bool {
                $claim->renew();
                return $goOn();
            });
        } finally {
            $claim->release();
        }
    }

    /**
     * @param callable(array<string, mixed>): void $tell
     * @param callable(): bool $goOn
     * @param callable(Usage): void $count
     * @return array<int, array<string, mixed>>
     */
    private function runNow(callable $tell, callable $goOn, callable $count): array
    {
        $done = [];
        $end = static function (array $check) use ($tell, &$done): void {
            $tell($check);
            $done[] = $check;
        };
        $end($this->readSettings());

        $chat = Chat::with($this->settings);
        $begun = microtime(true);
        $list = $chat->models($goOn);
        // A provider without such a list can still chat.
        $end(self::check(
            ['models', 'provider', 'Asked the AI service for its models'],
            $list['problem'] ?? null,
            'warning',
            $begun,
            'the AI service lists its models'
        ));

        if ($this->settings->flag('moderation')) {
            $begun = microtime(true);
            $end(self::check(
                ['moderation', 'provider', 'Had a message looked at by the AI service’s moderation'],
                $chat->moderate([self::QUESTION], $goOn),
                'failure',
                $begun,
                'the AI service’s moderation answers'
            ));
        }

        $begun = microtime(true);
        $first = null;
        $problem = $chat->run(
            $this->assistant->model(),
            [['role' => 'user', 'content' => self::QUESTION]],
            static function (string $text) use (&$first, $begun): void {
                if ($first === null && trim($text) !== '') {
                    $first = (int) ((microtime(true) - $begun) * 1000);
                }
            },
            static function () use (&$first, $goOn): bool {
                return $first === null && $goOn();
            }
        );
        $count($chat->usage());
        // Once a word has come, what comes behind it is no matter; a refusal that came along with it is.
        $problem = $first === null || ($problem !== null && $problem->cause() === 'unread') ? $problem : null;
        $good = 'the model answers; its first word came after ' . (int) $first . ' ms';
        $check = self::check(
            ['chat', 'model', 'Asked the model for one word, as the chat does'],
            $problem,
            'failure',
            $begun,
            $good
        );
        if ($problem !== null && $problem->isBeyondProxy() && isset($list['models'])) {
            $check['evidence'] .= '; the same key may list the models';
        }
        $end($check);
        if ($chat->wasLeft && $first === null) {
            // Nobody waited for the end, so it is not known.
            return $done;
        }
        set_transient($this->place(), $done, self::FRESH_SECONDS);
        return $done;
    }

    /** Lets go of every outcome that is remembered, as after a change of the settings. */
    public static function forget(): void
    {
        foreach (Settings::get()->assistants() as $assistant) {
            delete_transient((new self(Settings::get(), $assistant))->place());
        }
    }

    /** @return array<string, mixed> */
    private function readSettings(): array
    {
        $provider = $this->settings->text('provider');
        $model = $this->assistant->model();
        $proxy = $this->settings->isDemo() ? null : OutboundProxy::of($this->settings->text('base_url'));
        $check = [
            'id' => 'settings',
            'link' => 'proxy',
            'tried' => 'Read the chat server’s settings',
            'evidence' => "AI service $provider, model " . ($model ?: 'not chosen') . ', version ' . VERSION . ' for WordPress'
                . ($proxy === null ? '' : ', through ' . $proxy->words()),
            'outcome' => 'pass',
            'duration' => 0,
        ];
        if (!$this->settings->isDemo() && ApiKey::reveal() === '') {
            // A server of the owner's own may need none.
            $check['outcome'] = 'warning';
            $check['evidence'] .= ApiKey::isLost()
                ? '; the stored key cannot be read any more, since the site’s salts were changed'
                : '; no key is set';
            $check['problem'] = Problem::of(Cause::of('missing_key'), 502)->fields();
        }
        return $check;
    }

    /**
     * @param array{0: string, 1: string, 2: string} $what Id, link, and what was tried.
     * @return array<string, mixed>
     */
    private static function check(array $what, ?Problem $problem, string $bad, float $begun, string $good): array
    {
        $check = [
            'id' => $what[0],
            'link' => $what[1],
            'tried' => $what[2],
            'evidence' => $good,
            'outcome' => 'pass',
            'duration' => (int) ((microtime(true) - $begun) * 1000),
        ];
        if ($problem !== null) {
            $status = (int) ($problem->upstream()['status'] ?? 0);
            $check['evidence'] = Cause::of($problem->cause())->name . ($status > 0 ? " (status $status)" : '');
            $check['outcome'] = $bad;
            $check['problem'] = $problem->fields();
        }
        return $check;
    }

    /**
     * @param array<string, mixed> $check
     * @return array<string, mixed>
     */
    private function forVisitor(array $check): array
    {
        $diagnostics = $this->settings->diagnostics();
        if ($diagnostics !== 'full') {
            $words = [
                'pass' => 'It works.',
                'warning' => 'It works, with a limit that the owner can see.',
                'failure' => 'It does not work. The owner can see why.',
            ];
            $check['evidence'] = $words[$check['outcome']];
        }
        if (isset($check['problem'])) {
            $check['problem'] = Problem::read(Wire\Json::encode($check['problem']))->forVisitor($diagnostics)->fields();
        }
        return $check;
    }

    private function place(): string
    {
        return 'candor_checks_' . $this->assistant->id;
    }
}
