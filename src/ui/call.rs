//! One call in full.

use super::look::Look;
use super::verdict::{line, verdict_in_full};
use super::words::{moment, one_line_path};
use crate::domain::safe::one_line;
use crate::domain::{Attestation, Call, CallState};
use std::fmt::Write;

/// Everything about `call`, and in a line each what else its caller did (`past`, newest first).
#[must_use]
pub fn call_in_full(call: &Call, past: &[Call], look: &Look) -> String {
    let mut out = String::new();
    let title = format!("call {} from {}", call.id, call.caller);
    let _ = writeln!(out, "{}", look.heading(&title));
    line(&mut out, "received", &moment(call.received, &look.zone), look);
    if let Some(mailbox) = &call.mailbox {
        line(&mut out, "mailbox", &one_line(mailbox), look);
    }
    if let Some(level) = call.attestation {
        line(&mut out, "vouched", vouched(level), look);
    }
    line(&mut out, "file", &one_line_path(&call.path), look);
    if call.state != CallState::Filed {
        line(&mut out, "stands", &standing(call, look), look);
    }
    if let Some(problem) = &call.problem {
        line(&mut out, "problem", &one_line(problem), look);
    }
    if let Some(label) = call.marked {
        line(&mut out, "your word", &look.label(label.as_str(), label), look);
    }
    let text = call.heard.as_ref().map(|heard| heard.transcript.text.as_str());
    if let Some(verdict) = &call.verdict {
        out.push_str(&verdict_in_full(text.unwrap_or_default(), call.heard.as_ref(), verdict, look));
        line(&mut out, "not so?", &format!("dime mark {} {}", call.id, other_labels(call)), look);
    }
    if let Some(told) = &call.told_transcript {
        line(&mut out, "also told", &one_line(told), look);
    }
    for (index, earlier) in past.iter().enumerate() {
        let label = earlier.label().map_or_else(|| earlier.state.to_string(), |label| label.to_string());
        let text = format!("call {}, {}, {label}", earlier.id, moment(earlier.received, &look.zone));
        line(&mut out, if index == 0 { "also from" } else { "" }, &text, look);
    }
    out
}

fn standing(call: &Call, look: &Look) -> String {
    match (call.state, call.next_try) {
        (CallState::Deferred, Some(at)) => {
            format!("deferred after {} tries, next at {}", call.attempts, moment(at, &look.zone))
        }
        (CallState::Held, _) => "held: listen to it yourself".to_owned(),
        (state, _) => state.to_string(),
    }
}

/// What the caller's carrier says of the number.
const fn vouched(level: Attestation) -> &'static str {
    match level {
        Attestation::A => "A: the carrier knows the caller, and that the number is theirs",
        Attestation::B => "B: the carrier knows the caller, not whether the number is theirs",
        Attestation::C => "C: the carrier does not know the caller",
    }
}

/// The labels that the owner could give instead.
fn other_labels(call: &Call) -> String {
    let now = call.label().map(|label| label.to_string());
    let others = ["lead", "review", "spam"].into_iter().filter(|label| now.as_deref() != Some(*label));
    others.collect::<Vec<_>>().join("|")
}
