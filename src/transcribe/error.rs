//! What can go wrong between a model file and a transcript.

use crate::domain::HearingError;
use std::io;
use std::path::PathBuf;
use whisper_rs::WhisperError;

/// The model file cannot be used: nothing can be heard until the installation is mended.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// There is no such file.
    #[error("there is no speech model at `{}`", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("cannot read the speech model `{}`: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file does not begin as whisper.cpp's models do.
    #[error("`{}` is not a whisper.cpp model file", path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
    },
    /// Neither the catalogue nor the configuration says what the file's bytes should be.
    #[error("the speech model `{}` is not in the catalogue and no SHA-256 is stated for it", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// SHA-256 of its bytes, lower-case hexadecimal.
        found: String,
    },
    /// The file is not the one it should be.
    #[error("the speech model `{}` has SHA-256 {found}, expected {expected}", path.display())]
    Different {
        /// The file.
        path: PathBuf,
        /// SHA-256 that the configuration or the catalogue states.
        expected: String,
        /// SHA-256 of its bytes, lower-case hexadecimal.
        found: String,
    },
    /// whisper.cpp would not load a file that passed every check.
    #[error("whisper.cpp cannot load the speech model `{}`", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
    },
    /// The configured language is not one that the model knows.
    #[error("the speech model `{}` does not know the language `{language}`", path.display())]
    Language {
        /// The file.
        path: PathBuf,
        /// As configured.
        language: String,
    },
}

impl ModelError {
    /// What the owner can do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Missing { .. } => "build the default model with `models/fetch.py`, or set `model` in the \
                                     `[hearing]` part of the configuration"
                .to_owned(),
            Self::Unreadable { .. } => "make the file readable for the user that dime runs as".to_owned(),
            Self::NotAModel { .. } => "a model is a ggml file such as `ggml-base-q8_0.bin`; GGUF, \
                                       safetensors and PyTorch files need converting"
                .to_owned(),
            Self::Unknown { found, .. } => format!(
                "a damaged model crashes the recogniser, so its bytes must be known: if you trust this file, \
                 set `model_sha256 = \"{found}\"` beside `model` in the configuration"
            ),
            Self::Different { .. } => "the file is damaged, incomplete or another one: build or copy it \
                                       again, or correct `model_sha256` in the configuration"
                .to_owned(),
            Self::Refused { .. } => "see the log for whisper.cpp's own words; too low a memory limit is a \
                                     common cause"
                .to_owned(),
            Self::Language { .. } => "use `auto`, or a two-letter code such as `en` or `es`; models whose \
                                      name has `.en` know English only"
                .to_owned(),
        }
    }
}

/// whisper.cpp failed on samples that should have been fine.
#[derive(Debug, thiserror::Error)]
#[error("whisper.cpp failed at {at_ms} ms of the recording: {source}")]
pub struct EngineError {
    /// Where the failing passage starts in the recording, in milliseconds.
    pub at_ms: u64,
    /// whisper.cpp's own word for it.
    pub source: WhisperError,
}

impl From<EngineError> for HearingError {
    fn from(error: EngineError) -> Self {
        Self::Passing(error.to_string())
    }
}

/// The child cannot go on; its parent will start another.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Reading a request or writing a reply failed.
    #[error("the pipe to the parent process failed: {0}")]
    Pipe(#[from] io::Error),
    /// A line from the parent is not what the protocol says.
    #[error("the parent process sent what is not a request: {0}")]
    Request(#[from] serde_json::Error),
    /// The memory limit could not be set.
    #[error("cannot limit memory to {bytes} bytes: {source}")]
    Limit {
        /// The limit wanted.
        bytes: u64,
        /// The system's reason.
        source: io::Error,
    },
    /// The model cannot be used. The parent has been told.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl ServeError {
    /// What the parent is told before any recording is heard.
    pub(super) fn told(&self) -> HearingError {
        match self {
            Self::Model(error) => HearingError::Installation(format!("{error}; help: {}", error.help())),
            Self::Pipe(_) | Self::Request(_) | Self::Limit { .. } => {
                HearingError::Installation(self.to_string())
            }
        }
    }
}
