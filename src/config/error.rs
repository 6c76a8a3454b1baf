//! What can be wrong with a configuration, and how to mend it.

use std::path::{Path, PathBuf};

/// What is wrong with the configuration and where.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "each variant's text says what it is, and its fields are what the text names"
)]
pub enum ConfigError {
    #[error("{}: no such configuration file", file.display())]
    Missing { file: PathBuf },
    #[error("{}: cannot be read: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}:{line}:{column}: {what}", file.display())]
    Invalid { file: PathBuf, line: usize, column: usize, what: String },
    #[error("{}: {key} is {value}, not between {least} and {most}", file.display())]
    OutOfRange { file: PathBuf, key: &'static str, value: f64, least: f64, most: f64 },
    #[error("{}: owner.country is `{country}`, not two capital letters", file.display())]
    Country { file: PathBuf, country: String },
    #[error("no place for dime's state: neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME is set")]
    NoStateFolder,
}

impl ConfigError {
    pub(super) fn invalid(file: &Path, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        Self::Invalid {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
            what: error.message().replace('\n', " "),
        }
    }

    /// How to mend it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "give --config an existing file, or leave it out to use the defaults",
            Self::Unreadable { .. } => "let the user that runs dime read it (chown or chmod)",
            Self::Invalid { .. } => "every key and what it means is in config/dime.toml",
            Self::OutOfRange { .. } => "choose a value in that range, or delete the line to use the default",
            Self::Country { .. } => "write the country as ISO 3166 does: US, GB, DE",
            Self::NoStateFolder => "set STATE_DIRECTORY to a folder that only dime's user may read",
        }
    }
}
