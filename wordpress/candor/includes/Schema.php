<?php

namespace Candor;

use Candor\Store\Database;
use Candor\Store\ErrorLog;
use Candor\Store\Unavailable;

/** The plugin's own tables. Times are milliseconds since 1970-01-01 UTC; ids and hashes are lower-case ASCII. */
final class Schema
{
    /** Grows with every change of the tables below. */
    private const VERSION = 5;

    private const OPTION = 'candor_schema';

    private const TABLES = ['visitors', 'tokens', 'conversations', 'messages', 'feedback', 'errors', 'error_groups', 'counters', 'audit'];

    /** Makes the tables of this version, unless they are there. On a network each site gets them with its first request. */
    public static function ensure(): void
    {
        if ((int) get_option(self::OPTION) === self::VERSION) {
            return;
        }
        require_once ABSPATH . 'wp-admin/includes/upgrade.php';
        foreach (self::statements() as $statement) {
            dbDelta($statement);
        }
        self::renameCounters();
        // Where the tables could not be made, the next request tries again, and Site Health says so.
        if (Database::site()->hasTables(self::TABLES)) {
            self::countErrors();
            update_option(self::OPTION, self::VERSION, true);
        }
    }

    /** Whether the tables of this version are there. */
    public static function isReady(): bool
    {
        return (int) get_option(self::OPTION) === self::VERSION;
    }

    /** Removes the tables with all that is in them. */
    public static function drop(): void
    {
        Database::site()->drop(self::TABLES);
        delete_option(self::OPTION);
    }

    /**
     * The tables go with their site, when it is deleted from a network.
     *
     * @param string[] $tables
     * @return string[]
     */
    public static function dropWithSite(array $tables, int $site): array
    {
        foreach (self::TABLES as $name) {
            $tables[] = Database::site()->table($name, $site);
        }
        return $tables;
    }

    /** What this month has used was counted under other names before version 3. */
    private static function renameCounters(): void
    {
        $start = (new Window('month', time()))->start;
        foreach (['messages' => 'answers_site_month', 'tokens' => 'tokens_site_month'] as $former => $name) {
            try {
                Database::site()->change(
                    'UPDATE {counters} SET name = %s WHERE name = %s',
                    ["$name $start", $former . ' ' . gmdate('Y-m')]
                );
            } catch (Unavailable $error) {
                // Without the table, Site Health says so. Where both names are there, it was done.
                return;
            }
        }
    }

    /** Errors were counted as they were read before version 4. */
    private static function countErrors(): void
    {
        try {
            (new ErrorLog(Database::site()))->countUncounted();
        } catch (Unavailable $error) {
            // They are counted with the next upkeep.
            return;
        }
    }

    /** @return string[] In the form that dbDelta reads: two spaces behind PRIMARY KEY, a line for each column. */
    private static function statements(): array
    {
        $database = Database::site();
        $end = $database->charset();
        $table = static function (string $name) use ($database): string {
            return $database->table($name);
        };
        return [
            // seen_at: when the visitor was here last, by which those who left nothing behind are let go.
            // code: the hash of a code by which another device becomes the same visitor, once and until code_until.
            "CREATE TABLE {$table('visitors')} (
                id varchar(40) NOT NULL,
                created_at bigint(20) NOT NULL,
                seen_at bigint(20) NOT NULL,
                code varchar(64) DEFAULT NULL,
                code_until bigint(20) DEFAULT NULL,
                PRIMARY KEY  (id),
                KEY seen_at (seen_at),
                KEY code (code)
            ) $end;",
            // hash: SHA-256 in hexadecimal; the token itself is with the visitor alone.
            // replaces: the hash of an older token, which ends once this one is used.
            "CREATE TABLE {$table('tokens')} (
                hash varchar(64) NOT NULL,
                visitor_id varchar(40) NOT NULL,
                created_at bigint(20) NOT NULL,
                replaces varchar(64) DEFAULT NULL,
                PRIMARY KEY  (hash),
                KEY visitor_id (visitor_id),
                KEY replaces (replaces)
            ) $end;",
            // idempotency_key: SHA-256, since a collation of the site's would take two keys for the same.
            // folded: the title in lower case, for the search. position: orders the list, grows with all that happens.
            // locks: counts up in every transaction that must be alone with the conversation.
            "CREATE TABLE {$table('conversations')} (
                id varchar(40) NOT NULL,
                visitor_id varchar(40) NOT NULL,
                assistant varchar(40) NOT NULL,
                idempotency_key varchar(64) DEFAULT NULL,
                title text NOT NULL,
                folded text NOT NULL,
                preview text NOT NULL,
                created_at bigint(20) NOT NULL,
                updated_at bigint(20) NOT NULL,
                position bigint(20) NOT NULL,
                unread tinyint(1) NOT NULL,
                locks bigint(20) NOT NULL,
                PRIMARY KEY  (id),
                UNIQUE KEY by_key (visitor_id,idempotency_key),
                KEY by_position (visitor_id,assistant,position),
                KEY updated_at (updated_at)
            ) $end;",
            // number: the place in the conversation, a visitor's message and then the reply to it.
            // under_way: 1 while a reply is written, else NULL, so that a conversation has one at a time whoever asks.
            // reasoning: what the model thought before a reply, for models that want it back; it is shown to nobody.
            // error: why a reply failed, the problem as JSON. alive_until: what the writing process has promised last.
            // followed_until: the same of whoever follows it. stop: 1 where the writing process is to end the reply.
            // address: while a reply is written, what the address is called for which it is, by a salted hash of the day.
            "CREATE TABLE {$table('messages')} (
                id varchar(40) NOT NULL,
                conversation_id varchar(40) NOT NULL,
                number int(11) NOT NULL,
                role varchar(10) NOT NULL,
                content longtext NOT NULL,
                folded longtext NOT NULL,
                status varchar(10) NOT NULL,
                error text DEFAULT NULL,
                reasoning longtext DEFAULT NULL,
                created_at bigint(20) NOT NULL,
                idempotency_key varchar(64) DEFAULT NULL,
                under_way tinyint(1) DEFAULT NULL,
                alive_until bigint(20) DEFAULT NULL,
                followed_until bigint(20) DEFAULT NULL,
                stop tinyint(1) NOT NULL,
                address varchar(32) DEFAULT NULL,
                PRIMARY KEY  (id),
                UNIQUE KEY by_number (conversation_id,number),
                UNIQUE KEY by_key (conversation_id,idempotency_key),
                UNIQUE KEY by_under_way (conversation_id,under_way),
                KEY under_way (under_way,alive_until)
            ) $end;",
            // What a visitor thinks of an answer, which goes when the answer does. rating: up or down.
            // folded: the comment in lower case, for the search. model: what answered when it was rated.
            "CREATE TABLE {$table('feedback')} (
                message_id varchar(40) NOT NULL,
                conversation_id varchar(40) NOT NULL,
                rating varchar(10) NOT NULL,
                comment text DEFAULT NULL,
                folded text DEFAULT NULL,
                created_at bigint(20) NOT NULL,
                model text NOT NULL,
                PRIMARY KEY  (message_id),
                KEY conversation_id (conversation_id),
                KEY created_at (created_at)
            ) $end;",
            // kind: as in error_groups; NULL where a version before this one has kept it, until it is counted.
            "CREATE TABLE {$table('errors')} (
                reference varchar(20) NOT NULL,
                time bigint(20) NOT NULL,
                problem text NOT NULL,
                kind varchar(64) DEFAULT NULL,
                PRIMARY KEY  (reference),
                KEY time (time),
                KEY by_kind (kind,time)
            ) $end;",
            // kind: a hash of the cause and the words. latest: the latest problem, as JSON.
            // latest_references: of the latest ones, apart by blanks.
            "CREATE TABLE {$table('error_groups')} (
                kind varchar(64) NOT NULL,
                cause varchar(60) NOT NULL,
                times bigint(20) NOT NULL,
                first_at bigint(20) NOT NULL,
                last_at bigint(20) NOT NULL,
                latest text NOT NULL,
                latest_references varchar(400) NOT NULL,
                PRIMARY KEY  (kind),
                KEY last_at (last_at),
                KEY by_cause (cause,last_at)
            ) $end;",
            // who: a login name. what: names and numbers. address: from where, of owners alone.
            "CREATE TABLE {$table('audit')} (
                id varchar(40) NOT NULL,
                time bigint(20) NOT NULL,
                event varchar(20) NOT NULL,
                who varchar(60) NOT NULL,
                what text NOT NULL,
                address varchar(60) NOT NULL,
                PRIMARY KEY  (id),
                KEY time (time),
                KEY by_who (event,who)
            ) $end;",
            // name: what is counted, in which time, for whom; addresses only as a salted hash of the day, or of the month.
            "CREATE TABLE {$table('counters')} (
                name varchar(120) NOT NULL,
                amount bigint(20) NOT NULL,
                expires_at bigint(20) NOT NULL,
                PRIMARY KEY  (name),
                KEY expires_at (expires_at)
            ) $end;",
        ];
    }
}
