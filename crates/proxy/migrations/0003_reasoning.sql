-- What a model thought before its answer, for models that want it back with the conversation. It is shown to nobody.

ALTER TABLE messages ADD COLUMN reasoning TEXT;
