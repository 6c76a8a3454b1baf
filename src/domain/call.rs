//! One voicemail on its way through the house.

use super::attestation::Attestation;
use super::hearing::Heard;
use super::label::Label;
use super::phone::PhoneNumber;
use super::safe::one_line;
use super::time::Millis;
use super::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What the owner types to name a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub i64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// How far a call has come: `found → heard → filed`, or aside as `deferred` or `held`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallState {
    /// A complete recording, not yet heard.
    Found,
    /// Transcribed, not yet judged.
    Heard,
    /// Judged and filed: done.
    Filed,
    /// Something passing went wrong: will be tried again.
    Deferred,
    /// Given up: shown to the owner first.
    Held,
}

impl CallState {
    /// The word used in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Heard => "heard",
            Self::Filed => "filed",
            Self::Deferred => "deferred",
            Self::Held => "held",
        }
    }
}

impl fmt::Display for CallState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who called, as far as the telephone system said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The number, where it is a valid one.
    pub number: Option<PhoneNumber>,
    /// What was shown in the number's place when it is not one: `anonymous`, `201`.
    pub raw_number: Option<String>,
    /// The name shown.
    pub name: Option<String>,
}

/// On one line, safe to print: `+15095550196 Pat Lee`, `anonymous`, `unknown`.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.as_ref().map(|number| number.as_str().to_owned());
        let shown = number.or_else(|| self.raw_number.as_deref().map(one_line));
        let parts: Vec<_> = shown.into_iter().chain(self.name.as_deref().map(one_line)).collect();
        if parts.is_empty() { f.pad("unknown") } else { f.pad(&parts.join(" ")) }
    }
}

/// Everything recorded of one call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What the owner types.
    pub id: CallId,
    /// Where the recording was last seen. Bytes from outside: clean before printing.
    pub path: PathBuf,
    /// SHA-256 of the recording, hexadecimal; `None` when it was never readable.
    pub audio_sha256: Option<String>,
    /// Who called.
    pub caller: Caller,
    /// The mailbox it was left in, where the telephone system told it.
    pub mailbox: Option<String>,
    /// How far the caller's carrier vouches for the number, where that was told.
    pub attestation: Option<Attestation>,
    /// The telephone system's own transcript, kept beside what was heard.
    pub told_transcript: Option<String>,
    /// When the message was left: as the phone system says, else the file's own time.
    pub received: Millis,
    /// When dime first saw it.
    pub found: Millis,
    /// How far it has come.
    pub state: CallState,
    /// How often hearing it was tried.
    pub attempts: u32,
    /// When it will be tried again, for a deferred call.
    pub next_try: Option<Millis>,
    /// What went wrong, for a deferred or held call.
    pub problem: Option<String>,
    /// What was heard.
    pub heard: Option<Heard>,
    /// What the judge said.
    pub verdict: Option<Verdict>,
    /// What the owner said instead.
    pub marked: Option<Label>,
}

impl Call {
    /// The label that counts: the owner's, else the judge's.
    #[must_use]
    pub fn label(&self) -> Option<Label> {
        self.marked.or_else(|| self.verdict.as_ref().map(|verdict| verdict.label))
    }
}
