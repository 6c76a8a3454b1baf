-- Where in the words each mention stands, in characters; NULL for calls filed before this was kept.
ALTER TABLE mention ADD COLUMN start_char INTEGER CHECK (start_char >= 0);
ALTER TABLE mention ADD COLUMN end_char   INTEGER CHECK (end_char >= start_char);
