<?php

namespace Candor;

use Candor\Challenge\Service;
use Candor\Store\Archive;
use Candor\Store\Database;
use Candor\Store\Message;

/**
 * WordPress's own tools for a person's data.
 *
 * Visitors are known by a random token alone, so nobody's conversations can be told by an email address, unless the address
 * stands in them: those are found, handed out and erased.
 */
final class Privacy
{
    /** How many conversations one call of WordPress's handles. */
    private const BATCH_SIZE = 50;

    public static function hook(): void
    {
        add_filter('wp_privacy_personal_data_exporters', [self::class, 'addExporter']);
        add_filter('wp_privacy_personal_data_erasers', [self::class, 'addEraser']);
        add_action('admin_init', [self::class, 'suggestPolicy']);
    }

    /**
     * @param array<string, mixed> $exporters
     * @return array<string, mixed>
     */
    public static function addExporter(array $exporters): array
    {
        return $exporters + ['candor' => ['exporter_friendly_name' => __('Candor chats', 'candor'), 'callback' => [self::class, 'export']]];
    }

    /**
     * @param array<string, mixed> $erasers
     * @return array<string, mixed>
     */
    public static function addEraser(array $erasers): array
    {
        return $erasers + ['candor' => ['eraser_friendly_name' => __('Candor chats', 'candor'), 'callback' => [self::class, 'erase']]];
    }

    /** @return array{data: array<int, mixed>, done: bool} */
    public static function export(string $email, int $page = 1): array
    {
        $archive = new Archive(Database::site());
        $found = $archive->page($email, ($page - 1) * self::BATCH_SIZE, self::BATCH_SIZE);
        if ($page === 1) {
            Audit::note(Audit::EXPORT, 'personal data');
        }
        $data = [];
        foreach ($found as $conversation) {
            $messages = $archive->messages((string) $conversation['id']);
            if (!self::name($conversation, $messages, $email)) {
                continue;
            }
            $lines = [['name' => __('Title', 'candor'), 'value' => esc_html((string) $conversation['title'])]];
            foreach ($messages as $message) {
                $lines[] = [
                    'name' => $message->role === 'user' ? __('Visitor', 'candor') : __('Assistant', 'candor'),
                    'value' => nl2br(esc_html($message->content)),
                ];
                if ($message->rating !== null) {
                    $rating = $message->rating === 'up' ? __('helpful', 'candor') : __('not helpful', 'candor');
                    $lines[] = [
                        'name' => __('Rating', 'candor'),
                        'value' => nl2br(esc_html(rtrim("$rating\n" . $message->comment))),
                    ];
                }
            }
            $data[] = [
                'group_id' => 'candor',
                'group_label' => __('Chats in which the address was written', 'candor'),
                'item_id' => (string) $conversation['id'],
                'data' => $lines,
            ];
        }
        return ['data' => $data, 'done' => count($found) < self::BATCH_SIZE];
    }

    /** @return array{items_removed: int, items_retained: bool, messages: string[], done: bool} */
    public static function erase(string $email): array
    {
        $archive = new Archive(Database::site());
        $removed = $kept = 0;
        while (($found = $archive->page($email, $kept, self::BATCH_SIZE)) !== []) {
            foreach ($found as $conversation) {
                if (self::name($conversation, $archive->messages((string) $conversation['id']), $email)) {
                    $archive->delete((string) $conversation['id']);
                    $removed++;
                } else {
                    $kept++;
                }
            }
        }
        Audit::note(Audit::ERASURE, "personal data, conversations: $removed");
        return ['items_removed' => $removed, 'items_retained' => false, 'messages' => [], 'done' => true];
    }

    /**
     * Whether the address stands in the title, in one of the messages or in what is said to one, as a whole: jane@shop.example is
     * not mary.jane@shop.example.
     *
     * @param array<string, string|null> $conversation
     * @param Message[] $messages
     */
    private static function name(array $conversation, array $messages, string $email): bool
    {
        $pattern = '/(?<![\w.+%-])' . preg_quote($email, '/') . '(?![\w-]|\.\w)/iu';
        $comments = array_filter(array_column($messages, 'comment'), 'is_string');
        return preg_grep($pattern, array_merge([(string) $conversation['title']], array_column($messages, 'content'), $comments)) !== [];
    }

    /** A text for the site's privacy policy, as the settings are now. */
    public static function suggestPolicy(): void
    {
        if (!function_exists('wp_add_privacy_policy_content')) {
            return;
        }
        $settings = Settings::get();
        $days = $settings->keepDays();
        $kept = __('Your conversations are kept on this site until you delete them in the chat’s history.', 'candor');
        if ($days === 0) {
            $kept = __('Your conversations are kept in your browser alone.', 'candor');
        } elseif ($days !== null) {
            /* translators: %d: a number of days */
            $kept = sprintf(__('Your conversations are kept on this site for %d days after the last message, or until you delete them in the chat’s history.', 'candor'), $days);
        }
        if ($settings->asksForFeedback()) {
            $kept .= ' ' . __('When you rate an answer, your rating and your comment are kept with it.', 'candor');
        }
        $limits = new Limits($settings);
        $isOfMonth = $limits->most('answers_address_month') !== null || $limits->most('tokens_address_month') !== null;
        $texts = [
            __('When you write to the chat, your messages and the conversation so far are sent to an AI service, which writes the answer. Name the service here, and where it is.', 'candor'),
            $kept,
            __('The chat sets no cookie. Your browser stores a random number by which it finds your conversations again, what you have not sent yet, and how large you have made the chat.', 'candor') . ' ' . ($isOfMonth
                ? __('Your address is kept for a month as a hash, to hold back misuse.', 'candor')
                : __('Your address is kept for a day as a hash, to hold back misuse.', 'candor')),
        ];
        if ($settings->flag('dictation')) {
            $texts[] = __('If you speak in place of typing, your browser writes down what you say. Some browsers send it to their maker for that.', 'candor');
        }
        if (Service::isOne($settings->text('challenge'))) {
            $texts[] = __('Before your first message your browser fetches a challenge from another service, which learns your address. Name the service here.', 'candor');
        }
        wp_add_privacy_policy_content('Candor', '<p>' . implode('</p><p>', array_map('esc_html', $texts)) . '</p>');
    }
}
