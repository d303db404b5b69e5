-- One schema for SQLite and PostgreSQL. Times are milliseconds since 1970-01-01 UTC.

CREATE TABLE visitors (
    id TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    -- The day of the last request, by which visitors who left nothing behind are let go.
    seen_at BIGINT NOT NULL
);
CREATE INDEX visitors_by_seen ON visitors (seen_at);

CREATE TABLE tokens (
    -- SHA-256 in hexadecimal; the token itself is with the visitor alone.
    hash TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    -- The hash of an older token, which ends once this one is used: its visitor then has this one.
    replaces TEXT
);
CREATE INDEX tokens_by_visitor ON tokens (visitor_id);
CREATE INDEX tokens_by_replaced ON tokens (replaces);

CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    idempotency_key TEXT,
    title TEXT NOT NULL,
    -- The title in lower case, for the search.
    folded TEXT NOT NULL,
    preview TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Orders the list: grows with everything that happens, even within a millisecond.
    position BIGINT NOT NULL,
    -- 1 where a reply came to its end that nobody followed.
    unread BIGINT NOT NULL
);
CREATE INDEX conversations_by_visitor ON conversations (visitor_id, position);
CREATE INDEX conversations_by_update ON conversations (updated_at);
CREATE UNIQUE INDEX conversations_by_key ON conversations (visitor_id, idempotency_key);

CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    -- Its place in the conversation: a visitor's message, then the reply to it.
    number BIGINT NOT NULL,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    -- The content in lower case, for the search; empty while a reply is being written.
    folded TEXT NOT NULL,
    status TEXT NOT NULL,
    -- Why a reply failed: the problem as JSON.
    error TEXT,
    created_at BIGINT NOT NULL,
    idempotency_key TEXT,
    -- Until when the proxy that writes this reply has said to be alive.
    alive_until BIGINT
);
CREATE UNIQUE INDEX messages_by_number ON messages (conversation_id, number);
CREATE UNIQUE INDEX messages_by_key ON messages (conversation_id, idempotency_key);
-- One reply at a time, whoever asks.
CREATE UNIQUE INDEX messages_under_way ON messages (conversation_id) WHERE status = 'streaming';

CREATE TABLE errors (
    reference TEXT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    -- As JSON, redacted.
    problem TEXT NOT NULL
);
CREATE INDEX errors_by_time ON errors (time);
