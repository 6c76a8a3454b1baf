//! Which files were read already, so that a rescan costs one look-up a file.

use super::error::Fault;
use super::{Result, Store, StoreError};
use crate::domain::{CallId, FileStamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

impl Store {
    /// Whether exactly this stamp was recorded: the file need not be read again.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_known(&self, stamp: &FileStamp) -> Result<bool> {
        let look_up = || {
            self.conn
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM seen WHERE path = ?1 AND device = ?2 AND inode = ?3
                     AND size = ?4 AND modified_ns = ?5 AND changed_ns = ?6)",
                )?
                .query_row(
                    params![
                        bytes(&stamp.path),
                        stamp.device.cast_signed(),
                        stamp.inode.cast_signed(),
                        stamp.size.cast_signed(),
                        stamp.modified_ns,
                        stamp.changed_ns
                    ],
                    |row| row.get(0),
                )
        };
        look_up().map_err(|source| StoreError::from_sql(&self.path, source))
    }

    /// Whether the telephone system has told when the message in this known file was left.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn is_told(&self, stamp: &FileStamp) -> Result<bool> {
        self.read(|conn| {
            let sql = "SELECT time_told FROM seen JOIN call ON call.id = seen.call_id WHERE seen.path = ?1";
            let told = conn.prepare_cached(sql)?.query_row([bytes(&stamp.path)], |row| row.get(0));
            Ok(told.optional()?.unwrap_or(false))
        })
    }

    /// Every file a call was seen in, the last one first, then by path.
    ///
    /// Some may be gone or hold another message by now: compare the SHA-256 before trusting one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn paths(&self, id: CallId) -> Result<Vec<PathBuf>> {
        self.read(|conn| {
            let last: Option<Vec<u8>> = conn
                .prepare_cached("SELECT path FROM call WHERE id = ?1")?
                .query_row([id.0], |row| row.get(0))
                .optional()?;
            let mut statement = conn.prepare_cached(
                "SELECT path FROM seen WHERE call_id = ?1 AND path <> ?2 AND NOT beside ORDER BY path",
            )?;
            let others =
                statement.query_map(params![id.0, last.as_deref().unwrap_or_default()], |row| row.get(0))?;
            Ok(last
                .map(Ok)
                .into_iter()
                .chain(others)
                .map(|path| path.map(path_from))
                .collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Records that `stamp` holds call `id`, or lies beside it.
pub(super) fn remember(
    conn: &Connection,
    stamp: &FileStamp,
    beside: bool,
    id: CallId,
) -> std::result::Result<(), Fault> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO seen (path, device, inode, size, modified_ns, changed_ns, call_id, beside)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        bytes(&stamp.path),
        stamp.device.cast_signed(),
        stamp.inode.cast_signed(),
        stamp.size.cast_signed(),
        stamp.modified_ns,
        stamp.changed_ns,
        id.0,
        beside
    ])?;
    Ok(())
}

/// Forgets what `path` held, so that it is read again as soon as it can be.
pub(super) fn forget(conn: &Connection, path: &Path) -> std::result::Result<(), Fault> {
    conn.prepare_cached("DELETE FROM seen WHERE path = ?1")?.execute([bytes(path)])?;
    Ok(())
}

/// A path as it is stored.
pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// A stored path.
pub(super) fn path_from(bytes: Vec<u8>) -> PathBuf {
    std::ffi::OsString::from_vec(bytes).into()
}

/// A path for a line of history.
pub(super) fn shown(path: &Path) -> String {
    OsStr::to_string_lossy(path.as_os_str()).into_owned()
}
