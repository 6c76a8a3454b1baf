-- Calls, what was heard and judged of them, what the owner said instead, and the files they came in.
-- Append only: a change is a new file, never an edit of this one.
-- Times (`*_ms`) are UTC unix milliseconds. An empty text means "not known". Text from outside is stored as it came.

CREATE TABLE call (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,    -- what the owner types; never used twice
    audio_sha256  TEXT,                                 -- of the recording, lower-case hex; NULL: never readable
    message_id    TEXT    NOT NULL DEFAULT '',          -- the telephone system's own id of the message
    path          BLOB    NOT NULL,                     -- where it was last seen: bytes, not always UTF-8
    caller_number TEXT    NOT NULL DEFAULT '',          -- E.164
    caller_raw    TEXT    NOT NULL DEFAULT '',          -- shown in the number's place: 'anonymous', '201'
    caller_name   TEXT    NOT NULL DEFAULT '',          -- the name shown
    caller_folded TEXT    NOT NULL DEFAULT '',          -- that name in lower case, for searching
    received_ms   INTEGER NOT NULL,                     -- when the message was left
    found_ms      INTEGER NOT NULL,                     -- when it was first seen
    state         TEXT    NOT NULL DEFAULT 'found'
                  CHECK (state IN ('found', 'heard', 'filed', 'deferred', 'held')),
    attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),  -- how often work on it began
    next_try_ms   INTEGER,                              -- when a deferred call is due again, else NULL
    problem       TEXT    NOT NULL DEFAULT '',          -- what went wrong, for a deferred or held call
    CHECK ((state = 'deferred') = (next_try_ms IS NOT NULL))
) STRICT;

-- Identity: the sound and the telephone system's id; of a file that was never readable, its path.
CREATE UNIQUE INDEX call_identity ON call (audio_sha256, message_id) WHERE audio_sha256 IS NOT NULL;
CREATE UNIQUE INDEX call_unreadable ON call (path) WHERE audio_sha256 IS NULL;
-- The queue, in the order it is worked off.
CREATE INDEX call_waiting ON call (received_ms, id) WHERE state IN ('found', 'heard', 'deferred');
-- When the next deferred call is due.
CREATE INDEX call_deferred ON call (next_try_ms) WHERE state = 'deferred';
-- The owner's list, held ones first, and one caller's past.
CREATE INDEX call_listed ON call (state = 'held', received_ms, id);
CREATE INDEX call_number ON call (caller_number, received_ms, id) WHERE caller_number <> '';

-- Files already read, so that they need not be read again. Never identity.
CREATE TABLE seen (
    path        BLOB    NOT NULL PRIMARY KEY,
    device      INTEGER NOT NULL,                       -- these three are unsigned 64-bit numbers,
    inode       INTEGER NOT NULL,                       -- kept in the signed column
    size        INTEGER NOT NULL,                       -- bit for bit
    modified_ns INTEGER NOT NULL,                       -- last change of content, nanoseconds since 1970
    changed_ns  INTEGER NOT NULL,                       -- last change of content, name or permissions
    call_id     INTEGER NOT NULL REFERENCES call (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_call ON seen (call_id);

-- What was heard; the latest hearing of a call counts.
CREATE TABLE hearing (
    call_id  INTEGER PRIMARY KEY REFERENCES call (id) ON DELETE CASCADE,
    text     TEXT    NOT NULL DEFAULT '',               -- the words as one text
    words    TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(words)),  -- JSON: text, passage_ms, confidence
    language TEXT    NOT NULL DEFAULT '',               -- ISO 639-1
    model    TEXT    NOT NULL DEFAULT '',               -- file name of the model
    audio_ms INTEGER NOT NULL,                          -- length of the recording
    took_ms  INTEGER NOT NULL,                          -- how long hearing it took
    format   TEXT    NOT NULL DEFAULT '',               -- how it was stored, for people
    notes    TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(notes)),  -- JSON: what could be mended
    heard_ms INTEGER NOT NULL
) STRICT;

-- What the judge said.
CREATE TABLE verdict (
    call_id  INTEGER PRIMARY KEY REFERENCES call (id) ON DELETE CASCADE,
    label    TEXT    NOT NULL CHECK (label IN ('lead', 'review', 'spam', 'empty')),
    score    REAL    NOT NULL,                          -- 0 surely worth a call, 1 surely a pitch
    reasons  TEXT    NOT NULL DEFAULT '[]' CHECK (json_valid(reasons)),  -- JSON: rule, weight, why, quote
    filed_ms INTEGER NOT NULL
) STRICT;

-- What a message names, in the order the judge gave.
CREATE TABLE mention (
    call_id  INTEGER NOT NULL REFERENCES call (id) ON DELETE CASCADE,
    kind     TEXT    NOT NULL CHECK (kind IN ('number', 'name', 'company', 'url')),
    position INTEGER NOT NULL,
    value    TEXT    NOT NULL,
    folded   TEXT    NOT NULL,                          -- the value in lower case, for searching
    PRIMARY KEY (call_id, kind, position)
) STRICT, WITHOUT ROWID;

-- What the owner said instead; undone ones stay as history.
CREATE TABLE mark (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id   INTEGER NOT NULL REFERENCES call (id),
    label     TEXT    NOT NULL CHECK (label IN ('lead', 'review', 'spam')),
    marked_ms INTEGER NOT NULL,
    undone_ms INTEGER                                   -- NULL while it counts
) STRICT;
CREATE UNIQUE INDEX mark_counts ON mark (call_id) WHERE undone_ms IS NULL;
CREATE INDEX mark_call ON mark (call_id);

-- Every step of every call. No foreign key: the history of a call that was merged into another stays.
CREATE TABLE event (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    call_id INTEGER NOT NULL,
    at_ms   INTEGER NOT NULL,
    step    TEXT    NOT NULL,
    detail  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX event_call ON event (call_id, id);
CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
