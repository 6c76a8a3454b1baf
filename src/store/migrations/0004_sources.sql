-- What telephone systems tell. Identity is found by comparing what is known of two recordings, not by one index:
-- the same sound under another id can be a copy, and another sound under the same id another format.
DROP INDEX call_identity;
CREATE INDEX call_audio ON call (audio_sha256) WHERE audio_sha256 IS NOT NULL;
CREATE INDEX call_message ON call (message_id) WHERE message_id <> '';
ALTER TABLE call ADD COLUMN time_told   INTEGER NOT NULL DEFAULT 0 CHECK (time_told IN (0, 1));  -- received_ms was told
CREATE INDEX call_told ON call (received_ms) WHERE time_told = 1;
ALTER TABLE call ADD COLUMN mailbox     TEXT    NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN attestation TEXT    NOT NULL DEFAULT '' CHECK (attestation IN ('', 'A', 'B', 'C'));
ALTER TABLE call ADD COLUMN told_text   TEXT    NOT NULL DEFAULT '';  -- the telephone system's own transcript
ALTER TABLE call ADD COLUMN ending      TEXT    NOT NULL DEFAULT '';  -- of a file of its sound: 'wav', 'gsm'
-- Until now the caller's number stood here where there was no id.
UPDATE call SET message_id = '' WHERE message_id = caller_number;
-- Files that belong to a message and are not the recording that was read.
ALTER TABLE seen ADD COLUMN beside INTEGER NOT NULL DEFAULT 0 CHECK (beside IN (0, 1));

-- What is left of callers who were forgotten: a count, and what keeps the same recordings from being taken in again.
CREATE TABLE forgotten (
    trace        TEXT    NOT NULL,                      -- SHA-256 of the sound's SHA-256 and the caller, or of the path
    forgotten_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX forgotten_trace ON forgotten (trace);
-- The recording of a forgotten caller may come back without its caller: the text beside it is gone, a database is away.
CREATE TABLE forgotten_sound (
    trace TEXT NOT NULL PRIMARY KEY                     -- SHA-256 of the sound's SHA-256
) STRICT, WITHOUT ROWID;
DROP TRIGGER event_is_never_deleted;
CREATE TRIGGER event_stays_with_its_call BEFORE DELETE ON event
WHEN EXISTS (SELECT 1 FROM call WHERE id = old.call_id)
BEGIN SELECT RAISE(ABORT, 'the events of a call stay with it'); END;
