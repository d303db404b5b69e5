-- Other devices of a visitor, and replies that another proxy writes.

CREATE TABLE link_codes (
    -- SHA-256 in hexadecimal, like that of a token.
    hash TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX link_codes_by_visitor ON link_codes (visitor_id);
CREATE INDEX link_codes_by_end ON link_codes (expires_at);

-- 1 where the visitor asked another proxy than the one that writes the reply to stop it.
ALTER TABLE messages ADD COLUMN stop_asked BIGINT NOT NULL DEFAULT 0;
