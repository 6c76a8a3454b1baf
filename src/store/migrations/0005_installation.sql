-- Tells this installation from every other, for ever: a part of each letter's Message-ID. One row.
CREATE TABLE installation (id TEXT NOT NULL) STRICT;
INSERT INTO installation VALUES (lower(hex(randomblob(6))));
