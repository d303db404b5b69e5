-- The index of the search, in SQLite alone: PostgreSQL has one of its own kind (src/store/search.rs). Triggers keep it, so that
-- a version that does not know it keeps it too.
--
-- By trigrams any three signs in a row are found, of every script. Without their places (detail=none) and without the text
-- (content='') it is small, and nothing can be read from it; what it finds is looked at again.

CREATE VIRTUAL TABLE message_search
    USING fts5(folded, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE title_search
    USING fts5(folded, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');

-- What a row is called in the index: VACUUM may change rowids.
ALTER TABLE messages ADD COLUMN search_id INTEGER;
ALTER TABLE conversations ADD COLUMN search_id INTEGER;
UPDATE messages SET search_id = rowid WHERE folded <> '';
UPDATE conversations SET search_id = rowid WHERE folded <> '';
CREATE UNIQUE INDEX messages_by_search ON messages (search_id);
CREATE UNIQUE INDEX conversations_by_search ON conversations (search_id);
INSERT INTO message_search (rowid, folded) SELECT search_id, folded FROM messages WHERE search_id IS NOT NULL;
INSERT INTO title_search (rowid, folded) SELECT search_id, folded FROM conversations WHERE search_id IS NOT NULL;

CREATE TRIGGER message_search_insert AFTER INSERT ON messages WHEN new.folded <> '' BEGIN
    UPDATE messages SET search_id = (SELECT COALESCE(MAX(search_id), 0) + 1 FROM messages) WHERE id = new.id;
    INSERT INTO message_search (rowid, folded) SELECT search_id, folded FROM messages WHERE id = new.id;
END;
CREATE TRIGGER message_search_update AFTER UPDATE OF folded ON messages WHEN new.folded <> old.folded BEGIN
    UPDATE messages SET search_id = (SELECT COALESCE(MAX(search_id), 0) + 1 FROM messages)
        WHERE id = new.id AND search_id IS NULL;
    INSERT OR REPLACE INTO message_search (rowid, folded) SELECT search_id, folded FROM messages WHERE id = new.id;
END;
CREATE TRIGGER message_search_delete AFTER DELETE ON messages WHEN old.search_id IS NOT NULL BEGIN
    DELETE FROM message_search WHERE rowid = old.search_id;
END;

CREATE TRIGGER title_search_insert AFTER INSERT ON conversations WHEN new.folded <> '' BEGIN
    UPDATE conversations SET search_id = (SELECT COALESCE(MAX(search_id), 0) + 1 FROM conversations) WHERE id = new.id;
    INSERT INTO title_search (rowid, folded) SELECT search_id, folded FROM conversations WHERE id = new.id;
END;
CREATE TRIGGER title_search_update AFTER UPDATE OF folded ON conversations WHEN new.folded <> old.folded BEGIN
    UPDATE conversations SET search_id = (SELECT COALESCE(MAX(search_id), 0) + 1 FROM conversations)
        WHERE id = new.id AND search_id IS NULL;
    INSERT OR REPLACE INTO title_search (rowid, folded) SELECT search_id, folded FROM conversations WHERE id = new.id;
END;
CREATE TRIGGER title_search_delete AFTER DELETE ON conversations WHEN old.search_id IS NOT NULL BEGIN
    DELETE FROM title_search WHERE rowid = old.search_id;
END;
