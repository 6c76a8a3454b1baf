//! An error as the owner sees it: what and where in one line, and what can be done.

use crate::config::ConfigError;
use crate::judge::RuleErrors;
use crate::mail::MailError;
use crate::pipeline::{LineError, ModelError};
use crate::store::StoreError;
use std::fmt::Display;

/// Why a command could not be done.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    message: String,
    help: String,
}

impl Failure {
    /// What went wrong, and what can be done about it.
    #[must_use]
    pub fn new(message: impl Display, help: impl Into<String>) -> Self {
        Self { message: message.to_string(), help: help.into() }
    }

    /// What can be done about it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(&error, error.help())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(&error, error.help())
    }
}

impl From<MailError> for Failure {
    fn from(error: MailError) -> Self {
        Self::new(&error, error.help())
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::new(&error, error.help())
    }
}

impl From<RuleErrors> for Failure {
    fn from(errors: RuleErrors) -> Self {
        Self::new(&errors, "correct the rule, or rename its file so that it does not end in .toml")
    }
}

impl From<LineError> for Failure {
    fn from(error: LineError) -> Self {
        match error {
            LineError::Store(error) => error.into(),
            LineError::Installation(_) => Self::new(&error, "`dime doctor` says what is wrong"),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(format_args!("the answer cannot be written: {error}"), "check where the output goes")
    }
}
