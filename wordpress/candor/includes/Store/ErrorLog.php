<?php

namespace Candor\Store;

use Candor\Wire\Problem;

/**
 * The owner's log of what went wrong for all visitors, counted by cause and words, bounded in number and age: however many there
 * are of one kind, they push no other out. Problems come redacted.
 */
final class ErrorLog
{
    /** The most errors that can be found by their reference; the oldest go first. */
    private const MAX_ERRORS = 10000;

    /** The most of them of one kind: what somebody breaks on purpose is in nobody else's way. */
    private const MAX_ERRORS_OF_KIND = 100;

    /** The most kinds of one cause. Only words differ among them, which a visitor may have a part in. */
    private const MAX_KINDS_OF_CAUSE = 50;

    /** The most kinds that are listed. */
    private const MAX_LISTED = 2000;

    /** The most references that one entry names. */
    private const MAX_REFERENCES = 20;

    /** The most characters of the references that an entry keeps beside a new one. */
    private const OTHER_REFERENCES_CHARS = 300;

    /** How many of a version before this one are counted at a time. */
    private const BATCH_SIZE = 500;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    public function keep(Problem $problem): void
    {
        $this->database->transaction(function () use ($problem): void {
            $isNew = $this->database->insert('errors', [
                'reference' => $problem->reference(), 'time' => $problem->time(), 'problem' => $problem->json(),
                'kind' => self::kind($problem),
            ]);
            if ($isNew) {
                $this->countOne($problem);
            }
        });
    }

    /**
     * The kinds of errors that have happened since a time, the latest first; with a reference, the error that has it, and how many
     * there were of its kind.
     *
     * @return array<int, array<string, mixed>> As the wire has them.
     */
    public function grouped(int $since, ?string $reference = null): array
    {
        if ($reference !== null) {
            return $this->ofReference($since, strtoupper($reference));
        }
        $rows = $this->database->rows(
            'SELECT * FROM {error_groups} WHERE last_at >= %d ORDER BY last_at DESC, kind LIMIT %d',
            [$since, self::MAX_LISTED]
        );
        return array_values(array_filter(array_map([self::class, 'group'], $rows)));
    }

    public function count(int $since): int
    {
        return $this->database->number('SELECT COUNT(*) FROM {errors} WHERE time >= %d', [$since]);
    }

    /** Counts the errors that a version before this one has kept. */
    public function countUncounted(): void
    {
        do {
            $rows = $this->database->rows(
                'SELECT reference, problem FROM {errors} WHERE kind IS NULL ORDER BY time, reference LIMIT %d',
                [self::BATCH_SIZE]
            );
            foreach ($rows as $row) {
                $this->database->transaction(function () use ($row): void {
                    // One that nobody can read is of no kind, and goes with its age.
                    $problem = Problem::read($row['problem']);
                    $kind = $problem === null ? '' : self::kind($problem);
                    $isFirst = $this->database->change(
                        'UPDATE {errors} SET kind = %s WHERE reference = %s AND kind IS NULL',
                        [$kind, (string) $row['reference']]
                    ) > 0;
                    if ($isFirst && $problem !== null) {
                        $this->countOne($problem);
                    }
                });
            }
        } while (count($rows) === self::BATCH_SIZE);
    }

    /** Deletes errors from before a time, in milliseconds, and those of which there are too many. */
    public function purge(int $before): void
    {
        $this->database->change('DELETE FROM {errors} WHERE time < %d', [$before]);
        $surplus = $this->database->row('SELECT time FROM {errors} ORDER BY time DESC LIMIT 1 OFFSET %d', [self::MAX_ERRORS - 1]);
        if ($surplus !== null) {
            $this->database->change('DELETE FROM {errors} WHERE time < %d', [(int) $surplus['time']]);
        }
        $this->database->change('DELETE FROM {error_groups} WHERE last_at < %d', [$before]);
        $frequent = $this->database->rows('SELECT kind FROM {error_groups} WHERE times > %d', [self::MAX_ERRORS_OF_KIND]);
        foreach (array_column($frequent, 'kind') as $kind) {
            $surplus = $this->database->row(
                'SELECT time FROM {errors} WHERE kind = %s ORDER BY time DESC LIMIT 1 OFFSET %d',
                [(string) $kind, self::MAX_ERRORS_OF_KIND - 1]
            );
            if ($surplus !== null) {
                $this->database->change('DELETE FROM {errors} WHERE kind = %s AND time < %d', [(string) $kind, (int) $surplus['time']]);
            }
        }
    }

    /** One more of its kind. */
    private function countOne(Problem $problem): void
    {
        $kind = self::kind($problem);
        $latest = ['last_at' => $problem->time(), 'latest' => $problem->json(), 'latest_references' => $problem->reference()];
        $count = function () use ($kind, $latest): bool {
            return $this->database->change(
                "UPDATE {error_groups} SET times = times + 1, last_at = %d, latest = %s,
                 latest_references = CONCAT(%s, ' ', SUBSTRING(latest_references, 1, %d)) WHERE kind = %s",
                array_merge(array_values($latest), [self::OTHER_REFERENCES_CHARS, $kind])
            ) > 0;
        };
        if ($count()) {
            return;
        }
        $isNew = $this->database->insert('error_groups', [
            'kind' => $kind, 'cause' => $problem->cause(), 'times' => 1, 'first_at' => $problem->time(),
        ] + $latest);
        $isNew ? $this->trim($problem->cause()) : $count();
    }

    /** Of the kinds of a cause those that were longest ago go where there are too many. */
    private function trim(string $cause): void
    {
        $surplus = $this->database->rows(
            'SELECT kind FROM {error_groups} WHERE cause = %s ORDER BY last_at DESC, kind LIMIT %d OFFSET %d',
            [$cause, self::MAX_LISTED, self::MAX_KINDS_OF_CAUSE]
        );
        foreach (array_column($surplus, 'kind') as $kind) {
            $this->database->change('DELETE FROM {error_groups} WHERE kind = %s', [(string) $kind]);
        }
    }

    /** @return array<int, array<string, mixed>> */
    private function ofReference(int $since, string $reference): array
    {
        $row = $this->database->row(
            'SELECT problem, kind FROM {errors} WHERE reference = %s AND time >= %d',
            [$reference, $since]
        );
        $problem = $row === null ? null : Problem::read($row['problem']);
        if ($problem === null) {
            return [];
        }
        $group = $this->database->row('SELECT * FROM {error_groups} WHERE kind = %s', [(string) $row['kind']]);
        $group = $group === null ? null : self::group($group);
        return $group === null ? [] : [['latest' => $problem->fields()] + $group];
    }

    /** What errors of one cause in the same words have in common. */
    private static function kind(Problem $problem): string
    {
        return hash('sha256', $problem->likeness());
    }

    /**
     * @param array<string, string|null> $row
     * @return array<string, mixed>|null As the wire has it; null where it is of another version's form.
     */
    private static function group(array $row): ?array
    {
        $latest = Problem::read($row['latest']);
        return $latest === null ? null : [
            'latest' => $latest->fields(),
            'count' => (int) $row['times'],
            'first' => (int) $row['first_at'],
            'last' => (int) $row['last_at'],
            'references' => array_slice(explode(' ', (string) $row['latest_references']), 0, self::MAX_REFERENCES),
        ];
    }
}
