//! What can go wrong with the store, and what the owner can do about it.

use crate::domain::{CallId, CallState, Label};
use std::io;
use std::path::{Path, PathBuf};

/// The store cannot do what was asked.
///
/// Every variant is one line and names the file or the call; [`help`](Self::help) says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The state folder, or a file in it, cannot be made or opened.
    #[error("cannot use {}: {source}", path.display())]
    Folder {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no database yet.
    #[error("no database at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The database cannot be opened or written by this user.
    #[error("cannot open or write {}: {detail}", path.display())]
    NotWritable {
        /// The database.
        path: PathBuf,
        /// What `SQLite` said.
        detail: String,
    },
    /// The disk is full.
    #[error("no space left to write {}", path.display())]
    DiskFull {
        /// The database.
        path: PathBuf,
    },
    /// The disk failed to read or write.
    #[error("cannot read or write {}: {detail}", path.display())]
    Disk {
        /// The database.
        path: PathBuf,
        /// What `SQLite` said.
        detail: String,
    },
    /// Another process kept the database locked for longer than [`BUSY_TIMEOUT`](super::BUSY_TIMEOUT).
    #[error("{} is locked by another program", path.display())]
    Locked {
        /// The database.
        path: PathBuf,
    },
    /// The file is damaged, or not a database at all.
    #[error("{} is damaged: {detail}", path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What `SQLite` said.
        detail: String,
    },
    /// A newer dime wrote the database.
    #[error("{} has schema version {found}, this dime knows versions up to {known}", path.display())]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// An older dime wrote the database, and it was opened only for reading.
    #[error("{} has the older schema version {found}, this dime reads version {known}", path.display())]
    OlderSchema {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version this program reads.
        known: u32,
    },
    /// A migration failed; the database is as it was before.
    #[error("cannot bring {} to schema version {to}: {detail}", path.display())]
    Migration {
        /// The database.
        path: PathBuf,
        /// The version it should have got.
        to: u32,
        /// What went wrong.
        detail: String,
    },
    /// Another daemon holds the state folder.
    #[error("another dime is already watching with the state folder of {}", path.display())]
    AlreadyWatching {
        /// The lock file.
        path: PathBuf,
    },
    /// Another process is sending letters from the state folder.
    #[error("another dime is already sending the digest from the state folder of {}", path.display())]
    AlreadySending {
        /// The lock file.
        path: PathBuf,
    },
    /// No such call.
    #[error("there is no call {0}")]
    NoCall(CallId),
    /// The step does not follow from where the call stands.
    #[error("call {id} is {from} and cannot become {to}")]
    Transition {
        /// The call.
        id: CallId,
        /// Where it stands.
        from: CallState,
        /// Where it should have gone.
        to: CallState,
    },
    /// A call cannot be marked with this label.
    #[error("a call cannot be marked {0}")]
    NotAMark(Label),
    /// A number that is not finite would not come back as it was.
    #[error("call {id}: the {field} is not a finite number")]
    NotFinite {
        /// The call.
        id: CallId,
        /// Which number.
        field: &'static str,
    },
    /// Anything else `SQLite` reports: a defect in dime.
    #[error("unexpected answer from {}: {source}", path.display())]
    Sql {
        /// The database.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// What the owner can do about it, as one line.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Folder { .. } | Self::NotWritable { .. } => {
                "check that the state folder exists and belongs to the user dime runs as"
            }
            Self::Missing { .. } => "run `dime watch` once, or name the right configuration with --config",
            Self::DiskFull { .. } => "make room on that disk; nothing recorded so far is lost",
            Self::Disk { .. } => "check the disk and the system log",
            Self::Locked { .. } => "close the program that has the database open, then try again",
            Self::Corrupt { .. } => {
                "stop dime, move the file aside and restore a backup, or let dime read the recordings again"
            }
            Self::NewerSchema { .. } => {
                "use the newer dime, or go back to the backup named `before` beside the database"
            }
            Self::OlderSchema { .. } => "start `dime watch` once: it brings the database up to date",
            Self::Migration { .. } => {
                "the database is unchanged; check the disk, or go back to the older dime"
            }
            Self::AlreadyWatching { .. } => "stop the other one, or give this one its own state folder",
            Self::AlreadySending { .. } => "wait until the other one has ended",
            Self::NoCall(_) => "`dime history` lists the calls there are",
            Self::Transition { .. } => "`dime show` tells where the call stands",
            Self::NotAMark(_) => "mark it lead, spam or review",
            Self::NotFinite { .. } | Self::Sql { .. } => "this is a defect in dime: please report it",
        }
    }

    /// Whether this concerns one call only, so that work on the others can go on.
    #[must_use]
    pub const fn is_about_one_call(&self) -> bool {
        matches!(self, Self::NoCall(_) | Self::Transition { .. } | Self::NotAMark(_) | Self::NotFinite { .. })
    }

    /// What `source`, an error of `SQLite` about the database at `path`, means for the owner.
    pub(super) fn from_sql(path: &Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_path_buf();
        let Some(code) = source.sqlite_error_code() else {
            return Self::Sql { path, source };
        };
        let detail = source.to_string();
        match code {
            Code::DiskFull => Self::DiskFull { path },
            Code::DatabaseBusy | Code::DatabaseLocked | Code::FileLockingProtocolFailed => {
                Self::Locked { path }
            }
            Code::DatabaseCorrupt | Code::NotADatabase => Self::Corrupt { path, detail },
            Code::ReadOnly | Code::CannotOpen | Code::PermissionDenied => Self::NotWritable { path, detail },
            Code::SystemIoFailure => Self::Disk { path, detail },
            _ => Self::Sql { path, source },
        }
    }
}

/// What ends a transaction: `SQLite`, or a rule of this room.
#[derive(Debug)]
pub(super) enum Fault {
    /// `SQLite` refused.
    Sql(rusqlite::Error),
    /// The step is against the rules.
    Rule(StoreError),
}

impl Fault {
    /// The error for the outside, about the database at `path`.
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Sql(source) => StoreError::from_sql(path, source),
            Self::Rule(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sql(source)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Rule(error)
    }
}
