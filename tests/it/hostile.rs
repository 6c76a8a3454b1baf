//! Text made to slow the judge down, to stop it or to fool it.

use crate::home::checkout;
use crate::labelled::{Changes, Draw, message, messages};
use dime::domain::Message;
use dime::judge::{Judge, RuleSet, sample_owner};
use rustix::time::{ClockId, clock_gettime};
use std::fmt::Write;
use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

/// How much longer the long text is.
const TIMES: usize = 16;

/// How much longer it may take: in proportion, with room for what a cache no longer holds.
const SLOWER: u32 = 40;

/// Length of the short text in bytes; the long one is a megabyte.
const SHORT: usize = 1_000_000 / TIMES;

/// Runs, of which the best counts.
const RUNS: usize = 3;

/// After a run as slow as this, there is no other.
const TOO_SLOW: Duration = Duration::from_secs(1);

/// Characters that are not heard: marks of direction and joining, a soft hyphen.
const UNHEARD: &[char] = &['\u{202e}', '\u{200f}', '\u{2067}', '\u{200b}', '\u{feff}', '\u{ad}'];

static SAMPLE: LazyLock<Judge> =
    LazyLock::new(|| Judge::new(&RuleSet::shipped().unwrap(), &sample_owner()).unwrap());

/// Our own rule files, all in one.
static RULES: LazyLock<String> = LazyLock::new(|| {
    let files = fs::read_dir(checkout().join("config/rules")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
});

fn said(text: &str) -> Message {
    message(text, "", "")
}

/// Every example in the rule files: text that as many rules as possible are true of.
fn examples() -> String {
    let rules = RuleSet::shipped().unwrap();
    let examples = rules.rules().flat_map(|rule| rule.matching.iter().chain(&rule.not_matching));
    examples.fold(String::new(), |mut all, example| {
        write!(all, "{example}. ").unwrap();
        all
    })
}

/// `piece` again and again, up to `length` bytes.
fn filled(piece: &str, length: usize) -> String {
    piece
        .repeat(length / piece.len() + 1)
        .chars()
        .scan(0, |at, c| {
            *at += c.len_utf8();
            (*at <= length).then_some(c)
        })
        .collect()
}

/// The time this thread has worked: other tests, which run at the same time, do not count.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// The least time that judging `text` took in a few runs.
fn best(text: &str) -> Duration {
    let message = said(text);
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = worked();
        std::hint::black_box(SAMPLE.judge(&message));
        best = best.min(worked().saturating_sub(start));
        if best > TOO_SLOW {
            break;
        }
    }
    best
}

#[test]
fn time_grows_in_proportion_to_the_text() {
    let real = messages().map(|labelled| labelled.text.as_str()).collect::<Vec<_>>().join(" ");
    let examples = examples();
    let mut slow = Vec::new();
    for (what, piece) in [
        ("real messages", real.as_str()),
        ("our rules", &RULES),
        ("our examples", &examples),
        ("one letter", "a"),
        ("one word", "help "),
        ("figures", "five "),
        ("a number", "505-555-0118 "),
        ("digits", "5"),
        ("names", "my name is Bob from Acme "),
        ("the beginning of a pitch", "we can help you get more "),
        ("addresses", "x dot com "),
        ("at and dot", "at dot "),
        ("stops", ". "),
        ("no spaces", "call-me.now/"),
        ("control characters", "\u{7}\u{1b}[31m\0"),
        ("marks of direction", "\u{202e}\u{2067}a\u{200f} "),
        ("accents", "e\u{301}\u{301}\u{301}"),
        ("another alphabet", "שלום "),
        ("apostrophes", "'s n't "),
    ] {
        let (short, long) = (best(&filled(piece, SHORT)), best(&filled(piece, SHORT * TIMES)));
        let line = format!(
            "{what:<26} {:>8.2} ms, {TIMES} times as long {:>8.2} ms, {:>5.1} times",
            short.as_secs_f64() * 1e3,
            long.as_secs_f64() * 1e3,
            long.as_secs_f64() / short.as_secs_f64()
        );
        println!("{line}");
        if long > short * SLOWER {
            slow.push(line);
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

#[test]
fn a_hundred_thousand_of_one_word_are_judged() {
    for word in
        ["a", "help", "press", "one", "google", "dot", "my", "not", "sink", "😀", "ﷺ", "\u{202e}", "\0", "."]
    {
        let verdict = SAMPLE.judge(&said(&format!("{word} ").repeat(100_000)));
        assert!((0.0..=1.0).contains(&verdict.score.0), "{word:?}: {:?}", verdict.score);
    }
}

#[test]
fn text_that_quotes_the_rules_is_judged() {
    for line in RULES.lines().chain([RULES.as_str()]) {
        let verdict = SAMPLE.judge(&said(line));
        assert!((0.0..=1.0).contains(&verdict.score.0), "{line}: {:?}", verdict.score);
        for piece in verdict.reasons.iter().flat_map(|reason| reason.quote.split(" … ")) {
            assert!(line.contains(piece), "`{piece}` is not in `{line}`");
        }
    }
}

#[test]
fn marks_that_nobody_hears_change_no_verdict() {
    let mut changes = Changes::default();
    for labelled in messages() {
        let mut draw = Draw::new(&labelled.id);
        let mut marked = String::new();
        for c in labelled.text.chars() {
            marked.push(c);
            if draw.below(4) == 0 {
                marked.push(UNHEARD[draw.below(UNHEARD.len())]);
            }
        }
        let before = labelled.judged(&labelled.message());
        let after = labelled.judged(&message(&marked, &labelled.caller_number, &labelled.caller_name));
        changes.add(&before, &after, || format!("{}: {}", labelled.id, labelled.text));
    }
    let report = changes.report();
    println!("{report}");
    assert!(changes.kept() >= 1.0 && changes.moved() == 0.0, "{report}");
}
