-- What a visitor thinks of an answer. It goes with the message.

ALTER TABLE messages ADD COLUMN rating TEXT;
ALTER TABLE messages ADD COLUMN comment TEXT;
ALTER TABLE messages ADD COLUMN rated_at BIGINT;
-- What answered when it was rated.
ALTER TABLE messages ADD COLUMN rated_model TEXT;
CREATE INDEX messages_by_rating ON messages (rated_at) WHERE rated_at IS NOT NULL;
