<?php

namespace Candor\Wire;

/** The queries `limit` and `before` of the lists that come in pages. */
final class Paging
{
    /** How many entries a page has: as many as asked for, from 1 to the most, or as many as usual. */
    public static function limit(Request $request, int $usual, int $most): int
    {
        $value = $request->query('limit');
        $limit = $value === null ? $usual : self::number($value, '/^\d{1,3}$/D');
        if ($limit === null || $limit < 1 || $limit > $most) {
            throw ApiProblem::invalid("The query limit must be a number from 1 to $most.");
        }
        return $limit;
    }

    /** The place that another page gave as `next`; null for the first page. */
    public static function before(Request $request): ?int
    {
        $value = $request->query('before');
        if ($value === null) {
            return null;
        }
        $before = self::number($value, '/^\d{1,18}$/D');
        if ($before === null) {
            throw ApiProblem::invalid('The query before must be what a page gave as next.');
        }
        return $before;
    }

    private static function number(string $value, string $form): ?int
    {
        return preg_match($form, $value) ? (int) $value : null;
    }
}
