//! The letter as plain text.

use super::entry::Entry;
use super::{Digest, Section};
use std::fmt::Write;

/// Longest line where its words allow, in characters.
const WIDTH: usize = 72;

/// What was told about the digest, as text. Writing to a string cannot fail.
pub(super) fn write(digest: &Digest) -> String {
    let mut out = format!("{}\n{}\n", digest.day(), capital(&digest.subject()));
    if !digest.troubles.is_empty() || !digest.ears.is_empty() {
        heading(&mut out, "Needs your ears");
        for trouble in &digest.troubles {
            paragraph(&mut out, "* ", &trouble.what);
            paragraph(&mut out, "  ", &trouble.help);
        }
        for entry in &digest.ears {
            head(&mut out, entry);
            if let Some(problem) = &entry.problem {
                paragraph(&mut out, "  ", problem);
            }
            numbers(&mut out, entry);
            paragraph(&mut out, "  ", &format!("Listen to it, or try again: {}", entry.command));
        }
    }
    for part in digest.sections() {
        section(&mut out, &part);
    }
    if !digest.spam.is_empty() {
        heading(&mut out, "Spam");
        for campaign in &digest.spam {
            let line =
                format!("{}: {}, {}. {}", campaign.ids(), campaign.who, campaign.when, campaign.reason);
            paragraph(&mut out, "* ", &line);
            paragraph(&mut out, "  ", &format!("Not so? {}", campaign.command));
        }
    }
    if digest.empty > 0 {
        let many = if digest.empty == 1 { "message" } else { "messages" };
        let _ = write!(out, "\nNobody spoke in {} {many}.\n", digest.empty);
    }
    if digest.ledger.callbacks > 0 {
        heading(&mut out, "Ledger");
        paragraph(&mut out, "", &digest.ledger.saved());
        for persistent in digest.ledger.persistent() {
            paragraph(&mut out, "* ", &persistent);
        }
    }
    out
}

fn section(out: &mut String, section: &Section<'_>) {
    if section.calls.is_empty() {
        return;
    }
    heading(out, section.title);
    for entry in section.calls {
        head(out, entry);
        paragraph(out, "  ", &entry.quoted());
        numbers(out, entry);
        let mut told = |intro: &str, reasons: &[String]| {
            if !reasons.is_empty() {
                paragraph(out, "  ", &format!("{intro}: {}", reasons.join("; ")));
            }
        };
        told("For a call", &entry.for_lead);
        if section.both_sides {
            told("Against", &entry.for_spam);
        }
        paragraph(out, "  ", &format!("Not so? {}", entry.command));
    }
}

/// Who, when, how sure.
fn head(out: &mut String, entry: &Entry) {
    paragraph(out, "* ", &format!("{}: {}", entry.id, entry.headline()));
}

fn numbers(out: &mut String, entry: &Entry) {
    for number in &entry.numbers {
        paragraph(out, "  ", &format!("Call {} ({})", number.dial, number.how));
    }
}

fn heading(out: &mut String, title: &str) {
    let _ = write!(out, "\n{title}\n{}\n", "-".repeat(title.chars().count()));
}

/// `text` in lines, `mark` before the first and as much room before the others.
fn paragraph(out: &mut String, mark: &str, text: &str) {
    let mut line = mark.to_owned();
    let mut room = WIDTH.saturating_sub(mark.len());
    for word in text.split(' ') {
        let length = word.chars().count() + 1;
        if room < length && line.trim_end().len() > mark.trim_end().len() {
            let _ = writeln!(out, "{}", line.trim_end());
            line = " ".repeat(mark.len());
            room = WIDTH.saturating_sub(mark.len());
        }
        line.push_str(word);
        line.push(' ');
        room = room.saturating_sub(length);
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

/// `text` with a capital at its start.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
