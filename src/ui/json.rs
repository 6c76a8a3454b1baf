//! Answers for programs: one object a line, with fields that stay.

use crate::domain::{
    Attestation, Call, Caller, Explanation, Heard, Label, Mentions, Millis, Reason, Score, Verdict,
};
use serde::Serialize;

/// A judged message, as `dime screen --json` and `dime judge --json` print it.
#[derive(Debug, Serialize)]
pub struct MessageLine<'a> {
    /// As given in the input.
    pub id: Option<&'a serde_json::Value>,
    /// The recording, for `dime screen`.
    pub file: Option<String>,
    /// Where it would be filed.
    pub label: Label,
    /// 0 (surely worth a call) to 1 (surely a pitch).
    pub score: Score,
    /// The words.
    pub transcript: &'a str,
    /// What counted, weightiest first.
    pub reasons: &'a [Reason],
    /// What it names.
    pub mentions: &'a Mentions,
    /// ISO 639-1 language.
    pub language: Option<&'a str>,
    /// Length of the recording in milliseconds.
    pub audio_ms: Option<u64>,
    /// How long the answer took, in milliseconds.
    pub took_ms: u64,
    /// The sum behind the score, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<&'a Explanation>,
}

/// A call, as `dime history --json` and `dime show --json` print it.
#[derive(Debug, Serialize)]
pub struct CallLine<'a> {
    id: i64,
    state: &'static str,
    /// The label that counts: the owner's, else the judge's.
    label: Option<Label>,
    /// The judge's label.
    judged: Option<Label>,
    /// The owner's label.
    marked: Option<Label>,
    score: Option<Score>,
    caller: &'a Caller,
    /// The mailbox it was left in, where that was told.
    mailbox: Option<&'a str>,
    /// STIR/SHAKEN, where it was told: A, B or C.
    attestation: Option<Attestation>,
    received_at: String,
    found_at: String,
    /// Where the recording was last seen; bytes that are not UTF-8 are replaced.
    file: String,
    audio_sha256: Option<&'a str>,
    problem: Option<&'a str>,
    attempts: u32,
    next_try_at: Option<String>,
    transcript: Option<&'a str>,
    /// The telephone system's own transcript.
    told_transcript: Option<&'a str>,
    language: Option<&'a str>,
    reasons: &'a [Reason],
    mentions: Option<&'a Mentions>,
    audio_ms: Option<u64>,
    took_ms: Option<u64>,
    format: Option<&'a str>,
    notes: &'a [String],
}

impl<'a> From<&'a Call> for CallLine<'a> {
    fn from(call: &'a Call) -> Self {
        let heard: Option<&Heard> = call.heard.as_ref();
        let verdict: Option<&Verdict> = call.verdict.as_ref();
        Self {
            id: call.id.0,
            state: call.state.as_str(),
            label: call.label(),
            judged: verdict.map(|verdict| verdict.label),
            marked: call.marked,
            score: verdict.map(|verdict| verdict.score),
            caller: &call.caller,
            mailbox: call.mailbox.as_deref(),
            attestation: call.attestation,
            received_at: rfc3339(call.received),
            found_at: rfc3339(call.found),
            file: call.path.to_string_lossy().into_owned(),
            audio_sha256: call.audio_sha256.as_deref(),
            problem: call.problem.as_deref(),
            attempts: call.attempts,
            next_try_at: call.next_try.map(rfc3339),
            transcript: heard.map(|heard| heard.transcript.text.as_str()),
            told_transcript: call.told_transcript.as_deref(),
            language: heard.and_then(|heard| heard.transcript.language.as_deref()),
            reasons: verdict.map_or(&[], |verdict| &verdict.reasons),
            mentions: verdict.map(|verdict| &verdict.mentions),
            audio_ms: heard.map(|heard| heard.audio_ms),
            took_ms: heard.map(|heard| heard.took_ms),
            format: heard.map(|heard| heard.format.as_str()),
            notes: heard.map_or(&[], |heard| &heard.notes),
        }
    }
}

/// A moment as RFC 3339 writes it, in UTC.
fn rfc3339(at: Millis) -> String {
    at.timestamp().to_string()
}

/// What is printed in place of an answer: where it stood and what was wrong.
#[must_use]
pub fn error_line(place: (&'static str, serde_json::Value), error: &str) -> String {
    let (key, value) = place;
    to_line(&serde_json::json!({ key: value, "error": error }))
}

/// `value` as JSON on one line.
#[must_use]
pub fn to_line(value: &impl Serialize) -> String {
    // Our own types have string keys and no failing serialisers.
    serde_json::to_string(value).unwrap_or_default()
}
