-- How much of each limit is used up, for whom, and since when.

CREATE TABLE counters (
    -- The limit's name, such as answers_visitor_minute.
    counter TEXT NOT NULL,
    -- A visitor's id, what an address is called, or nothing for the whole site.
    subject TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    used BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (counter, subject, window_start)
);
CREATE INDEX counters_by_end ON counters (expires_at);

-- By which addresses are called something for a day, or a month. Once a key is deleted nobody can tell any more who was called what.
CREATE TABLE address_keys (
    expires_at BIGINT NOT NULL,
    window_start BIGINT NOT NULL,
    -- 256 bits in hexadecimal.
    secret TEXT NOT NULL,
    PRIMARY KEY (expires_at, window_start)
);
