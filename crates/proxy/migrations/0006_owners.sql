-- Owners beside the one of the settings, each by a token of their own.
CREATE TABLE owners (
    name TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 in hexadecimal; the token itself is with the owner alone.
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- What owners did, for them to read.
CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    time BIGINT NOT NULL,
    action TEXT NOT NULL,
    -- An owner's name; nothing where it was a visitor, or the proxy itself.
    owner TEXT,
    -- From where it was done, if that is known: an IPv4 address, or an IPv6 network.
    address TEXT,
    -- What exactly, in words.
    detail TEXT
);
CREATE INDEX audit_log_by_time ON audit_log (time);
CREATE INDEX audit_log_by_action ON audit_log (action, time);

-- A hash of each setting that was set when a proxy was started last, with a salt of its own, to tell which have changed since.
CREATE TABLE started_settings (
    name TEXT NOT NULL PRIMARY KEY,
    salt TEXT NOT NULL,
    hash TEXT NOT NULL
);
