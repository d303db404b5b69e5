-- The oldest version of these tables whose proxy can still work with them as they are now. A migration that an older proxy cannot live
-- with raises it; one that only adds does not, and so an older proxy that starts again in the middle of an upgrade goes on.

CREATE TABLE schema_readers (oldest BIGINT NOT NULL);
INSERT INTO schema_readers (oldest) VALUES (11);
