//! A judgement and its reasons.

use super::label::Label;
use super::phone::PhoneNumber;
use serde::{Deserialize, Serialize};

/// 0 (surely worth a call) to 1 (surely a pitch).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(pub f32);

/// One thing that counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's id.
    pub rule: String,
    /// What it added, in log-odds: above 0 speaks for a pitch, below 0 for a lead.
    pub weight: f32,
    /// The rule's plain words.
    pub why: String,
    /// The caller's own words that it rests on.
    pub quote: String,
}

/// What a message names.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mentions {
    /// Telephone numbers spoken.
    pub numbers: Vec<PhoneNumber>,
    /// People.
    pub names: Vec<String>,
    /// Companies.
    pub companies: Vec<String>,
    /// Web addresses.
    pub urls: Vec<String>,
}

/// What the judge says of one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Where it is filed.
    pub label: Label,
    /// How sure, 0 to 1.
    pub score: Score,
    /// Everything that counted, weightiest first.
    pub reasons: Vec<Reason>,
    /// What the message names.
    pub mentions: Mentions,
}
