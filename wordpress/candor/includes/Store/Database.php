<?php

namespace Candor\Store;

use Candor\Log;

/**
 * The site's database, through `$wpdb`, with failures that cannot be overlooked: `$wpdb` returns false where a query
 * fails, and a chat that goes on then would lose a message in silence.
 *
 * In a query `{name}` is one of the plugin's tables, and `%s`, `%d` are values, as in `wpdb::prepare`.
 */
final class Database
{
    /** How often a transaction is done once more. */
    private const MAX_ATTEMPTS = 3;

    /** @var \wpdb */
    private $wpdb;

    /** @var int */
    private $depth = 0;

    /** @var self|null */
    private static $site;

    private function __construct(\wpdb $wpdb)
    {
        $this->wpdb = $wpdb;
    }

    /** The database of this site. */
    public static function site(): self
    {
        global $wpdb;
        if (self::$site === null || self::$site->wpdb !== $wpdb) {
            self::$site = new self($wpdb);
        }
        return self::$site;
    }

    /** The full name of a table; of another site in a network, where its number is given. */
    public function table(string $name, ?int $site = null): string
    {
        return $this->wpdb->get_blog_prefix($site) . 'candor_' . $name;
    }

    /** The end of a CREATE TABLE. */
    public function charset(): string
    {
        return $this->wpdb->get_charset_collate();
    }

    /** @param string[] $names */
    public function hasTables(array $names): bool
    {
        foreach ($names as $name) {
            $table = $this->table($name);
            if ($this->wpdb->get_var($this->wpdb->prepare('SHOW TABLES LIKE %s', $this->wpdb->esc_like($table))) !== $table) {
                return false;
            }
        }
        return true;
    }

    /** @param string[] $names */
    public function drop(array $names): void
    {
        foreach ($names as $name) {
            $this->wpdb->query('DROP TABLE IF EXISTS ' . $this->table($name));
        }
    }

    /**
     * Changes something. Gives how many rows it was; a row that already is as it should be does not count in MySQL.
     *
     * @param array<int, string|int> $values
     */
    public function change(string $query, array $values = []): int
    {
        $done = $this->quietly(function () use ($query, $values) {
            return $this->wpdb->query($this->prepared($query, $values));
        });
        if ($done === false) {
            $this->fail();
        }
        return (int) $done;
    }

    /**
     * Adds a row; null is NULL. False where a row with one of its unique values is there already.
     *
     * @param array<string, string|int|null> $row
     */
    public function insert(string $table, array $row): bool
    {
        $columns = $values = $places = [];
        foreach ($row as $column => $value) {
            $columns[] = $column;
            $places[] = $value === null ? 'NULL' : (is_int($value) ? '%d' : '%s');
            if ($value !== null) {
                $values[] = $value;
            }
        }
        $query = "INSERT INTO {{$table}} (" . implode(', ', $columns) . ') VALUES (' . implode(', ', $places) . ')';
        $done = $this->quietly(function () use ($query, $values) {
            return $this->wpdb->query($this->prepared($query, $values));
        });
        if ($done === false) {
            // MySQL's words, and SQLite's, whose error numbers wpdb does not pass on.
            if (preg_match('/duplicate entry|unique constraint/i', $this->wpdb->last_error)) {
                return false;
            }
            $this->fail();
        }
        return true;
    }

    /**
     * @param array<int, string|int> $values
     * @return array<int, array<string, string|null>>
     */
    public function rows(string $query, array $values = []): array
    {
        $rows = $this->quietly(function () use ($query, $values) {
            return $this->wpdb->get_results($this->prepared($query, $values), ARRAY_A);
        });
        if (!is_array($rows) || $this->wpdb->last_error !== '') {
            $this->fail();
        }
        return $rows;
    }

    /**
     * @param array<int, string|int> $values
     * @return array<string, string|null>|null
     */
    public function row(string $query, array $values = []): ?array
    {
        return $this->rows($query, $values)[0] ?? null;
    }

    /**
     * The only column of the only row, as a number; 0 where there is none.
     *
     * @param array<int, string|int> $values
     */
    public function number(string $query, array $values = []): int
    {
        $row = $this->row($query, $values);
        return $row === null ? 0 : (int) reset($row);
    }

    /** Text for a LIKE, in which the signs of a pattern are only themselves. */
    public function like(string $text): string
    {
        return '%' . $this->wpdb->esc_like($text) . '%';
    }

    /**
     * Does all of it or nothing. Where another transaction is in the way, it is done once more: the work must be nothing but
     * queries.
     *
     * @template T
     * @param callable(): T $work
     * @return T
     */
    public function transaction(callable $work)
    {
        for ($again = self::MAX_ATTEMPTS; $this->depth === 0 && $again > 0; $again--) {
            try {
                return $this->once($work);
            } catch (Unavailable $error) {
                // MySQL's words for two transactions that wait for each other, and SQLite's for one that waits too long.
                if (!preg_match('/deadlock|lock wait timeout|database is locked/i', $error->getMessage())) {
                    throw $error;
                }
            }
        }
        return $this->once($work);
    }

    /**
     * @template T
     * @param callable(): T $work
     * @return T
     */
    private function once(callable $work)
    {
        if ($this->depth++ === 0) {
            $this->change('START TRANSACTION');
        }
        try {
            $result = $work();
            if ($this->depth === 1) {
                $this->change('COMMIT');
            }
            return $result;
        } catch (\Throwable $error) {
            if ($this->depth === 1) {
                $this->quietly(function () {
                    return $this->wpdb->query('ROLLBACK');
                });
            }
            throw $error;
        } finally {
            $this->depth--;
        }
    }

    /** @param array<int, string|int> $values */
    private function prepared(string $query, array $values): string
    {
        $query = preg_replace_callback('/\{(\w+)\}/', function (array $found): string {
            return $this->table($found[1]);
        }, $query);
        return $values === [] ? $query : $this->wpdb->prepare($query, $values);
    }

    /**
     * Keeps wpdb from printing errors into an answer, which a site with WP_DEBUG_DISPLAY would do.
     *
     * @return mixed
     */
    private function quietly(callable $query)
    {
        $before = $this->wpdb->suppress_errors(true);
        try {
            $this->wpdb->last_error = '';
            return $query();
        } finally {
            $this->wpdb->suppress_errors($before);
        }
    }

    /** @return never */
    private function fail(): void
    {
        // SQLite's words come as a page of HTML.
        $words = trim(preg_replace('/\s+/', ' ', html_entity_decode(wp_strip_all_tags($this->wpdb->last_error))) ?? '');
        Log::write('the database failed: ' . $words);
        throw new Unavailable($words);
    }
}
