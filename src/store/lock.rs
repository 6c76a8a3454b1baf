//! One daemon a state folder: an advisory lock that ends with the process, however it ends.

use super::error::StoreError;
use super::open::{ensure_folder, private_file};
use std::fs::{File, TryLockError};
use std::path::Path;

/// The lock file in the state folder.
const LOCK_FILE: &str = "dime.lock";

/// Held by the one daemon of a state folder, until dropped.
#[derive(Debug)]
pub struct DaemonLock {
    /// The system lets go of the lock when this is closed, also after a crash.
    _file: File,
}

/// Takes the lock of the state folder `dir`; the folder is made when it is missing.
pub(super) fn lock_daemon(dir: &Path) -> Result<DaemonLock, StoreError> {
    ensure_folder(dir)?;
    let path = dir.join(LOCK_FILE);
    let file = private_file(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(DaemonLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(StoreError::AlreadyWatching { path }),
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
