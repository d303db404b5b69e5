<?php

namespace Candor\Admin;

use Candor\Settings;
use Candor\Store\Archive;

if (!class_exists(\WP_List_Table::class)) {
    require_once ABSPATH . 'wp-admin/includes/class-wp-list-table.php';
}

/** The list of conversations, as WordPress shows lists. */
final class ConversationTable extends \WP_List_Table
{
    /** @var Archive */
    private $archive;

    public function __construct(Archive $archive)
    {
        parent::__construct(['singular' => 'conversation', 'plural' => 'conversations', 'ajax' => false]);
        $this->archive = $archive;
    }

    /** What is searched for. */
    public function words(): string
    {
        return sanitize_text_field(wp_unslash($_GET['s'] ?? '')); // phpcs:ignore WordPress.Security -- it only chooses what is shown
    }

    /** @return array<string, string> */
    public function get_columns(): array // phpcs:ignore PSR1.Methods
    {
        $columns = ['cb' => '<input type="checkbox">', 'title' => __('Title', 'candor'), 'preview' => __('Latest message', 'candor')];
        if (count(Settings::get()->assistants()) > 1) {
            $columns['assistant'] = __('Assistant', 'candor');
        }
        return $columns + ['messages' => __('Messages', 'candor'), 'updated_at' => __('Last', 'candor')];
    }

    public function prepare_items(): void // phpcs:ignore PSR1.Methods
    {
        $this->_column_headers = [$this->get_columns(), [], [], 'title'];
        $count = $this->get_items_per_page('candor_per_page', 50);
        $this->items = $this->archive->page($this->words(), ($this->get_pagenum() - 1) * $count, $count);
        $this->set_pagination_args(['total_items' => $this->archive->count($this->words()), 'per_page' => $count]);
    }

    public function no_items(): void // phpcs:ignore PSR1.Methods
    {
        if ($this->words() !== '') {
            esc_html_e('No conversation has these words.', 'candor');
        } elseif (Settings::get()->keepsInBrowser()) {
            esc_html_e('This site keeps no conversations: see Privacy.', 'candor');
        } else {
            esc_html_e('Nobody has written yet.', 'candor');
        }
    }

    /** @return array<string, string> */
    protected function get_bulk_actions(): array // phpcs:ignore PSR1.Methods
    {
        return ['delete' => __('Delete', 'candor')];
    }

    /** @param array<string, string|null> $item */
    protected function column_cb($item): string // phpcs:ignore PSR1.Methods
    {
        /* translators: %s: a conversation's title */
        $label = sprintf(__('Choose “%s”', 'candor'), $item['title']);
        return sprintf('<input type="checkbox" name="conversation[]" value="%s" aria-label="%s">', esc_attr((string) $item['id']), esc_attr($label));
    }

    /** @param array<string, string|null> $item */
    protected function column_title($item): string // phpcs:ignore PSR1.Methods
    {
        $id = (string) $item['id'];
        $read = Pages::address('conversations', ['conversation' => $id]);
        $delete = wp_nonce_url(Pages::address('conversations', ['action' => 'delete', 'conversation' => $id]), 'candor_delete_' . $id);
        return sprintf('<strong><a class="row-title" href="%s">%s</a></strong>', esc_url($read), esc_textarea($item['title'] ?: __('Without a title', 'candor')))
            . $this->row_actions([
                'view' => sprintf('<a href="%s">%s</a>', esc_url($read), esc_html__('Read', 'candor')),
                'delete' => sprintf('<a class="submitdelete" href="%s">%s</a>', esc_url($delete), esc_html__('Delete', 'candor')),
            ]);
    }

    /**
     * @param array<string, string|null> $item
     * @param string $column_name
     */
    protected function column_default($item, $column_name): string // phpcs:ignore PSR1.Methods
    {
        if ($column_name === 'updated_at') {
            $format = get_option('date_format') . ' ' . get_option('time_format');
            return esc_html((string) wp_date($format, intdiv((int) $item['updated_at'], 1000)));
        }
        if ($column_name === 'assistant') {
            $assistant = Settings::get()->assistant((string) $item['assistant']);
            return esc_html($assistant === null ? (string) $item['assistant'] : $assistant->name());
        }
        return esc_html((string) ($item[$column_name] ?? ''));
    }
}
