<?php

namespace Candor;

/** How much visitors may take: the limits that are on, with their figures. */
final class Limits
{
    /** @var array<string, int> Figures by the limits' names. */
    private $figures = [];

    /** What the owner has set of each, and where they have not, the usual figure for this kind of provider. 0 lifts a limit. */
    public function __construct(Settings $settings)
    {
        if ($settings->text('limits') === 'off') {
            return;
        }
        foreach (Limit::all() as $setting => $limit) {
            $figure = $settings->figure($setting) ?? ($settings->isDemo() ? $limit->demo : $limit->most);
            if ($figure !== null && $figure > 0) {
                $this->figures[$limit->name] = $figure;
            }
        }
    }

    /** The figure of one; null where it is not on. */
    public function most(string $name): ?int
    {
        return $this->figures[$name] ?? null;
    }

    /** @return array<string, int> Figures by the names of what is on. */
    public function figures(): array
    {
        return $this->figures;
    }

    /**
     * What a day costs at the most in which they are used up, by one visitor, one address or everybody, in millionths of a dollar: all
     * tokens as those of the dearer kind, and no more than the cap. Null where nothing bounds it.
     */
    public function fullDayCost(string $whom, Price $price): ?int
    {
        $tokens = $this->most("tokens_{$whom}_day");
        $cents = $this->most('cents_site_day');
        $costs = array_filter([
            $tokens === null ? null : max($price->cost($tokens, 0), $price->cost(0, $tokens)),
            $cents === null ? null : $cents * Price::MICROS_PER_CENT,
        ], 'is_int');
        return $costs === [] ? null : min($costs);
    }

    /** @return Limit[] Those that are on and count this. */
    public function of(string $what): array
    {
        return array_filter(Limit::all(), function (Limit $limit) use ($what): bool {
            return $limit->what === $what && isset($this->figures[$limit->name]);
        });
    }
}
