//! The folders to watch.

use crate::domain::SourceKind;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One folder to watch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The folder; a relative path starts at the configuration file's folder.
    pub path: PathBuf,
    /// Whether folders inside it are watched too.
    #[serde(default = "yes")]
    pub recursive: bool,
    /// What leaves the messages; recognised where it is not given.
    pub kind: Option<SourceKind>,
    /// Asterisk's folders of a mailbox from which messages are taken.
    #[serde(default = "new_messages")]
    pub folders: Vec<String>,
    /// A regular expression for plain file names, with named groups.
    pub pattern: Option<String>,
    /// The database of FreeSWITCH or FusionPBX that tells the callers.
    pub database: Option<PathBuf>,
}

const fn yes() -> bool {
    true
}

fn new_messages() -> Vec<String> {
    vec!["INBOX".to_owned(), "Urgent".to_owned()]
}

impl Watch {
    /// Lets relative paths start at `base`.
    pub(super) fn resolve(&mut self, base: &Path) {
        self.path = base.join(&self.path);
        self.database = self.database.as_ref().map(|path| base.join(path));
    }
}
