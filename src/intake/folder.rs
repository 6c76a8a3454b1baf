//! A watched folder, and how its files are read.

use super::told::Pattern;
use crate::domain::SourceKind;
use std::path::PathBuf;

/// A folder to read.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether folders inside it are read too.
    pub recursive: bool,
    /// What left the files; `None` recognises it, file by file.
    pub kind: Option<SourceKind>,
    /// Asterisk's folders of a mailbox from which messages are taken, such as `INBOX`.
    pub mailbox_folders: Vec<String>,
    /// How a plain file name tells the caller and the time, where the usual ways do not fit.
    pub pattern: Option<Pattern>,
    /// The database of FreeSWITCH or FusionPBX that tells the callers.
    pub database: Option<PathBuf>,
}

#[cfg(test)]
impl Folder {
    /// The folder at `path` and those inside it, its sources recognised.
    pub(super) fn at(path: PathBuf) -> Self {
        Self {
            path,
            recursive: true,
            kind: None,
            mailbox_folders: vec!["INBOX".to_owned(), "Urgent".to_owned()],
            pattern: None,
            database: None,
        }
    }
}

/// A folder that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: the folder cannot be read: {source}", path.display())]
pub struct FolderProblem {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}
