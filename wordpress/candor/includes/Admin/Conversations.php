<?php

namespace Candor\Admin;

use Candor\Audit;
use Candor\Owner;
use Candor\Store\Archive;
use Candor\Store\Database;
use Candor\Store\Unavailable;

/**
 * The tab with all visitors' conversations: listed, read, searched, exported, deleted.
 *
 * What somebody wrote goes through `esc_textarea`, which leaves nothing as it is: of `esc_html` a written `&lt;` is read as `<`.
 */
final class Conversations
{
    /** Deletes what was chosen, before the page is sent. */
    public static function load(): void
    {
        if (Pages::tab() !== 'conversations' || !current_user_can(Owner::CAPABILITY)) {
            return;
        }
        add_screen_option('per_page', ['default' => 50, 'option' => 'candor_per_page']);
        $ids = self::chosen();
        if ($ids === []) {
            return;
        }
        $isOne = isset($_GET['action']) && $_GET['action'] === 'delete' && isset($_GET['conversation']) && !is_array($_GET['conversation']);
        check_admin_referer($isOne ? 'candor_delete_' . $ids[0] : 'bulk-conversations');
        $archive = new Archive(Database::site());
        try {
            array_map([$archive, 'delete'], $ids);
            Audit::note(Audit::ERASURE, implode(', ', $ids));
        } catch (Unavailable $error) {
            // The page says so, when it is shown.
            return;
        }
        wp_safe_redirect(Pages::address('conversations', ['deleted' => (string) count($ids)]));
        exit;
    }

    public static function render(): void
    {
        $archive = new Archive(Database::site());
        // phpcs:disable WordPress.Security.NonceVerification -- these only choose what is shown
        $id = sanitize_key(wp_unslash($_GET['conversation'] ?? ''));
        $conversation = $id === '' ? null : $archive->one($id);
        if ($conversation !== null) {
            self::read($archive, $conversation);
            return;
        }
        if (isset($_GET['deleted'])) {
            $count = (int) $_GET['deleted'];
            /* translators: %s: a number */
            $words = _n('%s conversation is deleted.', '%s conversations are deleted.', $count, 'candor');
            printf('<div class="notice notice-success is-dismissible"><p>%s</p></div>', esc_html(sprintf($words, number_format_i18n($count))));
        }
        // phpcs:enable
        $table = new ConversationTable($archive);
        $table->prepare_items();
        echo '<form method="get">';
        printf('<input type="hidden" name="page" value="%s"><input type="hidden" name="tab" value="conversations">', esc_attr(Pages::SLUG));
        $table->search_box(__('Search conversations', 'candor'), 'candor');
        $table->display();
        echo '</form>';
        $export = wp_nonce_url(add_query_arg(['action' => 'candor_export', 's' => rawurlencode($table->words())], admin_url('admin-post.php')), 'candor_export');
        printf('<p><a class="button" href="%s">%s</a></p>', esc_url($export), esc_html__('Export as CSV', 'candor'));
    }

    /** @return string[] The conversations that are to be deleted. */
    private static function chosen(): array
    {
        // phpcs:disable WordPress.Security.NonceVerification -- checked by whoever calls
        $action = sanitize_key(wp_unslash($_REQUEST['action'] ?? ''));
        $action = $action === '-1' || $action === '' ? sanitize_key(wp_unslash($_REQUEST['action2'] ?? '')) : $action;
        $ids = $action === 'delete' ? (array) wp_unslash($_REQUEST['conversation'] ?? []) : [];
        // phpcs:enable
        return array_values(array_filter(array_map('sanitize_key', $ids), static function (string $id): bool {
            return preg_match('/^c_[0-9a-f]{32}$/D', $id) === 1;
        }));
    }

    /** @param array<string, string|null> $conversation */
    private static function read(Archive $archive, array $conversation): void
    {
        $format = get_option('date_format') . ' ' . get_option('time_format');
        printf(
            '<p><a href="%s">%s</a></p><h2>%s</h2><ol class="candor-messages">',
            esc_url(Pages::address('conversations')),
            esc_html__('All conversations', 'candor'),
            esc_textarea($conversation['title'] ?: __('Without a title', 'candor'))
        );
        $statuses = [
            'stopped' => __('stopped by the visitor', 'candor'),
            'streaming' => __('being written', 'candor'),
            'failed' => __('failed', 'candor'),
        ];
        foreach ($archive->messages((string) $conversation['id']) as $message) {
            $who = $message->role === 'user' ? __('Visitor', 'candor') : __('Assistant', 'candor');
            $status = $statuses[$message->status] ?? '';
            printf(
                '<li class="is-%s"><strong>%s</strong> <time>%s</time>%s<div dir="auto">%s</div>',
                esc_attr($message->role),
                esc_html($who),
                esc_html(wp_date($format, intdiv($message->createdAt, 1000))),
                $status === '' ? '' : ' <em>' . esc_html($status) . '</em>',
                nl2br(esc_textarea($message->content))
            );
            if ($message->error !== null) {
                $line = $message->error->forumLine() ?: $message->error->fields()['title'];
                printf('<p class="candor-error">%s <code>%s</code></p>', esc_html($line), esc_html($message->error->reference()));
            }
            if ($message->rating !== null) {
                printf(
                    '<div class="candor-rating"><strong>%s</strong> <em>%s</em><div dir="auto">%s</div></div>',
                    esc_html__('Rating', 'candor'),
                    esc_html($message->rating === 'up' ? __('helpful', 'candor') : __('not helpful', 'candor')),
                    nl2br(esc_textarea((string) $message->comment))
                );
            }
            echo '</li>';
        }
        $delete = wp_nonce_url(
            Pages::address('conversations', ['action' => 'delete', 'conversation' => (string) $conversation['id']]),
            'candor_delete_' . $conversation['id']
        );
        printf('</ol><p><a class="button button-link-delete" href="%s">%s</a></p>', esc_url($delete), esc_html__('Delete this conversation', 'candor'));
    }
}
