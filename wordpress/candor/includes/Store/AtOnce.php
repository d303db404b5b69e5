<?php

namespace Candor\Store;

use Candor\Clock;
use Candor\Wire\ApiProblem;

/** How many replies may be under way at a time: for a visitor, for an address, and for everybody. */
final class AtOnce
{
    /** When it is worth trying again, in seconds: about as long as an answer takes. */
    public const AGAIN_SECONDS = 10;

    /** How the rows begin that count replies of which nothing is kept. */
    private const UNKEPT = 'unkept';

    /** How long such a row counts where nobody says that the reply goes on, in seconds. */
    private const LEASE_SECONDS = 15;

    /** @var Database */
    private $database;

    /** @var array<string, string> Whom it is counted for, by the kind. */
    private $subjects;

    /** @var array<string, int|null> The figures, by the kind; null: none. */
    private $most;

    /** @param array<string, int|null> $most */
    public function __construct(Database $database, string $visitor, string $address, array $most)
    {
        $this->database = $database;
        $this->subjects = ['visitor' => $visitor, 'address' => $address, 'site' => ''];
        $this->most = $most;
    }

    /** What the address is called, to be kept with a reply while it is under way. */
    public function address(): string
    {
        return $this->subjects['address'];
    }

    /** Makes what `hold` holds; before the transaction. */
    public function open(): void
    {
        (new Counters($this->database))->open(array_fill_keys($this->names(), time() + DAY_IN_SECONDS));
    }

    /** Lets nobody else begin a reply that counts here until the transaction is over. Before anything is read in it. */
    public function hold(): void
    {
        (new Counters($this->database))->hold($this->names());
    }

    /**
     * Whether one more may begin.
     *
     * @param string $conversation In which it would be.
     * @throws ApiProblem Where it may not.
     */
    public function check(string $conversation): void
    {
        $others = $this->ofVisitor($conversation);
        $this->decide([
            'visitor' => $others,
            'address' => $this->underWay(' AND address = %s', [$this->address()]),
            'site' => $this->underWay('', []),
        ]);
    }

    /**
     * Begins a reply of which nothing is kept, so that a row of its own counts it: until it ends, or nobody says any more that
     * it goes on.
     *
     * @throws ApiProblem Where no more may begin.
     */
    public function beginUnkept(string $reply): void
    {
        $this->open();
        $this->database->transaction(function () use ($reply): void {
            $this->hold();
            $ofVisitor = self::UNKEPT . ' ' . $this->subjects['visitor'] . ' %';
            $this->decide([
                'visitor' => $this->unkept($ofVisitor),
                'address' => $this->unkept(self::UNKEPT . ' % ' . $this->address() . ' %'),
                'site' => $this->unkept(self::UNKEPT . ' %'),
            ]);
            $until = time() + self::LEASE_SECONDS;
            $this->database->insert('counters', ['name' => $this->row($reply), 'amount' => 1, 'expires_at' => $until]);
        });
    }

    /** Says that such a reply goes on. */
    public function renewUnkept(string $reply): void
    {
        $this->database->change(
            'UPDATE {counters} SET expires_at = %d WHERE name = %s',
            [time() + self::LEASE_SECONDS, $this->row($reply)]
        );
    }

    public function endUnkept(string $reply): void
    {
        try {
            $this->database->change('DELETE FROM {counters} WHERE name = %s', [$this->row($reply)]);
        } catch (Unavailable $error) {
            // It ends by itself.
            return;
        }
    }

    /** @param array<string, int> $counts How many are under way, by whom they are counted for. */
    private function decide(array $counts): void
    {
        foreach ($counts as $whom => $count) {
            if ($this->most[$whom] !== null && $count >= $this->most[$whom]) {
                $detail = $whom === 'visitor' ? 'Your message is kept. Wait for an answer that is under way, then send again.' : null;
                throw new ApiProblem('too_many_at_once', 429, $detail, self::AGAIN_SECONDS);
            }
        }
    }

    private function unkept(string $pattern): int
    {
        return $this->database->number(
            'SELECT COUNT(*) FROM {counters} WHERE name LIKE %s AND expires_at > %d',
            [$pattern, time()]
        );
    }

    private function row(string $reply): string
    {
        return implode(' ', [self::UNKEPT, $this->subjects['visitor'], $this->address(), $reply]);
    }

    /** How many the visitor has in other conversations. */
    private function ofVisitor(string $conversation): int
    {
        $rows = $this->database->rows(
            'SELECT m.id, m.conversation_id, m.content, m.alive_until FROM {messages} m JOIN {conversations} c ON c.id = m.conversation_id'
            . ' WHERE c.visitor_id = %s AND m.under_way = 1',
            [$this->subjects['visitor']]
        );
        $others = 0;
        foreach ($rows as $row) {
            if (Replies::endIfAbandoned($this->database, $row)) {
                // Its process is gone, and nobody has asked for it since.
                continue;
            }
            if ($row['conversation_id'] === $conversation) {
                throw new ApiProblem('conflict', 409);
            }
            $others++;
        }
        return $others;
    }

    /** @param array<int, string|int> $values */
    private function underWay(string $condition, array $values): int
    {
        return $this->database->number(
            "SELECT COUNT(*) FROM {messages} WHERE under_way = 1 AND alive_until >= %d$condition",
            array_merge([Clock::now()], $values)
        );
    }

    /** @return string[] The narrowest circle first, as everywhere. */
    private function names(): array
    {
        $names = [];
        foreach ($this->subjects as $whom => $subject) {
            if ($this->most[$whom] !== null) {
                $names[] = trim("answers_{$whom}_at_once $subject");
            }
        }
        return $names;
    }
}
