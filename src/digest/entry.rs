//! One call as the letter tells it.

use crate::domain::safe::one_line;
use crate::domain::{Call, CallId, Heard, Label, Mention, Millis, PhoneNumber, Reason};
use jiff::tz::TimeZone;

/// Most reasons that are told for each side.
const REASONS: usize = 3;

/// A call as the letter tells it. Every text is on one line and safe to print; HTML escapes it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub id: CallId,
    pub who: String,
    pub when: String,
    /// Numbers to call, the spoken ones first.
    pub numbers: Vec<Number>,
    pub words: String,
    pub sure: Option<Sure>,
    /// What speaks for a pitch, and for a call worth returning.
    pub for_spam: Vec<String>,
    pub for_lead: Vec<String>,
    pub problem: Option<String>,
    pub by_hand: bool,
    /// What corrects it.
    pub command: String,
}

/// A number to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// E.164, for a link to call.
    pub dial: String,
    /// `as spoken: “five oh nine …”, at 0:14` or `as shown`.
    pub how: String,
}

/// How sure it is that a call is worth returning, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sure(pub f32);

impl std::fmt::Display for Sure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never rounded up to certainty.
        write!(f, "{:.0} % sure", (self.0 * 100.0).floor())
    }
}

impl Entry {
    pub(super) fn new(call: &Call, zone: &TimeZone) -> Self {
        let text = call.heard.as_ref().map(|heard| heard.transcript.text.as_str()).unwrap_or_default();
        let verdict = call.verdict.as_ref();
        let reasons = |is_wanted: fn(&Reason) -> bool| {
            let all = verdict.map(|verdict| verdict.reasons.as_slice()).unwrap_or_default();
            let wanted: Vec<_> = all.iter().filter(|reason| is_wanted(reason)).collect();
            // What was noticed tells a reader more than what the wording as a whole is like.
            let (learned, noticed): (Vec<_>, Vec<_>) =
                wanted.into_iter().partition(|reason| reason.is_learned());
            let told = if noticed.is_empty() { learned } else { noticed };
            told.into_iter().take(REASONS).map(|reason| one_line(&reason.to_string())).collect()
        };
        Self {
            id: call.id,
            who: call.caller.to_string(),
            when: when(call.received, zone),
            numbers: numbers(call, text),
            words: one_line(text),
            sure: verdict
                .filter(|verdict| verdict.label == Label::Lead)
                .map(|verdict| Sure(1.0 - verdict.score.0)),
            for_spam: reasons(|reason| reason.weight > 0.0),
            for_lead: reasons(|reason| reason.weight < 0.0),
            problem: call.problem.as_deref().map(one_line),
            by_hand: call.marked.is_some(),
            command: command(call),
        }
    }

    /// Who, when, how sure: `+15095550196 Pat Lee, Tue 24 Nov, 09:12, 98 % sure`.
    pub(super) fn headline(&self) -> String {
        let sure = match (self.by_hand, self.sure) {
            (true, _) => ", by your word".to_owned(),
            (false, Some(sure)) => format!(", {sure}"),
            (false, None) => String::new(),
        };
        format!("{}, {}{sure}", self.who, self.when)
    }

    /// The words in quotation marks.
    pub(super) fn quoted(&self) -> String {
        format!("“{}”", self.words)
    }
}

/// What the owner types when the letter is wrong about this call.
fn command(call: &Call) -> String {
    match call.label() {
        None => format!("dime retry {}", call.id),
        Some(Label::Lead) => format!("dime mark {} spam", call.id),
        Some(Label::Spam | Label::Empty) => format!("dime mark {} lead", call.id),
        Some(Label::Review) => format!("dime mark {} lead|spam", call.id),
    }
}

/// The numbers that the message names, then the one that was shown.
fn numbers(call: &Call, text: &str) -> Vec<Number> {
    let spoken = call.verdict.iter().flat_map(|verdict| &verdict.mentions.numbers);
    let mut numbers: Vec<Number> = spoken.map(|mention| spoken_number(mention, text, call)).collect();
    if let Some(shown) = &call.caller.number {
        match numbers.iter_mut().find(|number| number.dial == shown.as_str()) {
            Some(number) => number.how.push_str(", and as shown"),
            None => numbers.push(Number { dial: shown.to_string(), how: "as shown".to_owned() }),
        }
    }
    numbers
}

fn spoken_number(mention: &Mention<PhoneNumber>, text: &str, call: &Call) -> Number {
    let mut how = "as spoken".to_owned();
    if let Some(place) = mention.place {
        let (start, end) = (place.start as usize, place.end as usize);
        let words: String = text.chars().skip(start).take(end.saturating_sub(start)).collect();
        how = format!("as spoken, “{}”", one_line(&words));
        if let Some(at) = call.heard.as_ref().and_then(|heard| passage(heard, start)) {
            how = format!("{how}, in the passage from {}", clock(at));
        }
    }
    Number { dial: mention.value.to_string(), how }
}

/// Where in the recording the passage begins that holds the character `at` of the text, in milliseconds.
fn passage(heard: &Heard, at: usize) -> Option<u64> {
    let before: String = heard.transcript.text.chars().take(at).collect();
    let words = before.split_whitespace().count();
    // Within a word, that word.
    let within = before.chars().next_back().is_some_and(|c| !c.is_whitespace());
    heard.transcript.words.get(words.saturating_sub(usize::from(within))).map(|word| word.passage_ms)
}

/// `1:07`
fn clock(ms: u64) -> String {
    format!("{}:{:02}", ms / 60_000, ms / 1_000 % 60)
}

/// `Tue 24 Nov, 09:12` in `zone`.
pub(super) fn when(at: Millis, zone: &TimeZone) -> String {
    zone.to_datetime(at.timestamp()).strftime("%a %-d %b, %H:%M").to_string()
}
