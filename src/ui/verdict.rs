//! A verdict with its reasons, in full.

use super::look::Look;
use super::words::duration;
use crate::domain::safe::one_line;
use crate::domain::{Heard, Mention, Mentions, Verdict};
use std::fmt::Write;

/// Widest line on a terminal that is wider, and where there is none.
const READABLE: u16 = 100;

/// Columns before the text of a line.
const INDENT: usize = 12;

/// What was said and how it was judged, as an indented paragraph.
#[must_use]
pub fn verdict_in_full(text: &str, heard: Option<&Heard>, verdict: &Verdict, look: &Look) -> String {
    let mut out = String::new();
    let label = look.label(verdict.label.as_str(), verdict.label);
    line(&mut out, "filed as", &format!("{label}, score {:.2} (0 a lead, 1 a pitch)", verdict.score.0), look);
    if let Some(heard) = heard {
        line(&mut out, "sound", &sound(heard), look);
    }
    let words = one_line(text);
    line(&mut out, "words", if words.is_empty() { "(nobody speaks)" } else { &words }, look);
    reasons(&mut out, verdict, look);
    mentions(&mut out, &verdict.mentions, look);
    out
}

/// Something with its name in a column before it, wrapped to the terminal.
pub(super) fn line(out: &mut String, name: &str, text: &str, look: &Look) {
    let width = usize::from(look.width.unwrap_or(READABLE).clamp(40, READABLE)) - INDENT;
    for (index, part) in wrap(text, width).iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {:<10}{}", if index == 0 { name } else { "" }, part.trim_end());
    }
}

/// `text` in lines of at most `width` characters where its words allow.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if last.chars().count() + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// What the recording was and how long hearing it took.
pub(super) fn sound(heard: &Heard) -> String {
    let model = &heard.transcript.model;
    let by = if model.is_empty() { String::new() } else { format!(" by {}", one_line(model)) };
    let format: Vec<_> = [&heard.format].into_iter().chain(&heard.notes).map(|part| one_line(part)).collect();
    let (length, took) = (duration(heard.audio_ms), duration(heard.took_ms));
    format!("{length} of {}, heard in {took}{by}", format.join("; "))
}

fn reasons(out: &mut String, verdict: &Verdict, look: &Look) {
    for (index, reason) in verdict.reasons.iter().enumerate() {
        let quote = match one_line(&reason.quote) {
            quote if quote.is_empty() => quote,
            quote => format!(": “{quote}”"),
        };
        let text = format!("{:+.1}  {}{quote}  [{}]", reason.weight, one_line(&reason.why), reason.rule);
        line(out, if index == 0 { "reasons" } else { "" }, &text, look);
    }
    if verdict.reasons.is_empty() {
        line(out, "reasons", "none: nothing in the words speaks for either side", look);
    }
}

fn mentions(out: &mut String, mentions: &Mentions, look: &Look) {
    let numbers: Vec<_> = mentions.numbers.iter().map(|mention| mention.value.to_string()).collect();
    let texts =
        |list: &[Mention<String>]| list.iter().map(|mention| one_line(&mention.value)).collect::<Vec<_>>();
    for (name, values) in [
        ("numbers", numbers),
        ("names", texts(&mentions.names)),
        ("companies", texts(&mentions.companies)),
        ("websites", texts(&mentions.urls)),
    ] {
        if !values.is_empty() {
            line(out, name, &values.join(", "), look);
        }
    }
}
