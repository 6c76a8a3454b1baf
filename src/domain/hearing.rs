//! What hearing a recording yields, in whatever process it is done.

use super::transcript::Transcript;
use serde::{Deserialize, Serialize};

/// A recording that was heard to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Heard {
    /// The words.
    pub transcript: Transcript,
    /// Length of the recording in milliseconds.
    pub audio_ms: u64,
    /// How long decoding and recognition took, in milliseconds.
    pub took_ms: u64,
    /// How the recording was stored, for people.
    pub format: String,
    /// What was odd about the file but could be mended, for people.
    pub notes: Vec<String>,
}

/// Why a recording could not be heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum HearingError {
    /// The recording itself is at fault: trying again would not help.
    #[error("{0}")]
    Recording(String),
    /// Something around it is at fault (file gone for a moment, recogniser died, too slow): worth another try.
    #[error("{0}")]
    Passing(String),
    /// The installation is at fault (no model, wrong model): nothing can be heard until it is mended.
    #[error("{0}")]
    Installation(String),
}

/// How far the hearing of one recording has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HearingStep {
    /// The sound is decoded; this many milliseconds of it are to be heard.
    Decoded {
        /// Length of the sound in milliseconds.
        audio_ms: u64,
    },
    /// So many percent are heard.
    Progress {
        /// 0 to 100.
        percent: u8,
    },
}
