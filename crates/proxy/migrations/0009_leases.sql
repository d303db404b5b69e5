-- What replies under way take of the counters of how many there may be at a time. A lease is renewed while its reply goes on, and
-- ends by itself where the proxy that wrote the reply is gone.

CREATE TABLE leases (
    -- The reply's id. Of one that nobody keeps there is no other row.
    reply TEXT NOT NULL,
    counter TEXT NOT NULL,
    subject TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (reply, counter)
);
CREATE INDEX leases_by_end ON leases (expires_at);
