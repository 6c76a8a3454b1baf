//! What a call is filed as.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where a call ends up. `Empty` is for a message in which nobody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Worth calling back.
    Lead,
    /// The words do not decide: the owner does.
    Review,
    /// A pitch, a bait, a robocall or a scam.
    Spam,
    /// Nobody speaks.
    Empty,
}

impl Label {
    /// The word used on the command line, in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Review => "review",
            Self::Spam => "spam",
            Self::Empty => "empty",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is not a label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a label (lead, review, spam or empty)")]
pub struct UnknownLabel(pub String);

impl FromStr for Label {
    type Err = UnknownLabel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Lead, Self::Review, Self::Spam, Self::Empty]
            .into_iter()
            .find(|label| label.as_str() == text)
            .ok_or_else(|| UnknownLabel(text.to_owned()))
    }
}
