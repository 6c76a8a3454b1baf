//! One daemon a state folder, one sender of letters: advisory locks that end with the process, however it ends.

use super::error::StoreError;
use super::open::{ensure_folder, private_file};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The lock files in the state folder.
const DAEMON: &str = "dime.lock";
const DIGEST: &str = "digest.lock";

/// Held by the one process that does a thing in a state folder, until dropped.
#[derive(Debug)]
pub struct StateLock {
    /// The system lets go of the lock when this is closed, also after a crash.
    _file: File,
}

/// Takes the daemon's place in the state folder `dir`; the folder is made when it is missing.
pub(super) fn lock_daemon(dir: &Path) -> Result<StateLock, StoreError> {
    lock(dir, DAEMON, |path| StoreError::AlreadyWatching { path })
}

/// Takes the place of the one that sends letters.
pub(super) fn lock_digest(dir: &Path) -> Result<StateLock, StoreError> {
    lock(dir, DIGEST, |path| StoreError::AlreadySending { path })
}

fn lock(dir: &Path, name: &str, taken: impl FnOnce(PathBuf) -> StoreError) -> Result<StateLock, StoreError> {
    ensure_folder(dir)?;
    let path = dir.join(name);
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(StateLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(taken(path)),
        Err(TryLockError::Error(source)) => Err(StoreError::Folder { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Store, StoreError};

    #[test]
    fn a_second_daemon_is_refused_until_the_first_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let first = Store::lock_daemon(&state).unwrap();
        let error = Store::lock_daemon(&state).unwrap_err();
        assert!(matches!(&error, StoreError::AlreadyWatching { .. }), "{error}");
        assert!(error.to_string().starts_with("another dime is already watching"), "{error}");
        drop(first);
        Store::lock_daemon(&state).unwrap();
    }

    #[test]
    fn the_lock_does_not_keep_the_command_line_from_the_database() {
        let dir = tempfile::tempdir().unwrap();
        let _lock = Store::lock_daemon(dir.path()).unwrap();
        Store::open(dir.path()).unwrap();
    }
}
