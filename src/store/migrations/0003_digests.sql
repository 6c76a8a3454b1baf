-- Letters to the owner. One is planned before it is sent, so that a letter which may have gone out is sent again under
-- its own number, never under another.
CREATE TABLE digest (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,       -- stands in the letter's Message-ID
    upto_event INTEGER NOT NULL,                        -- the last step of any call that it tells of
    planned_ms INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),  -- how often sending it failed
    problem    TEXT    NOT NULL DEFAULT '',             -- why the last try failed
    sent_ms    INTEGER                                  -- NULL until a mail server has taken it
) STRICT;
-- One at a time.
CREATE UNIQUE INDEX digest_unsent ON digest ((sent_ms IS NULL)) WHERE sent_ms IS NULL;
