<?php

namespace Candor\Admin;

use Candor\Audit;
use Candor\Store\AuditLog;

if (!class_exists(\WP_List_Table::class)) {
    require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php';
}

/** The list of what owners have done, as WordPress shows lists. */
final class AuditTable extends \WP_List_Table
{
    private const PER_PAGE = 50;

    /** @var AuditLog */
    private $log;

    public function __construct(AuditLog $log)
    {
        parent::__construct(['singular' => 'entry', 'plural' => 'entries', 'ajax' => false]);
        $this->log = $log;
    }

    /** @return array<string, string> */
    public function get_columns(): array // phpcs:ignore PSR1.Methods
    {
        return [
            'event' => __('What', 'candor'),
            'what' => __('Which', 'candor'),
            'who' => __('Who', 'candor'),
            'address' => __('From', 'candor'),
            'time' => __('When', 'candor'),
        ];
    }

    public function prepare_items(): void // phpcs:ignore PSR1.Methods
    {
        $this->_column_headers = [$this->get_columns(), [], [], 'event'];
        $this->items = $this->log->page(($this->get_pagenum() - 1) * self::PER_PAGE, self::PER_PAGE);
        $this->set_pagination_args(['total_items' => $this->log->count(), 'per_page' => self::PER_PAGE]);
    }

    public function no_items(): void // phpcs:ignore PSR1.Methods
    {
        esc_html_e('Nothing has been done yet that stands here.', 'candor');
    }

    /**
     * @param array<string, string|null> $item
     * @param string $column_name
     */
    protected function column_default($item, $column_name): string // phpcs:ignore PSR1.Methods
    {
        $text = (string) ($item[$column_name] ?? '');
        if ($column_name === 'time') {
            $text = (string) wp_date(get_option('date_format') . ' ' . get_option('time_format'), intdiv((int) $text, 1000));
        }
        if ($column_name === 'event') {
            $names = [
                Audit::SIGN_IN => __('Signed in from a new address', 'candor'),
                Audit::LOCKED_OUT => __('Too many wrong tokens', 'candor'),
                Audit::SETTINGS => __('Changed settings', 'candor'),
                Audit::EXPORT => __('Exported', 'candor'),
                Audit::ERASURE => __('Erased', 'candor'),
            ];
            $text = $names[$text] ?? $text;
        }
        return esc_html($text);
    }
}
