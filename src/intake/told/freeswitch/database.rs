//! The rows that FreeSWITCH, or FusionPBX, keeps of its voicemails in an SQLite database. Only ever reads.

use crate::intake::told::Told;
use crate::intake::told::caller::caller;
use crate::intake::told::plain::{epoch, id, mailbox, seconds, transcript};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row};
use rustix::fs::OFlags;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long another program's lock is waited for.
const PATIENCE: Duration = Duration::from_millis(250);

/// FreeSWITCH's table.
const MESSAGES: &str = "voicemail_msgs";
const MESSAGES_COLUMNS: [&str; 7] =
    ["uuid", "created_epoch", "username", "domain", "cid_name", "cid_number", "message_len"];

/// FusionPBX's table, and those that tell which mailbox a row belongs to.
const FUSION: &str = "v_voicemail_messages";
const FUSION_COLUMNS: [&str; 5] =
    ["voicemail_message_uuid", "created_epoch", "caller_id_name", "caller_id_number", "message_length"];
const FUSION_BOXES: [(&str, &[&str]); 3] = [
    (FUSION, &["voicemail_uuid"]),
    ("v_voicemails", &["voicemail_uuid", "voicemail_id", "domain_uuid"]),
    ("v_domains", &["domain_uuid", "domain_name"]),
];

/// Why a database tells nothing. Every text says which file.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    File {
        /// The database.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no database, damaged, or locked for too long.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// It is another program's database.
    #[error("{}: has neither the table voicemail_msgs nor v_voicemail_messages", path.display())]
    NoTable {
        /// The database.
        path: PathBuf,
    },
    /// The table is not as it is known.
    #[error("{}: the table {table} has no column {column}", path.display())]
    NoColumn {
        /// The database.
        path: PathBuf,
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
    },
}

impl DatabaseError {
    /// Whether somebody is writing just now, and it is worth while to ask again.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Sqlite { source, .. } if is_busy(source))
    }
}

/// FreeSWITCH's core database, or FusionPBX's. It is opened anew for every question, so that it may be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    path: PathBuf,
}

impl Database {
    /// Takes the file at `path`, after a look whether its tables are as they are known.
    ///
    /// # Errors
    /// When the file cannot be read, is no such database, or is locked for longer than a quarter of a second.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        let database = Self { path: path.to_owned() };
        database.ask(&|connection| database.tables(connection).map(|_| ()))?;
        Ok(database)
    }

    /// The row of the message `uuid`; `None` when there is none.
    ///
    /// `country` (ISO 3166) is where numbers without a country code are dialled from. What other programs have
    /// written and not yet moved from the `-wal` file is read where the `-shm` file is there too.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn row(&self, uuid: &str, country: &str) -> Result<Option<Told>, DatabaseError> {
        self.ask(&|connection| {
            let tables = self.tables(connection)?;
            let mut told = None;
            if tables.messages {
                told = self.one(connection, &messages_query(&tables), uuid, country)?;
            }
            if told.is_none() && tables.fusion {
                told = self.one(connection, &fusion_query(&tables), uuid, country)?;
            }
            Ok(told)
        })
    }

    fn one(
        &self,
        connection: &Connection,
        sql: &str,
        uuid: &str,
        country: &str,
    ) -> Result<Option<Told>, DatabaseError> {
        let told = |row: &Row<'_>| {
            Ok(Told {
                caller: caller(&text(row, 2)?, &text(row, 3)?, country),
                received: text(row, 0)?.trim().parse().ok().and_then(epoch),
                message_id: id(uuid),
                mailbox: mailbox(&text(row, 4)?, &text(row, 5)?),
                attestation: None,
                transcript: transcript(&text(row, 6)?),
                seconds: seconds(&text(row, 1)?),
            })
        };
        connection.query_row(sql, [uuid], told).optional().map_err(|source| self.sqlite(source))
    }

    /// Asks over each way to open the file until one answers; the first one's error is told.
    fn ask<T>(&self, question: &dyn Fn(&Connection) -> Result<T, DatabaseError>) -> Result<T, DatabaseError> {
        let file = |source| DatabaseError::File { path: self.path.clone(), source };
        // SQLite's other files lie beside the file itself, not beside a link to it.
        let real = fs::canonicalize(&self.path).map_err(file)?;
        let mut first = None;
        for way in ways(&real).map_err(file)? {
            let answer =
                connect(&real, way).map_err(|source| self.sqlite(source)).and_then(|it| question(&it));
            match answer {
                // Not past a lock: what its holder is writing would be read half done.
                Err(error) if first.is_none() && !error.is_passing() => first = Some(error),
                Err(error) => return Err(first.unwrap_or(error)),
                answer => return answer,
            }
        }
        Err(first.unwrap_or_else(|| DatabaseError::NoTable { path: self.path.clone() }))
    }

    fn tables(&self, connection: &Connection) -> Result<Tables, DatabaseError> {
        let has = |table, column| has_column(connection, table, column).map_err(|source| self.sqlite(source));
        let known = |table: &'static str, columns: &[&'static str]| -> Result<bool, DatabaseError> {
            if !is_table(connection, table).map_err(|source| self.sqlite(source))? {
                return Ok(false);
            }
            for column in columns {
                if !has(table, column)? {
                    return Err(DatabaseError::NoColumn { path: self.path.clone(), table, column });
                }
            }
            Ok(true)
        };
        let messages = known(MESSAGES, &MESSAGES_COLUMNS)?;
        let fusion = known(FUSION, &FUSION_COLUMNS)?;
        if !messages && !fusion {
            return Err(DatabaseError::NoTable { path: self.path.clone() });
        }
        let mut boxes = fusion;
        for (table, columns) in FUSION_BOXES {
            boxes = boxes && is_table(connection, table).map_err(|source| self.sqlite(source))?;
            for column in columns {
                boxes = boxes && has(table, column)?;
            }
        }
        let transcripts = fusion && has(FUSION, "message_transcription")?;
        let forwards = messages && has(MESSAGES, "forwarded_by")?;
        Ok(Tables { messages, forwards, fusion, boxes, transcripts })
    }

    fn sqlite(&self, source: rusqlite::Error) -> DatabaseError {
        DatabaseError::Sqlite { path: self.path.clone(), source }
    }
}

/// What there is to ask.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that may be missing, none excludes another"
)]
struct Tables {
    messages: bool,
    /// Whether it tells which messages were forwarded from another mailbox.
    forwards: bool,
    fusion: bool,
    /// Whether FusionPBX's mailboxes and domains are there too.
    boxes: bool,
    transcripts: bool,
}

/// Of a message that somebody forwarded, the row tells when that was, not when the caller left it.
fn messages_query(tables: &Tables) -> String {
    let left = if tables.forwards {
        "CASE WHEN coalesce(forwarded_by, '') = '' THEN created_epoch END"
    } else {
        "created_epoch"
    };
    format!(
        "SELECT {left}, message_len, cid_name, cid_number, username, domain, NULL \
        FROM voicemail_msgs WHERE uuid = ?1 ORDER BY created_epoch LIMIT 1"
    )
}

fn fusion_query(tables: &Tables) -> String {
    let transcript = if tables.transcripts { "m.message_transcription" } else { "NULL" };
    let (user, domain, join) = if tables.boxes {
        let join = "LEFT JOIN v_voicemails AS b ON b.voicemail_uuid = m.voicemail_uuid \
            LEFT JOIN v_domains AS d ON d.domain_uuid = b.domain_uuid";
        ("b.voicemail_id", "d.domain_name", join)
    } else {
        ("NULL", "NULL", "")
    };
    format!(
        "SELECT m.created_epoch, m.message_length, m.caller_id_name, m.caller_id_number, {user}, {domain}, {transcript} \
        FROM v_voicemail_messages AS m {join} WHERE m.voicemail_message_uuid = ?1 ORDER BY m.created_epoch LIMIT 1"
    )
}

/// The ways to open the file that leave no trace beside it, best first.
///
/// SQLite makes a `-wal` and a `-shm` file for a database in WAL mode even when it only reads. So one without them is
/// taken as it lies, and one with them is read through them, without writing.
fn ways(path: &Path) -> io::Result<&'static [&'static str]> {
    // Not waiting, should it be a named pipe.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut header = Vec::new();
    file.take(20).read_to_end(&mut header)?;
    if !matches!(header.get(18..20), Some([2, _] | [_, 2])) {
        return Ok(&["mode=ro"]);
    }
    let beside = |ending: &str| {
        let mut name = OsString::from(path);
        name.push(ending);
        fs::metadata(name).map(|metadata| metadata.len()).ok()
    };
    match (beside("-wal"), beside("-shm")) {
        (Some(1..), Some(_)) => Ok(&["mode=ro&readonly_shm=1", "mode=ro&immutable=1"]),
        _ => Ok(&["mode=ro&immutable=1"]),
    }
}

fn connect(path: &Path, way: &str) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            // Writing to a String cannot fail.
            other => drop(write!(uri, "%{other:02X}")),
        }
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(format!("{uri}?{way}"), flags)?;
    connection.busy_timeout(PATIENCE)?;
    Ok(connection)
}

/// Whether `name` is a plain table: a view or a virtual table could do anything.
fn is_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql LIKE 'CREATE TABLE%'";
    connection.query_row(sql, [name], |_| Ok(())).optional().map(|found| found.is_some())
}

/// Whether the table stores `column`; one that is computed does not count.
fn has_column(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 COLLATE NOCASE";
    connection.query_row(sql, [table, column], |_| Ok(())).optional().map(|found| found.is_some())
}

/// A value as text, however it is stored.
fn text(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => crate::intake::told::plain::text(bytes).into_owned(),
    })
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

#[cfg(test)]
mod tests {
    use super::{Database, DatabaseError};
    use crate::domain::Millis;
    use crate::intake::told::testing::mutations;
    use rusqlite::Connection;
    use std::collections::BTreeSet;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};
    use tempfile::TempDir;

    const ID: &str = "0d1c5e9a-3f5b-4c1e-9a77-5b0f4a0f9c11";

    /// The columns as FreeSWITCH makes them.
    const SCHEMA: &str = "CREATE TABLE voicemail_msgs (created_epoch INTEGER, read_epoch INTEGER, \
        username VARCHAR(255), domain VARCHAR(255), uuid VARCHAR(255), cid_name VARCHAR(255), \
        cid_number VARCHAR(255), in_folder VARCHAR(255), file_path VARCHAR(255), message_len INTEGER, \
        flags VARCHAR(255), read_flags VARCHAR(255), forwarded_by VARCHAR(255));\
        CREATE INDEX voicemail_msgs_idx3 ON voicemail_msgs (uuid);";

    fn insert(connection: &Connection, uuid: &str) {
        let sql = "INSERT INTO voicemail_msgs VALUES (1773504764, 0, '201', 'pbx.example', ?1, 'Pat Lee', \
            '5095550142', 'inbox', '/x/msg.wav', 23, '', 'B_NORMAL', NULL)";
        connection.execute(sql, [uuid]).unwrap();
    }

    fn make(name: &str) -> (TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        insert(&connection, ID);
        (folder, path, connection)
    }

    fn files(folder: &Path) -> BTreeSet<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// Whether the row is there, with nothing left beside the database.
    fn finds(path: &Path, uuid: &str) -> bool {
        let before = files(path.parent().unwrap());
        let found = Database::open(path).unwrap().row(uuid, "US").unwrap().is_some();
        assert_eq!(files(path.parent().unwrap()), before, "no file was made or deleted");
        found
    }

    #[test]
    fn a_row_tells_caller_time_length_and_mailbox() {
        let (_folder, path, _connection) = make("voicemail #1? 100%.db");
        let database = Database::open(&path).unwrap();
        let told = database.row(ID, "US").unwrap().unwrap();
        assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
        assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
        assert_eq!(told.seconds, Some(23));
        assert_eq!(told.mailbox.as_deref(), Some("201@pbx.example"));
        assert_eq!(told.message_id.as_deref(), Some(ID));
        assert_eq!(database.row("another", "US").unwrap(), None);
    }

    #[test]
    fn the_time_of_forwarding_is_not_the_time_of_the_message() {
        let (_folder, path, connection) = make("a.db");
        connection.execute("UPDATE voicemail_msgs SET forwarded_by = '202'", []).unwrap();
        let told = Database::open(&path).unwrap().row(ID, "US").unwrap().unwrap();
        assert_eq!((told.received, told.caller.to_string().as_str()), (None, "+15095550142 Pat Lee"));
    }

    #[test]
    fn fusionpbx_tells_its_transcript_and_its_mailbox_where_it_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fusionpbx.db");
        let connection = Connection::open(&path).unwrap();
        let sql = "CREATE TABLE v_voicemail_messages (domain_uuid TEXT, voicemail_message_uuid TEXT PRIMARY KEY, \
            voicemail_uuid TEXT, created_epoch NUMERIC, read_epoch NUMERIC, caller_id_name TEXT, \
            caller_id_number TEXT, message_length NUMERIC, message_status TEXT, message_base64 TEXT);\
            INSERT INTO v_voicemail_messages VALUES ('d', 'm', 'v', 1773504764, NULL, 'Pat Lee', 5095550142, 23, '', 'x');";
        connection.execute_batch(sql).unwrap();
        let database = Database::open(&path).unwrap();
        let told = database.row("m", "US").unwrap().unwrap();
        assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
        assert_eq!((told.mailbox, told.transcript, told.seconds), (None, None, Some(23)));
        let sql = "ALTER TABLE v_voicemail_messages ADD COLUMN message_transcription TEXT;\
            UPDATE v_voicemail_messages SET message_transcription = 'Please call.';\
            CREATE TABLE v_voicemails (domain_uuid TEXT, voicemail_uuid TEXT, voicemail_id TEXT);\
            INSERT INTO v_voicemails VALUES ('d', 'v', '201');\
            CREATE TABLE v_domains (domain_uuid TEXT, domain_name TEXT);\
            INSERT INTO v_domains VALUES ('d', 'pbx.example');";
        connection.execute_batch(sql).unwrap();
        let told = database.row("m", "US").unwrap().unwrap();
        assert_eq!(told.transcript.as_deref(), Some("Please call."));
        assert_eq!(told.mailbox.as_deref(), Some("201@pbx.example"));
    }

    #[test]
    fn values_of_any_kind_are_read() {
        let (_folder, path, connection) = make("a.db");
        let sql = "INSERT INTO voicemail_msgs (uuid, created_epoch, cid_name, cid_number, message_len, username) \
            VALUES ('odd', 'soon', x'4a6f73e9', 201, -5, NULL), ('null', NULL, NULL, NULL, NULL, NULL)";
        connection.execute(sql, []).unwrap();
        let database = Database::open(&path).unwrap();
        let told = database.row("odd", "US").unwrap().unwrap();
        assert_eq!(told.caller.to_string(), "201 José");
        assert_eq!((told.received, told.seconds, told.mailbox), (None, None, None));
        assert!(database.row("null", "US").unwrap().is_some());
    }

    #[test]
    fn a_database_locked_by_a_writer_is_worth_asking_again() {
        let (_folder, path, connection) = make("a.db");
        let database = Database::open(&path).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert!(database.row(ID, "US").unwrap().is_some(), "a writer that only prepares locks nobody out");
        connection.execute_batch("COMMIT; BEGIN EXCLUSIVE").unwrap();
        let error = database.row(ID, "US").unwrap_err();
        assert!(error.is_passing(), "{error}");
        assert!(error.to_string().contains("a.db: database is locked"), "{error}");
        connection.execute_batch("COMMIT").unwrap();
        assert!(database.row(ID, "US").unwrap().is_some());
    }

    #[test]
    fn a_database_in_wal_mode_is_read_beside_its_writer() {
        let (_folder, path, connection) = make("a.db");
        connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        insert(&connection, "second");
        assert!(finds(&path, "second"), "still in the -wal file");
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
        insert(&connection, "third");
        assert!(!finds(&path, "third"), "not yet committed");
        connection.execute_batch("COMMIT").unwrap();
        assert!(finds(&path, "third"));
        drop(connection);
        assert!(finds(&path, "third"), "no -wal file any more, and none is made");
    }

    #[test]
    fn a_wal_file_without_its_index_is_left_alone() {
        let (_folder, path, connection) = make("a.db");
        connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        insert(&connection, "second");
        let copy = tempfile::tempdir().unwrap();
        let copied = copy.path().join("a.db");
        fs::copy(&path, &copied).unwrap();
        fs::copy(path.with_extension("db-wal"), copied.with_extension("db-wal")).unwrap();
        assert!(finds(&copied, ID));
        assert!(!finds(&copied, "second"), "it cannot be read without writing beside it");
        fs::copy(path.with_extension("db-shm"), copied.with_extension("db-shm")).unwrap();
        assert!(finds(&copied, "second"), "with its index it can, even when nobody has it open");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_trouble() {
        let (folder, path, connection) = make("a.db");
        connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        insert(&connection, "second");
        let link = tempfile::tempdir().unwrap();
        let linked = link.path().join("link.db");
        std::os::unix::fs::symlink(&path, &linked).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
        for file in files(folder.path()) {
            fs::set_permissions(file, Permissions::from_mode(0o444)).unwrap();
        }
        assert!(finds(&path, "second"));
        assert!(finds(&linked, "second"), "over a link too");
        drop(connection);
        assert!(finds(&path, ID));
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn what_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let error = Database::open(&path).unwrap_err();
        assert!(error.to_string().contains("a.db: cannot be read: No such file"), "{error}");
        assert!(!path.exists(), "and not made");
        fs::write(&path, "not a database, but long enough to look like one at first").unwrap();
        let error = Database::open(&path).unwrap_err();
        assert!(error.to_string().contains("a.db: file is not a database"), "{error}");
        fs::write(&path, "").unwrap();
        assert!(matches!(Database::open(&path), Err(DatabaseError::NoTable { .. })));
        let error = Database::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("not a file"), "{error}");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE VIEW voicemail_msgs AS SELECT 1 AS uuid").unwrap();
        assert!(matches!(Database::open(&path), Err(DatabaseError::NoTable { .. })));
        connection
            .execute_batch("DROP VIEW voicemail_msgs; CREATE TABLE voicemail_msgs (uuid TEXT)")
            .unwrap();
        let error = Database::open(&path).unwrap_err();
        assert!(
            error.to_string().ends_with("a.db: the table voicemail_msgs has no column created_epoch"),
            "{error}"
        );
    }

    #[test]
    fn damaged_databases_are_errors_and_no_more() {
        let (_folder, path, connection) = make("a.db");
        drop(connection);
        let good = fs::read(&path).unwrap();
        let config = proptest::test_runner::Config::with_cases(64);
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let result = runner.run(&mutations(&good), |bytes| {
            fs::write(&path, bytes).unwrap();
            let before = files(path.parent().unwrap());
            if let Ok(database) = Database::open(&path) {
                drop(database.row(ID, "US"));
            }
            proptest::prop_assert_eq!(files(path.parent().unwrap()), before);
            Ok(())
        });
        result.unwrap();
    }
}
