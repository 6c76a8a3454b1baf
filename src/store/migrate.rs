//! Brings an existing database to this program's schema, keeping a copy from before.

use super::error::StoreError;
use super::open::private_file;
use rusqlite::{Connection, MAIN_DB};
use rusqlite_migration::{M, Migrations};
use std::fs;
use std::path::{Path, PathBuf};

/// Every migration, oldest first. Append only: the number of migrations is the schema version.
pub(super) const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_calls.sql")),
    M::up(include_str!("migrations/0002_mention_places.sql")),
    M::up(include_str!("migrations/0003_digests.sql")),
    M::up(include_str!("migrations/0004_sources.sql")),
    M::up(include_str!("migrations/0005_forgotten_sounds.sql")),
];

/// A schema: the migrations that lead to it.
pub(super) struct Schema(pub(super) &'static [M<'static>]);

impl Schema {
    /// The version all migrations lead to.
    fn version(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    /// Migrates the database at `path`, one process at a time; a newer schema is refused untouched.
    pub(super) fn bring_up_to_date(&self, conn: &mut Connection, path: &Path) -> Result<(), StoreError> {
        if self.found(conn, path)? == self.version() {
            return Ok(());
        }
        let lock_path = beside(path, "migration");
        let lock = private_file(&lock_path)?;
        lock.lock().map_err(|source| StoreError::Folder { path: lock_path, source })?;
        // Another process may have migrated while this one waited.
        let found = self.found(conn, path)?;
        if found == self.version() {
            return Ok(());
        }
        // Before anything is written, and kept in the file from then on. Readers then never wait for the writer.
        conn.pragma_update(None, "journal_mode", "WAL")
            .map_err(|source| StoreError::from_sql(path, source))?;
        if found > 0 {
            self.back_up(conn, path)?;
        }
        Migrations::from_slice(self.0).to_latest(conn).map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } if err.sqlite_error_code().is_some() => {
                self.failed(path, err)
            }
            other => StoreError::Migration {
                path: path.to_path_buf(),
                to: self.version(),
                detail: other.to_string(),
            },
        })
    }

    /// Requires exactly this schema.
    pub(super) fn require(&self, conn: &Connection, path: &Path) -> Result<(), StoreError> {
        match self.found(conn, path)? {
            // The daemon has made the file and not yet filled it.
            0 => Err(StoreError::Missing { path: path.to_path_buf() }),
            found if found < self.version() => {
                Err(StoreError::OlderSchema { path: path.to_path_buf(), found, known: self.version() })
            }
            _ => Ok(()),
        }
    }

    /// The version of the database at `path`, 0 for an empty one.
    fn found(&self, conn: &Connection, path: &Path) -> Result<u32, StoreError> {
        let found = conn
            .pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
            .map_err(|source| StoreError::from_sql(path, source))?;
        if found > self.version() {
            return Err(StoreError::NewerSchema { path: path.to_path_buf(), found, known: self.version() });
        }
        Ok(found)
    }

    /// Copies the database to `dime.db.before-vN`, N being the version it is about to get.
    fn back_up(&self, conn: &Connection, path: &Path) -> Result<(), StoreError> {
        let kept = beside(path, &format!("before-v{}", self.version()));
        // Under its final name only when complete.
        let part = beside(path, &format!("before-v{}.part", self.version()));
        let folder_error = |path: &Path| {
            let path = path.to_path_buf();
            move |source| StoreError::Folder { path, source }
        };
        if part.exists() {
            fs::remove_file(&part).map_err(folder_error(&part))?;
        }
        private_file(&part)?;
        conn.backup(MAIN_DB, &part, None).map_err(|source| StoreError::from_sql(&part, source))?;
        fs::rename(&part, &kept).map_err(folder_error(&kept))
    }

    /// A failure with a cause the owner can mend keeps that cause; anything else is a failed migration.
    fn failed(&self, path: &Path, source: rusqlite::Error) -> StoreError {
        match StoreError::from_sql(path, source) {
            StoreError::Sql { path, source } => {
                StoreError::Migration { path, to: self.version(), detail: source.to_string() }
            }
            known => known,
        }
    }
}

/// `path` with `.suffix` appended.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::super::open::with_schema;
    use super::super::testing::{TestStore, found};
    use super::super::{Store, StoreError};
    use super::{M, MIGRATIONS, Migrations, Schema};
    use crate::domain::Millis;
    use rusqlite::Connection;
    use std::path::Path;

    /// This program's schema version (a test below counts the migrations), and the one after it.
    const NOW: u32 = 5;
    const NEXT: u32 = NOW + 1;

    fn set_version(dir: &Path, version: u32) {
        let conn = Connection::open(dir.join("dime.db")).unwrap();
        conn.pragma_update(None, "user_version", version).unwrap();
    }

    /// Leaks a schema that goes on from this program's by `sql`.
    fn with_next(sql: &'static str) -> Schema {
        Schema(Vec::leak([MIGRATIONS, &[M::up(sql)]].concat()))
    }

    #[test]
    fn every_migration_runs() {
        Migrations::from_slice(MIGRATIONS).validate().unwrap();
        assert_eq!(MIGRATIONS.len(), NOW as usize);
    }

    #[test]
    fn every_table_is_strict() {
        let home = TestStore::new();
        let lax: Vec<String> = home
            .store
            .conn
            .prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(lax, Vec::<String>::new());
    }

    #[test]
    fn an_older_database_is_copied_before_it_is_changed() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let dir = home.close();
        let (conn, path) = with_schema(dir.path(), &with_next("DELETE FROM seen; DELETE FROM call")).unwrap();
        let version: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, NEXT);
        let kept = dir.path().join(format!("dime.db.before-v{NEXT}"));
        let restored = tempfile::tempdir().unwrap();
        std::fs::copy(&kept, restored.path().join("dime.db")).unwrap();
        let store = Store::open(restored.path()).unwrap();
        assert!(store.call(id).unwrap().is_some());
        assert!(store.is_known(&found(1).stamp).unwrap());
        let left = conn.query_row("SELECT count(*) FROM call", [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(left, 0);
        assert!(path.exists() && !dir.path().join(format!("dime.db.before-v{NEXT}.part")).exists());
    }

    #[test]
    fn a_new_database_needs_no_copy() {
        let home = TestStore::new();
        let copies = std::fs::read_dir(home.dir())
            .unwrap()
            .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("before"))
            .count();
        assert_eq!(copies, 0);
    }

    #[test]
    fn a_migration_that_fails_leaves_everything_as_it_was() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let dir = home.close();
        for _ in 0..2 {
            let error = with_schema(dir.path(), &with_next("DELETE FROM seen; SELECT nonsense")).unwrap_err();
            assert!(matches!(&error, StoreError::Migration { to: NEXT, .. }), "{error}");
            assert!(!error.to_string().contains('\n'), "{error}");
        }
        let store = Store::open(dir.path()).unwrap();
        assert!(store.call(id).unwrap().is_some());
        assert!(store.is_known(&found(1).stamp).unwrap());
    }

    #[test]
    fn a_newer_database_is_refused_untouched() {
        let dir = TestStore::new().close();
        set_version(dir.path(), 99);
        let before = std::fs::read(dir.path().join("dime.db")).unwrap();
        for error in [Store::open(dir.path()).unwrap_err(), Store::open_read_only(dir.path()).unwrap_err()] {
            assert!(matches!(error, StoreError::NewerSchema { found: 99, known: NOW, .. }), "{error}");
        }
        assert_eq!(std::fs::read(dir.path().join("dime.db")).unwrap(), before);
    }

    #[test]
    fn a_reader_does_not_read_an_older_database_wrongly() {
        let dir = TestStore::new().close();
        let conn = Connection::open(dir.path().join("dime.db")).unwrap();
        let error = with_next("SELECT 1").require(&conn, Path::new("dime.db")).unwrap_err();
        assert!(matches!(error, StoreError::OlderSchema { found: NOW, known: NEXT, .. }), "{error}");
    }

    #[test]
    fn two_that_start_at_once_make_one_database() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let dir = dir.path();
                scope.spawn(move || Store::open(dir).unwrap().record_found(&found(n), Millis(1)).unwrap());
            }
        });
        assert_eq!(Store::open(dir.path()).unwrap().counts().unwrap().found, 8);
    }
}
