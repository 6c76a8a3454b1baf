//! Opens the database: folder, file, connection settings.

use super::error::StoreError;
use super::migrate::{MIGRATIONS, Schema};
use rusqlite::{Connection, OpenFlags};
use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database's name in the state folder.
const DATABASE_FILE: &str = "dime.db";

/// How long one process waits for another that is writing. Every transaction here takes milliseconds,
/// so a lock held this long is another program's.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements kept; about twice as many as this room has.
const STATEMENTS_KEPT: usize = 64;

/// Opens the database in `dir` for writing; makes and migrates it as needed.
pub(super) fn read_write(dir: &Path) -> Result<(Connection, PathBuf), StoreError> {
    with_schema(dir, &Schema(MIGRATIONS))
}

/// [`read_write`] with a schema of the caller's choice.
pub(super) fn with_schema(dir: &Path, schema: &Schema) -> Result<(Connection, PathBuf), StoreError> {
    ensure_folder(dir)?;
    let path = database_path(dir)?;
    // Made here, not by SQLite, so that nobody else can read it for a moment; its companions
    // (-wal, -shm) get the same permissions from SQLite.
    private_file(&path)?;
    let mut conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    schema.bring_up_to_date(&mut conn, &path)?;
    settings(&conn).map_err(|source| StoreError::from_sql(&path, source))?;
    Ok((conn, path))
}

/// Opens the database in `dir` for reading only, also while another process writes.
pub(super) fn read_only(dir: &Path) -> Result<(Connection, PathBuf), StoreError> {
    let path = database_path(dir)?;
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Err(StoreError::Missing { path }),
        Err(source) => return Err(StoreError::Folder { path, source }),
    }
    let conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Schema(MIGRATIONS).require(&conn, &path)?;
    conn.pragma_update(None, "query_only", true).map_err(|source| StoreError::from_sql(&path, source))?;
    Ok((conn, path))
}

/// Makes `dir`, for its owner only, where it is missing; what exists keeps its permissions.
pub(super) fn ensure_folder(dir: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| StoreError::Folder { path: dir.to_path_buf(), source })
}

/// Opens `path` for writing without changing it; makes it, for its owner only, where it is missing.
pub(super) fn private_file(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(|source| StoreError::Folder { path: path.to_path_buf(), source })
}

/// The database's absolute path; a relative one could look like a `file:` address to `SQLite`.
fn database_path(dir: &Path) -> Result<PathBuf, StoreError> {
    let path = dir.join(DATABASE_FILE);
    std::path::absolute(&path).map_err(|source| StoreError::Folder { path, source })
}

/// A connection that waits for others.
pub(super) fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let open = || {
        let conn = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(conn)
    };
    open().map_err(|source| StoreError::from_sql(path, source))
}

/// Settings of a writing connection that are not kept in the file.
fn settings(conn: &Connection) -> rusqlite::Result<()> {
    // FULL, not WAL's customary NORMAL: once a call is filed its caller counts as dealt with, so a power
    // cut must not take a filed call back. The price is one flush to the disk a transaction.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    // A first start with many old messages writes one large transaction: give its room back afterwards.
    conn.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, found};
    use super::super::{Store, StoreError};
    use crate::domain::{CallState, Millis};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_read_what_callers_said() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("a/state");
        let mut store = Store::open(&state).unwrap();
        store.record_found(&found(1), Millis(1)).unwrap();
        assert_eq!(mode(&state), 0o700);
        for file in fs::read_dir(&state).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    }

    #[test]
    fn what_is_recorded_is_on_the_disk_and_readers_never_wait() {
        let home = TestStore::new();
        let setting =
            |name: &str| home.store.conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        // 2 is FULL.
        assert_eq!((setting("synchronous"), setting("foreign_keys"), setting("trusted_schema")), (2, 1, 0));
        assert_eq!(setting("busy_timeout"), 5_000);
        let mode: String =
            home.store.conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_missing_database_is_missing_for_a_reader_and_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        for state in [dir.path().to_path_buf(), dir.path().join("nowhere")] {
            let error = Store::open_read_only(&state).unwrap_err();
            assert!(matches!(&error, StoreError::Missing { path } if path.ends_with("dime.db")), "{error}");
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        fs::write(dir.path().join("dime.db"), b"").unwrap();
        assert!(matches!(Store::open_read_only(dir.path()), Err(StoreError::Missing { .. })));
    }

    #[test]
    fn a_reader_reads_while_another_writes_and_sees_only_what_is_done() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let reader = Store::open_read_only(home.dir()).unwrap();
        let seen = home
            .store
            .write(|tx| {
                tx.execute("UPDATE call SET state = 'held'", [])?;
                Ok(reader.call(id).unwrap().unwrap().state)
            })
            .unwrap();
        assert_eq!(seen, CallState::Found);
        assert_eq!(reader.call(id).unwrap().unwrap().state, CallState::Held);
    }

    #[test]
    fn a_reader_cannot_write() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let mut reader = Store::open_read_only(home.dir()).unwrap();
        let error = reader.held(id, "x", Millis(1)).unwrap_err();
        assert!(matches!(error, StoreError::NotWritable { .. }), "{error}");
    }

    #[test]
    fn a_state_folder_that_cannot_be_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"").unwrap();
        for state in [file.clone(), file.join("state"), Path::new("/proc/dime").to_path_buf()] {
            let error = Store::open(&state).unwrap_err();
            assert!(matches!(&error, StoreError::Folder { .. }), "{error}");
            assert!(error.to_string().contains(&*state.to_string_lossy()), "{error}");
        }
        // A folder where the database should be.
        fs::create_dir(dir.path().join("dime.db")).unwrap();
        assert!(matches!(Store::open(dir.path()), Err(StoreError::Folder { .. })));
        assert!(Store::open_read_only(dir.path()).is_err());
    }

    #[test]
    fn a_file_that_is_no_database_is_damaged_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dime.db");
        let text = b"this is not a database, but long enough to be taken for one. ".repeat(20);
        fs::write(&path, &text).unwrap();
        for error in [Store::open(dir.path()).unwrap_err(), Store::open_read_only(dir.path()).unwrap_err()] {
            assert!(matches!(&error, StoreError::Corrupt { .. }), "{error}");
            assert!(error.to_string().contains("dime.db"), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), text);
    }

    #[test]
    fn a_full_disk_is_told_and_loses_nothing() {
        let mut home = TestStore::new();
        let id = home.add(0);
        home.store.conn.pragma_update(None, "max_page_count", 1).unwrap();
        let error = (1..=255)
            .find_map(|n| home.store.record_found(&found(n), Millis(1)).err())
            .expect("the disk fills");
        assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
        assert!(!error.is_about_one_call());
        home.store.conn.pragma_update(None, "max_page_count", 1_000_000).unwrap();
        assert_eq!(home.state(id), CallState::Found);
        assert_eq!(home.store.integrity().unwrap(), Vec::<String>::new());
        home.store.record_found(&found(255), Millis(1)).unwrap();
    }

    #[test]
    fn a_database_locked_by_another_program_is_told() {
        let mut home = TestStore::new();
        let other = rusqlite::Connection::open(home.store.path()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        // Not the whole five seconds.
        home.store.conn.busy_timeout(std::time::Duration::from_millis(20)).unwrap();
        let error = home.store.record_found(&found(1), Millis(1)).unwrap_err();
        assert!(matches!(error, StoreError::Locked { .. }), "{error}");
        assert!(home.store.is_known(&found(1).stamp).is_ok());
        other.execute_batch("COMMIT").unwrap();
        home.store.record_found(&found(1), Millis(1)).unwrap();
    }

    #[test]
    fn a_relative_folder_named_like_an_address_is_a_folder() {
        let path = super::database_path(Path::new("file:x?mode=memory")).unwrap();
        assert!(path.is_absolute() && path.ends_with("file:x?mode=memory/dime.db"));
    }

    #[test]
    fn every_error_is_one_line_with_one_line_of_help() {
        let home = TestStore::new();
        let error = StoreError::from_sql(home.store.path(), rusqlite::Error::QueryReturnedNoRows);
        for text in [error.to_string(), error.help().to_owned()] {
            assert!(!text.is_empty() && !text.contains('\n'), "{text}");
        }
    }
}
