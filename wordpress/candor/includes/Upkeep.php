<?php

namespace Candor;

use Candor\Store\Archive;
use Candor\Store\AuditLog;
use Candor\Store\Counters;
use Candor\Store\Database;
use Candor\Store\ErrorLog;
use Candor\Store\Replies;
use Candor\Store\Unavailable;
use Candor\Store\Visitors;

/** What the tables need from time to time: replies that nobody writes any more are ended, and what is too old is deleted. */
final class Upkeep
{
    public const HOOK = 'candor_upkeep';

    /** How long a visitor without a conversation is kept, in milliseconds. */
    private const IDLE_MS = DAY_IN_SECONDS * 1000;

    public static function run(): void
    {
        if (!Schema::isReady()) {
            return;
        }
        try {
            self::purge(Database::site());
        } catch (Unavailable $error) {
            // The database has logged why; what else WordPress does at this hour goes on.
            return;
        }
    }

    private static function purge(Database $database): void
    {
        $settings = Settings::get();
        Replies::endAbandoned($database);
        $days = $settings->keepDays();
        if ($days !== null) {
            self::purgeConversations($database, Clock::now() - $days * DAY_IN_SECONDS * 1000);
        }
        $idle = Clock::now() - self::IDLE_MS - Visitors::SEEN_PRECISION_MS;
        $database->change(
            'DELETE FROM {visitors} WHERE seen_at < %d AND id NOT IN (SELECT visitor_id FROM {conversations})',
            [$idle]
        );
        $database->change('DELETE FROM {tokens} WHERE visitor_id NOT IN (SELECT id FROM {visitors})');
        $log = new ErrorLog($database);
        $log->countUncounted();
        $log->purge(Clock::now() - $settings->number('error_days') * DAY_IN_SECONDS * 1000);
        (new AuditLog($database))->purge();
        (new Counters($database))->purge();
        Store\TemporaryFile::purge();
    }

    /** Lets go of conversations that were last written in before a time, in milliseconds. */
    private static function purgeConversations(Database $database, int $before): void
    {
        $archive = new Archive($database);
        do {
            $rows = $database->rows(
                'SELECT id FROM {conversations} WHERE updated_at < %d AND id NOT IN'
                . ' (SELECT conversation_id FROM {messages} WHERE under_way = 1) LIMIT 200',
                [$before]
            );
            foreach ($rows as $row) {
                $archive->delete((string) $row['id']);
            }
        } while (count($rows) === 200);
    }
}
