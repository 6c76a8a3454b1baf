//! How verdicts bear what a recogniser does to words: no punctuation, no capitals, words left out.

use crate::labelled::{Changes, Draw, message, messages};

/// Draws of lost words for each message.
const DRAWS: usize = 3;

#[test]
fn verdicts_bear_text_without_punctuation_and_capitals() {
    let mut changes = Changes::default();
    for labelled in messages() {
        let bare = bare(&labelled.text);
        let before = labelled.judged(&labelled.message());
        let after = labelled.judged(&message(&bare, &labelled.caller_number, &labelled.caller_name));
        changes.add(&before, &after, || format!("{}: {bare}", labelled.id));
    }
    let report = changes.report();
    println!("{report}");
    assert!(changes.kept() >= 0.97, "{report}");
}

#[test]
fn verdicts_bear_the_loss_of_every_twentieth_word() {
    let mut changes = Changes::default();
    for labelled in messages() {
        let before = labelled.judged(&labelled.message());
        for draw in 0..DRAWS {
            let (kept, lost) = lossy(&labelled.text, &mut Draw::new(&format!("{} {draw}", labelled.id)));
            let after = labelled.judged(&message(&kept, &labelled.caller_number, &labelled.caller_name));
            changes.add(&before, &after, || format!("{}: without {lost:?}: {kept}", labelled.id));
        }
    }
    let report = changes.report();
    println!("{report}");
    assert!(changes.kept() >= 0.93, "{report}");
}

/// Letters, figures and spaces only, in lower case. What joins two words parts them: `follow-up`, `cash—now`.
fn bare(text: &str) -> String {
    let plain = |c: char| match c {
        '-' | '–' | '—' | '/' | '…' => Some(' '),
        _ => Some(c).filter(|c| c.is_alphanumeric() || c.is_whitespace()),
    };
    text.chars().filter_map(plain).flat_map(char::to_lowercase).collect()
}

/// `text` with each word left out with a chance of 5 %, and the words that were.
fn lossy<'a>(text: &'a str, draw: &mut Draw) -> (String, Vec<&'a str>) {
    let (lost, kept): (Vec<_>, Vec<_>) = text.split_whitespace().partition(|_| draw.below(20) == 0);
    (kept.join(" "), lost)
}
