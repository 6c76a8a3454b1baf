//! What is kept, and for how long.

use serde::Deserialize;
use std::time::Duration;

/// What is kept of calls that are filed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// The words of a filed call are forgotten after this many days; 0 keeps them.
    transcripts_days: u32,
    /// Whether dime's own copies of recordings stay.
    pub audio_copies: bool,
}

impl Keep {
    /// How long the words of a filed call are kept; `None` for ever.
    #[must_use]
    pub fn transcripts(&self) -> Option<Duration> {
        (self.transcripts_days > 0).then(|| Duration::from_hours(24 * u64::from(self.transcripts_days)))
    }
}
