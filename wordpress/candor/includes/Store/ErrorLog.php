<?php

namespace Candor\Store;

use Candor\Wire\Problem;

/** The owner's log of what went wrong for all visitors, bounded in number and age. Problems come redacted. */
final class ErrorLog
{
    /** The most errors that are kept; the oldest go first. */
    public const MAX_ERRORS = 10000;

    /** The most that are grouped at a time. */
    private const MAX_SHOWN = 2000;

    /** The most references that one entry names. */
    private const MAX_REFERENCES = 20;

    /** @var Database */
    private $database;

    public function __construct(Database $database)
    {
        $this->database = $database;
    }

    public function keep(Problem $problem): void
    {
        $this->database->insert('errors', [
            'reference' => $problem->reference(), 'time' => $problem->time(), 'problem' => $problem->json(),
        ]);
    }

    /**
     * Errors of one cause in the same words together, the latest first; with a reference, the group of the error that has it.
     *
     * @return array<int, array<string, mixed>> As the wire has them.
     */
    public function grouped(int $since, ?string $reference = null): array
    {
        $rows = $this->database->rows(
            'SELECT problem FROM {errors} WHERE time >= %d ORDER BY time DESC, reference LIMIT %d',
            [$since, self::MAX_SHOWN]
        );
        $groups = [];
        $wanted = null;
        foreach ($rows as $row) {
            $problem = Problem::read($row['problem']);
            if ($problem === null) {
                continue;
            }
            $like = $problem->likeness();
            $group = $groups[$like] ?? [
                'latest' => $problem->fields(), 'count' => 0, 'first' => $problem->time(), 'last' => $problem->time(),
                'references' => [],
            ];
            $group['count']++;
            $group['first'] = min($group['first'], $problem->time());
            if (count($group['references']) < self::MAX_REFERENCES) {
                $group['references'][] = $problem->reference();
            }
            $groups[$like] = $group;
            if ($reference !== null && strcasecmp($reference, $problem->reference()) === 0) {
                $wanted = [$like, $problem];
            }
        }
        if ($reference === null) {
            return array_values($groups);
        }
        return $wanted === null ? [] : [array_merge($groups[$wanted[0]], ['latest' => $wanted[1]->fields()])];
    }

    public function count(int $since): int
    {
        return $this->database->number('SELECT COUNT(*) FROM {errors} WHERE time >= %d', [$since]);
    }
}
