-- The recording of a forgotten caller may come back without its caller: the text beside it is gone, a database is away.
CREATE TABLE forgotten_sound (
    trace TEXT NOT NULL PRIMARY KEY                     -- SHA-256 of the sound's SHA-256
) STRICT, WITHOUT ROWID;
