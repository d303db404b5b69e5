<?php

namespace Candor;

/** What a model costs: by the owner's own figures, else by a table that is shipped, else as the dearest in it. */
final class Price
{
    /** Millionths of a dollar in a cent, as which money is counted. */
    public const MICROS_PER_CENT = 10000;

    /** The fewest digits that a date in a model's name has, as in `gpt-4-0613`. */
    private const DATE_DIGITS = 4;

    /** @var float What a million tokens cost that are sent, in US dollars. */
    public $input;

    /** @var float The same of those that the model writes, thoughts included. */
    public $output;

    /**
     * @var string Who says so: own, the owner; known, the table; near, the table too, of a model near the site, where a gateway may pass
     *   on to a provider that is paid; unknown, nobody.
     */
    public $source;

    private function __construct(float $input, float $output, string $source)
    {
        $this->input = $input;
        $this->output = $output;
        $this->source = $source;
    }

    /**
     * The price of a model under these settings; null where it costs nothing: the demo, and a model near the site that the table does
     * not have.
     */
    public static function of(Settings $settings, string $model): ?self
    {
        $own = [$settings->text('input_price'), $settings->text('output_price')];
        if (!in_array('', $own, true)) {
            return new self((float) $own[0], (float) $own[1], 'own');
        }
        if ($settings->isDemo()) {
            return null;
        }
        $isNear = Host::isNearAt($settings->text('base_url'));
        $known = self::known($model);
        if ($known !== null) {
            return new self((float) $known[0], (float) $known[1], $isNear ? 'near' : 'known');
        }
        if ($isNear) {
            return null;
        }
        $models = Data::of('prices')['models'];
        return new self((float) max(array_column($models, 0)), (float) max(array_column($models, 1)), 'unknown');
    }

    /** Whether a model is taken to cost nothing for no other reason than that it is near the site. */
    public static function isFreeNearby(Settings $settings, string $model): bool
    {
        return !$settings->isDemo() && self::of($settings, $model) === null;
    }

    /** The day that the table is of. */
    public static function asOf(): string
    {
        return (string) Data::of('prices')['as_of'];
    }

    /** What so many tokens cost, in millionths of a dollar, rounded up. */
    public function cost(int $input, int $output): int
    {
        // A dollar a million tokens is a millionth of a dollar a token. What is behind the ninth place is the machine's.
        return (int) ceil(round($input * $this->input + $output * $this->output, 9));
    }

    /**
     * The price of a model in the table, whoever passes it on (`openai/gpt-4o`) and of whichever date it is.
     *
     * @return array{0: int|float, 1: int|float}|null
     */
    private static function known(string $model): ?array
    {
        $slash = strrpos($model, '/');
        $model = strtolower($slash === false ? $model : substr($model, $slash + 1));
        $found = null;
        $length = 0;
        foreach (Data::of('prices')['models'] as $name => $price) {
            $name = (string) $name;
            if (strlen($name) > $length && strncmp($model, $name, strlen($name)) === 0 && self::isVersion(substr($model, strlen($name)))) {
                [$found, $length] = [$price, strlen($name)];
            }
        }
        return $found;
    }

    /** Whether what follows a model's name says only of which date it is, and not that it is another one. */
    private static function isVersion(string $rest): bool
    {
        if (!preg_match('/^[-@:](.*)$/D', $rest, $found)) {
            return $rest === '';
        }
        $isDate = preg_match('/^[0-9-]+$/D', $found[1]) && preg_match_all('/\d/', $found[1]) >= self::DATE_DIGITS;
        return $isDate || in_array($found[1], ['latest', 'preview'], true);
    }
}
