-- Secrets that all proxies of one database share, each made once.

CREATE TABLE secrets (
    -- What it is for.
    name TEXT NOT NULL PRIMARY KEY,
    -- 256 bits in hexadecimal.
    secret TEXT NOT NULL
);
