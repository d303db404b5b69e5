<?php

namespace Candor\Admin;

use Candor\Owner;
use Candor\Settings;

/** One setting on a page: how it is shown, and what it may be. */
final class Field
{
    /** @var string As in `Settings`. */
    public $name;

    /** @var string */
    public $label;

    /** @var string text, long, lines, number, choice, flag or colour */
    private $type;

    /** @var array<string, mixed> help, choices, least, most, check, placeholder; zero and usual, what an empty number is: 0, or what is usual, null; dir, the way it is read in every language */
    private $more;

    /** @param array<string, mixed> $more */
    public function __construct(string $type, string $name, string $label, array $more = [])
    {
        $this->type = $type;
        $this->name = $name;
        $this->label = $label;
        $this->more = $more;
    }

    /**
     * The row of a form table.
     *
     * @param mixed $value
     */
    public function render($value): void
    {
        $id = 'candor-' . str_replace('_', '-', $this->name);
        echo '<tr><th scope="row">';
        if ($this->type === 'flag') {
            echo esc_html($this->label);
        } else {
            printf('<label for="%s">%s</label>', esc_attr($id), esc_html($this->label));
        }
        echo '</th><td>';
        $this->control($id, 'candor[' . $this->name . ']', $value);
        $help = array_filter([
            $this->isLocked() ? __('Only who manages the network can change this.', 'candor') : '',
            $this->type === 'flag' ? '' : $this->more['help'] ?? '',
        ]);
        if ($help !== []) {
            $words = wp_kses(implode(' ', $help), ['code' => [], 'a' => ['href' => true]]);
            printf('<p class="description" id="%s-help">%s</p>', esc_attr($id), $words); // phpcs:ignore WordPress.Security
        }
        echo '</td></tr>';
    }

    /** Whether the signed-in user sees it and cannot change it. */
    public function isLocked(): bool
    {
        return in_array($this->name, Settings::ADDRESSES, true) && !Owner::maySetAddresses();
    }

    /**
     * What was sent, as it is kept.
     *
     * @param mixed $sent
     * @return mixed
     * @throws InvalidSetting
     */
    public function read($sent)
    {
        if ($this->type === 'flag') {
            return $sent === '1';
        }
        $text = is_string($sent) ? trim(wp_check_invalid_utf8($sent, true)) : '';
        switch ($this->type) {
            case 'number':
                return $this->number($text);
            case 'choice':
                if (!array_key_exists($text, $this->more['choices'])) {
                    /* translators: %s: the name of a setting */
                    throw new InvalidSetting(sprintf(__('“%s” must be one of its choices.', 'candor'), $this->label));
                }
                return $text;
            case 'colour':
                if ($text !== '' && !preg_match('/^#([0-9a-f]{3}|[0-9a-f]{6})$/i', $text)) {
                    /* translators: %s: the name of a setting */
                    throw new InvalidSetting(sprintf(__('“%s” must be a colour such as #0b6e69, or empty.', 'candor'), $this->label));
                }
                return strtolower($text);
            case 'lines':
                $lines = array_filter(array_map('trim', preg_split('/\R/u', $text) ?: []), 'strlen');
                return array_values(array_map([$this, 'checked'], array_map([self::class, 'plain'], $lines)));
            case 'long':
                return $this->checked(self::plain(str_replace(["\r\n", "\r"], "\n", $text)));
        }
        return $this->checked(self::plain(preg_replace('/\s+/u', ' ', $text) ?? ''));
    }

    /**
     * Text as it was written, without what nobody can see. Signs such as < stay, which WordPress's own functions would take
     * out: a model may be told of them, and they are escaped wherever they are shown.
     */
    private static function plain(string $text): string
    {
        return trim(preg_replace('/[^\P{C}\n\t\x{200C}\x{200D}\x{200E}\x{200F}]/u', '', $text) ?? '');
    }

    private function number(string $text): ?int
    {
        $least = $this->more['least'] ?? 0;
        $most = $this->more['most'] ?? 1000000000;
        if ($text === '' && isset($this->more['zero'])) {
            return 0;
        }
        if ($text === '' && isset($this->more['usual'])) {
            return null;
        }
        if (!preg_match('/^\d{1,10}$/D', $text) || (int) $text < $least || (int) $text > $most) {
            $words = /* translators: 1: the name of a setting, 2, 3: numbers */
                __('“%1$s” must be a whole number from %2$d to %3$d.', 'candor');
            throw new InvalidSetting(sprintf($words, $this->label, $least, $most));
        }
        return (int) $text;
    }

    private function checked(string $text): string
    {
        $most = $this->more['most'] ?? ($this->type === 'long' ? 20000 : 500);
        if (mb_strlen($text) > $most) {
            /* translators: 1: the name of a setting, 2: a number */
            throw new InvalidSetting(sprintf(__('“%1$s” may have %2$d characters at most.', 'candor'), $this->label, $most));
        }
        return isset($this->more['check']) && $text !== '' ? ($this->more['check'])($text, $this->label) : $text;
    }

    /** @param mixed $value */
    private function control(string $id, string $name, $value): void
    {
        $value = isset($this->more['zero']) && (int) $value === 0 ? '' : $value;
        $hasHelp = $this->isLocked() || (isset($this->more['help']) && $this->type !== 'flag');
        $described = ($hasHelp ? sprintf(' aria-describedby="%s-help"', esc_attr($id)) : '') . ($this->isLocked() ? ' disabled' : '');
        $placeholder = sprintf(' placeholder="%s"', esc_attr((string) ($this->more['placeholder'] ?? '')));
        $direction = isset($this->more['dir']) ? sprintf(' dir="%s"', esc_attr($this->more['dir'])) : '';
        switch ($this->type) {
            case 'flag':
                // The empty one is sent where the box is not ticked.
                printf(
                    '%1$s<label><input type="checkbox" id="%2$s" name="%3$s" value="1"%4$s> %5$s</label>',
                    $this->isLocked() ? '' : sprintf('<input type="hidden" name="%s" value="">', esc_attr($name)),
                    esc_attr($id),
                    esc_attr($name),
                    checked((bool) $value, true, false) . $described, // phpcs:ignore WordPress.Security
                    esc_html($this->more['help'] ?? $this->label)
                );
                return;
            case 'choice':
                printf('<select id="%s" name="%s"%s>', esc_attr($id), esc_attr($name), $described); // phpcs:ignore WordPress.Security
                foreach ($this->more['choices'] as $choice => $words) {
                    $selected = selected((string) $value, (string) $choice, false);
                    printf('<option value="%s"%s>%s</option>', esc_attr((string) $choice), $selected, esc_html($words)); // phpcs:ignore
                }
                echo '</select>';
                return;
            case 'lines':
            case 'long':
                $text = is_array($value) ? implode("\n", $value) : (string) $value;
                printf(
                    '<textarea id="%s" name="%s" rows="%d" class="large-text"%s>%s</textarea>',
                    esc_attr($id),
                    esc_attr($name),
                    (int) ($this->more['rows'] ?? ($this->type === 'long' ? 8 : 4)),
                    $described . $placeholder . $direction, // phpcs:ignore WordPress.Security
                    esc_textarea($text)
                );
                return;
        }
        $kinds = ['number' => ['number', 'small-text'], 'colour' => ['text', 'candor-colour'], 'text' => ['text', 'regular-text']];
        [$kind, $class] = $kinds[$this->type];
        $bounds = $this->type === 'number'
            ? sprintf(' min="%d" max="%d"', isset($this->more['zero']) ? 0 : (int) ($this->more['least'] ?? 0), (int) ($this->more['most'] ?? 1000000000))
            : '';
        $list = isset($this->more['list']) ? sprintf(' list="%s"', esc_attr($this->more['list'])) : '';
        printf(
            '<input type="%s" id="%s" name="%s" value="%s" class="%s"%s>',
            esc_attr($kind),
            esc_attr($id),
            esc_attr($name),
            esc_attr((string) $value),
            esc_attr($class),
            $described . $placeholder . $direction . $bounds . $list // phpcs:ignore WordPress.Security
        );
    }
}
