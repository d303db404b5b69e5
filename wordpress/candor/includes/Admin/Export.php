<?php

namespace Candor\Admin;

use Candor\Audit;
use Candor\Owner;
use Candor\Store\Archive;
use Candor\Store\Database;

/** Conversations as CSV (RFC 4180), a line for each message. */
final class Export
{
    /** How many conversations are read at a time, so that any number fits into PHP's memory. */
    private const BATCH_SIZE = 100;

    public static function send(): void
    {
        if (!current_user_can(Owner::CAPABILITY)) {
            wp_die(esc_html__('You may not export conversations.', 'candor'), '', ['response' => 403]);
        }
        check_admin_referer('candor_export');
        $words = sanitize_text_field(wp_unslash($_GET['s'] ?? ''));
        Audit::note(Audit::EXPORT, $words === '' ? 'CSV' : 'CSV, by a search');
        nocache_headers();
        header('Content-Type: text/csv; charset=utf-8');
        header('Content-Disposition: attachment; filename="candor-' . gmdate('Y-m-d') . '.csv"');
        $archive = new Archive(Database::site());
        self::write(['conversation', 'assistant', 'title', 'message', 'time', 'role', 'status', 'content', 'error', 'rating', 'comment']);
        for ($offset = 0; ($rows = $archive->page($words, $offset, self::BATCH_SIZE)) !== []; $offset += self::BATCH_SIZE) {
            foreach ($rows as $row) {
                foreach ($archive->messages((string) $row['id']) as $message) {
                    self::write([
                        $row['id'],
                        $row['assistant'],
                        $row['title'],
                        $message->id,
                        gmdate('Y-m-d\TH:i:s\Z', intdiv($message->createdAt, 1000)),
                        $message->role,
                        $message->status,
                        $message->content,
                        $message->error === null ? '' : ($message->error->forumLine() ?: $message->error->cause()),
                        $message->rating,
                        $message->comment,
                    ]);
                }
            }
        }
        exit;
    }

    /** @param array<int, string|null> $fields */
    private static function write(array $fields): void
    {
        echo Csv::line($fields); // phpcs:ignore WordPress.Security.EscapeOutput -- CSV, and called so
    }
}
