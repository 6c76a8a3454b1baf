//! Letters from calls made up for the purpose.

use super::{Digest, Material, Trouble};
use crate::domain::{
    Call, CallId, CallState, Caller, Heard, Label, Mention, Mentions, Millis, Owner, PhoneNumber, Place,
    Reason, Score, Transcript, Verdict, Word,
};
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

const NUMBER: &str = "+15095550196";

fn call(id: i64, label: Label, text: &str) -> Call {
    let words = text.split_whitespace().enumerate();
    let words = words.map(|(at, word)| Word {
        text: word.to_owned(),
        passage_ms: 1_000 * (at as u64 / 4),
        confidence: 0.9,
    });
    let number = PhoneNumber::parse(NUMBER, "US");
    let reason = |weight, why: &str| Reason {
        rule: why.replace(' ', "-"),
        weight,
        why: why.to_owned(),
        quote: text.chars().take(10).collect(),
    };
    Call {
        id: CallId(id),
        path: "/spool/a.wav".into(),
        audio_sha256: Some(format!("{id:064x}")),
        caller: Caller { number: number.clone(), raw_number: None, name: Some("PAT LEE".to_owned()) },
        mailbox: None,
        attestation: None,
        told_transcript: None,
        received: Millis(1_773_504_000_000 - id * 60_000),
        found: Millis(1_773_504_000_000),
        state: CallState::Filed,
        attempts: 1,
        next_try: None,
        problem: None,
        heard: Some(Heard {
            transcript: Transcript { text: text.to_owned(), words: words.collect(), ..Transcript::default() },
            audio_ms: 9_000,
            took_ms: 900,
            format: "WAV".to_owned(),
            notes: Vec::new(),
        }),
        verdict: Some(Verdict {
            label,
            score: Score(if label == Label::Spam { 0.97 } else { 0.04 }),
            reasons: vec![reason(1.5, "wants to sell"), reason(-1.0, "says what they need")],
            mentions: Mentions::default(),
        }),
        marked: None,
    }
}

fn held(id: i64) -> Call {
    let problem = Some("not a recording: no sound in it".to_owned());
    Call { state: CallState::Held, heard: None, verdict: None, problem, ..call(id, Label::Lead, "") }
}

fn material(calls: Vec<Call>) -> Material {
    Material {
        date: date(2026, 3, 14),
        zone: TimeZone::get("America/Los_Angeles").unwrap(),
        calls,
        troubles: Vec::new(),
        stuck: None,
        earlier_spam: Vec::new(),
    }
}

fn digest(calls: Vec<Call>) -> Digest {
    Digest::new(&material(calls), &Owner::default())
}

/// Where each of `parts` stands in `text`; all must be there, in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { panic!("no `{part}` in\n{rest}") };
        rest = after;
    }
}

#[test]
fn what_needs_ears_comes_first_then_leads_review_spam_and_the_ledger() {
    let mut all = material(vec![
        call(1, Label::Spam, "we can get you on the first page of Google for nothing"),
        call(2, Label::Review, "call me back when you can"),
        call(3, Label::Lead, "my sink is leaking in the kitchen"),
        call(4, Label::Empty, ""),
        held(5),
    ]);
    all.troubles.push(Trouble { what: "the disk is full".to_owned(), help: "make room".to_owned() });
    all.earlier_spam.push(call(9, Label::Spam, "hello"));
    let digest = Digest::new(&all, &Owner::default());
    assert_eq!(digest.subject(), "1 trouble, 1 needs ears, 1 lead, 1 to review, 1 spam, 1 empty");
    let order = [
        "the disk is full",
        "not a recording",
        "dime retry 5",
        "my sink is leaking",
        "dime mark 3 spam",
        "call me back",
        "dime mark 2 lead|spam",
        "wants to sell",
        "dime mark 1 lead",
        "Nobody spoke in 1 message",
        "1 callback avoided: 6 minutes, and 0.60",
        "has called 2 times to sell",
    ];
    in_order(&digest.text(), &order);
    in_order(&digest.html().unwrap(), &order);
}

#[test]
fn both_sides_are_told_of_what_is_to_be_reviewed() {
    let text = digest(vec![call(2, Label::Review, "call me back when you can")]).text();
    in_order(&text, &["For a call: says what they need", "Against: wants to sell"]);
    let text = digest(vec![call(2, Label::Lead, "my sink is leaking")]).text();
    assert!(!text.contains("Against"), "{text}");
}

#[test]
fn a_spoken_number_is_told_as_said_and_when() {
    let said = "Hello it is Pat and my sink leaks. Call me on five oh nine 555 0142 please";
    let mut lead = call(7, Label::Lead, said);
    let place = Some(Place { start: 46, end: 67 });
    let value = PhoneNumber::parse("+15095550142", "US").unwrap();
    lead.verdict.as_mut().unwrap().mentions.numbers.push(Mention { value, place });
    let text = digest(vec![lead]).text();
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    in_order(
        &flat,
        &[
            "Call +15095550142 (as spoken, “five oh nine 555 0142”, in the passage from 0:02)",
            "Call +15095550196 (as shown)",
        ],
    );
}

#[test]
fn the_same_recording_from_many_numbers_is_one_line() {
    let script = "This is an important message about your business listing. Press one now";
    let calls = vec![
        call(3, Label::Spam, script),
        call(2, Label::Spam, "We install awnings and would love to quote you a price"),
        call(1, Label::Spam, &script.to_uppercase().replace("NOW", "")),
    ];
    let text = digest(calls).text();
    assert_eq!(text.matches("Not so?").count(), 2, "{text}");
    in_order(&text, &["3, 1: 2 calls with the same words", "* 2: +15095550196 PAT LEE"]);
}

#[test]
fn the_owners_word_counts() {
    let mut marked = call(1, Label::Spam, "we sell");
    marked.marked = Some(Label::Lead);
    let text = digest(vec![marked]).text();
    in_order(&text, &["Leads", "by your word"]);
    assert!(!text.contains("Spam\n"), "{text}");
}

#[test]
fn nothing_to_tell_is_empty() {
    assert!(digest(Vec::new()).is_empty());
    assert!(!digest(vec![held(1)]).is_empty());
    assert_eq!(digest(Vec::new()).subject(), "no calls, and all is well");
}

#[test]
fn nothing_is_fetched_and_nothing_runs() {
    let html = digest(vec![call(3, Label::Lead, "my sink")]).html().unwrap();
    for forbidden in ["http:", "https:", "src=", "url(", "<script", "<img", "<link", "@import"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

proptest! {
    #[test]
    fn no_word_of_a_caller_becomes_markup(words in "[<>&\"'/a-z!-]{1,40}", name in "[<>&\"'/a-z=]{1,20}") {
        let mut lead = call(1, Label::Review, &format!("x{words}"));
        lead.caller.name = Some(format!("y{name}"));
        let mut plain = call(1, Label::Review, "x");
        plain.caller.name = Some("y".to_owned());
        let tags = |call: Call| digest(vec![call]).html().unwrap().matches('<').count();
        prop_assert_eq!(tags(lead), tags(plain));
    }

    #[test]
    fn no_line_of_the_text_is_wide_or_holds_controls(text in "[a-z\\x00-\\x1f\u{202e} ]{0,300}") {
        let letter = digest(vec![call(1, Label::Review, &text)]).text();
        for line in letter.lines() {
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert!(line.chars().count() <= 72 || line.split_whitespace().any(|word| word.len() > 50), "{}", line);
        }
    }
}
