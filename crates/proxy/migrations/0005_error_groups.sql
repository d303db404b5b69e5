-- Errors of one cause in the same words, counted: however many there are of one kind, they push no other out of the owner's list.

CREATE TABLE error_groups (
    -- A hash of the cause and the words.
    kind TEXT NOT NULL PRIMARY KEY,
    cause TEXT NOT NULL,
    times BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    -- The latest problem, as JSON.
    latest TEXT NOT NULL,
    -- Of the latest ones, apart by blanks.
    latest_references TEXT NOT NULL
);
CREATE INDEX error_groups_by_time ON error_groups (last_at);
CREATE INDEX error_groups_by_cause ON error_groups (cause, last_at);

-- Nothing where a version before this one kept the error: it is counted when the next one looks.
ALTER TABLE errors ADD COLUMN kind TEXT;
CREATE INDEX errors_by_kind ON errors (kind, time);
