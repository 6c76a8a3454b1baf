//! Decides from what a run reports whether to believe it, to listen again, or that nobody spoke.
//!
//! The thresholds stand between what was measured with base on telephone speech (176 prompts, 38 utterances of
//! a word or two, loud and very faint) and on 49 kinds of noise, tone, click and music. Speech is never dropped
//! for being unlikely: only annotations go, and subtitle phrases where there is no sign of speech.

use super::whisper::Take;
use super::words::words;
use crate::domain::Word;
use std::cmp::Ordering;

/// Every noise had a no-speech probability above this; of 258 clips of running speech 2 had, but so had 22 of 30
/// strings of single digits: it never decides alone.
const NO_SPEECH: f32 = 0.47;
/// Mean log-probability: 99 % of English prompts are above; other languages heard as English are below, or loop.
const DOUBTFUL: f32 = -0.5;
/// Text that broke off in the middle of the sound ended at −1.7; whole messages ended at −1.0 or above.
const UNSURE_END: f32 = -1.2;
/// At this probability another language than the assumed one is tried.
const OTHER_LANGUAGE: f32 = 0.5;
/// With fewer tokens there is too little to tell a language by: "bye bye" is taken for Chinese.
const TELLING_PIECES: usize = 6;
/// Longest phrase, in words, that a loop is made of.
const LONGEST_LOOP: usize = 20;
/// What whisper learnt from subtitles to say when nobody speaks: lower case, letters and digits only.
const SUBTITLES: [&str; 7] = [
    "please subscribe",
    "thank you",
    "thank you for watching",
    "thank you so much",
    "thank you very much",
    "thanks for watching",
    "you",
];
/// "(speaking in foreign language)" is worth as much as words of this mean log-probability.
const ANNOTATION: f32 = -1.0;
/// Parts of annotations which say that somebody does speak.
const SOMEBODY: [&str; 7] =
    ["foreign", "inaudible", "indistinct", "speak", "talk", "unintelligible", "voice"];
/// Stands for a passage in which somebody may speak and nothing is understood, as whisper itself writes it.
pub(super) const INAUDIBLE: &str = "[inaudible]";
/// What annotations stand between.
const BRACKETS: [(char, char); 4] = [('[', ']'), ('(', ')'), ('*', '*'), ('♪', '♪')];

/// Why a chunk deserves another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The words seem to be of this language and not of the assumed one.
    Language(&'static str),
    /// The text loops, breaks off or is unlikely.
    Words,
}

/// Whether to listen again to what was heard as `language`.
pub(super) fn doubt(take: &Take, language: &str) -> Option<Doubt> {
    let words = words(&take.pieces, 0);
    let said = without_annotations(words.clone());
    if said.is_empty() && !words.is_empty() {
        // "(beeping)" is a firm answer.
        return None;
    }
    let annotated = is_annotation(&words);
    let broken = take.end_log_probability.is_none_or(|end| end < UNSURE_END);
    if !(annotated || broken || loops(&words) || take.mean_log_probability < DOUBTFUL) {
        return None;
    }
    let telling = |probability| take.pieces.len() >= TELLING_PIECES && probability >= OTHER_LANGUAGE;
    match take.likeliest {
        Some((other, probability)) if other != language && (annotated || telling(probability)) => {
            Some(Doubt::Language(other))
        }
        _ => Some(Doubt::Words),
    }
}

/// Whether `second` is to be believed rather than `first`: it ended, does not loop, and is likelier.
pub(super) fn is_better(second: &Take, first: &Take) -> bool {
    let rank = |take: &Take| {
        let words = words(&take.pieces, 0);
        let whole = take.end_log_probability.is_some_and(|end| end >= UNSURE_END) && !loops(&words);
        let likely = take.mean_log_probability.min(if is_annotation(&words) { ANNOTATION } else { 0.0 });
        (whole, !words.is_empty(), likely)
    };
    rank(second).partial_cmp(&rank(first)).is_some_and(Ordering::is_gt)
}

/// The words of a take that somebody said; empty when nobody spoke. When there are none, and yet the model does
/// not find that nobody speaks, the one word is [`INAUDIBLE`]: the owner must hear that for themselves.
pub(super) fn said(take: &Take, passage_ms: u64) -> Vec<Word> {
    let words = without_annotations(words(&take.pieces, passage_ms));
    let nobody = take.no_speech > NO_SPEECH;
    match plain(&words).as_str() {
        "" if !nobody => vec![Word { text: INAUDIBLE.to_owned(), passage_ms, confidence: 0.0 }],
        text if nobody && SUBTITLES.contains(&text) => Vec::new(),
        _ => words,
    }
}

/// Leaves out `[BLANK_AUDIO]`, "(beeping)" and lone signs, but not "(509)" or "(speaking Spanish)".
fn without_annotations(words: Vec<Word>) -> Vec<Word> {
    let mut kept: Vec<Word> = Vec::new();
    // Where in `kept` an annotation may have begun, and what would close it.
    let mut open: Option<(usize, char)> = None;
    for word in words {
        let inner = word.text.trim_end_matches(['.', ',', '!', '?', ';', ':']);
        let closes = |close: char| inner.ends_with(close) && (inner.chars().count() > 1 || close != '♪');
        if open.is_none() {
            let bracket = BRACKETS.iter().find(|(opening, _)| inner.starts_with(*opening));
            open = bracket.map(|(_, close)| (kept.len(), *close));
        }
        let ends =
            open.filter(|(start, close)| closes(*close) || (kept.len() > *start && inner.ends_with(*close)));
        kept.push(word);
        if let Some((start, _)) = ends {
            let annotation = plain(kept.get(start..).unwrap_or_default());
            let keep = annotation.contains(|c: char| c.is_ascii_digit())
                || SOMEBODY.iter().any(|part| annotation.contains(part));
            if !keep {
                kept.truncate(start);
            }
            open = None;
        }
    }
    kept.retain(|word| word.text.contains(char::is_alphanumeric));
    kept
}

/// Whether all there is stands between brackets.
fn is_annotation(words: &[Word]) -> bool {
    let Some((first, last)) = words.first().zip(words.last()) else { return false };
    BRACKETS.iter().any(|(open, close)| first.text.starts_with(*open) && last.text.ends_with(*close))
}

/// Whether a phrase is said over and over: more often the shorter it is, for digits and greetings do repeat.
fn loops(words: &[Word]) -> bool {
    let words = words.iter().map(|word| plain(std::slice::from_ref(word))).collect::<Vec<_>>();
    (1..=LONGEST_LOOP).any(|length| {
        let times = match length {
            1 => 8,
            2 => 6,
            3 | 4 => 4,
            _ => 3,
        };
        let run = length * (times - 1);
        let mut same = 0;
        words.iter().zip(words.iter().skip(length)).any(|(before, after)| {
            same = if before == after { same + 1 } else { 0 };
            same >= run
        })
    })
}

/// The words in lower case, letters, digits and single spaces only.
fn plain(words: &[Word]) -> String {
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let kept = text.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect::<String>();
    kept.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::words::Piece;
    use super::*;

    /// A take that is whole, English and certain.
    fn take(text: &str) -> Take {
        let pieces = text
            .split_inclusive(' ')
            .map(|part| Piece { bytes: part.as_bytes().to_vec(), probability: 0.9 })
            .collect();
        Take {
            pieces,
            mean_log_probability: -0.1,
            end_log_probability: Some(-0.1),
            no_speech: 0.05,
            likeliest: Some(("en", 0.9)),
        }
    }

    fn heard(take: &Take) -> String {
        said(take, 0).iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn annotations_are_not_words() {
        for (text, want) in [
            ("[BLANK_AUDIO]", ""),
            ("(upbeat music)", ""),
            ("[ Silence ]", ""),
            ("(crickets chirping) (crickets chirping)", ""),
            ("*beep*", ""),
            ("♪", ""),
            ("♪ ♪", ""),
            ("- -", ""),
            ("Hello, (coughing) it's Bob. [BEEP]", "Hello, it's Bob."),
            ("Call (509) 555-0196.", "Call (509) 555-0196."),
            ("(Speaking Spanish)", "(Speaking Spanish)"),
            ("[inaudible] call me", "[inaudible] call me"),
            ("a (bracket that never closes", "a (bracket that never closes"),
        ] {
            assert_eq!(heard(&Take { no_speech: 0.8, ..take(text) }), want, "{text}");
        }
    }

    /// A message in robotic German was heard as `[BLANK_AUDIO]` and filed as empty, unheard by anybody.
    #[test]
    fn what_may_be_speech_and_is_not_understood_is_said_to_be_inaudible() {
        assert_eq!(heard(&Take { no_speech: 0.4, ..take("[BLANK_AUDIO]") }), "[inaudible]");
        assert_eq!(heard(&Take { no_speech: 0.4, ..take("") }), "[inaudible]");
    }

    #[test]
    fn thanks_are_believed_when_somebody_speaks() {
        assert_eq!(heard(&take("Thank you.")), "Thank you.");
        assert_eq!(heard(&Take { no_speech: 0.8, ..take("Thank you.") }), "");
        assert_eq!(heard(&Take { no_speech: 0.8, ..take("[BLANK_AUDIO]") }), "");
        let doubtful = Take { no_speech: 0.8, mean_log_probability: -1.5, ..take("Thank you, it's Bob.") };
        assert_eq!(heard(&doubtful), "Thank you, it's Bob.");
    }

    #[test]
    fn loops_are_told_from_repetition() {
        let looping =
            ["my number is null, ".repeat(4), "no ".repeat(9), "press eight to jump forwards. ".repeat(3)];
        for text in looping {
            assert_eq!(doubt(&take(&text), "en"), Some(Doubt::Words), "{text}");
        }
        for text in
            ["five five five five oh one", "hello hello hello?", "bye bye bye bye", "call me, please call me"]
        {
            assert_eq!(doubt(&take(text), "en"), None, "{text}");
        }
    }

    #[test]
    fn what_breaks_off_or_is_unlikely_is_heard_again() {
        assert_eq!(doubt(&take("Good afternoon."), "en"), None);
        for take in [
            Take { end_log_probability: None, ..take("Good afternoon.") },
            Take { end_log_probability: Some(-1.7), ..take("Good afternoon.") },
            Take { mean_log_probability: -1.1, ..take("Good afternoon.") },
        ] {
            assert_eq!(doubt(&take, "en"), Some(Doubt::Words));
        }
        assert_eq!(doubt(&Take { mean_log_probability: -1.2, ..take("(wind blowing)") }, "en"), None);
    }

    #[test]
    fn another_language_needs_evidence_and_enough_words() {
        let spanish = Take {
            mean_log_probability: -0.9,
            likeliest: Some(("es", 0.8)),
            ..take("Hello, I bought a number on the internet")
        };
        assert_eq!(doubt(&spanish, "en"), Some(Doubt::Language("es")));
        assert_eq!(doubt(&spanish, "es"), Some(Doubt::Words));
        let clear = Take { mean_log_probability: -0.2, ..spanish.clone() };
        assert_eq!(doubt(&clear, "en"), None);
        let bye = Take { pieces: take("Bye bye.").pieces, likeliest: Some(("zh", 0.9)), ..spanish };
        assert_eq!(doubt(&bye, "en"), Some(Doubt::Words));
        let foreign = Take { likeliest: Some(("it", 0.9)), ..take("(speaking foreign)") };
        assert_eq!(doubt(&foreign, "en"), Some(Doubt::Language("it")));
    }

    #[test]
    fn the_likelier_whole_take_is_better() {
        let quick = Take { end_log_probability: None, ..take("Hi. Hi.") };
        let thorough = Take { mean_log_probability: -0.3, ..take("Hi, it's Mom.") };
        assert!(is_better(&thorough, &quick));
        assert!(!is_better(&quick, &thorough));
        assert!(is_better(&take("Hola."), &thorough));
        let foreign = take("(speaking French)");
        assert!(is_better(&thorough, &foreign));
        assert!(!is_better(&Take { mean_log_probability: -1.1, ..take("Thank you.") }, &foreign));
    }
}
