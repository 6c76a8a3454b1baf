//! The labelled messages and the judges of their owners, for tests over many verdicts.

use crate::home::checkout;
use dime::domain::{Explanation, Message, Owner, PhoneNumber, Verdict};
use dime::judge::{Judge, RuleSet};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

/// Most messages one test looks at, spread evenly over all of them: a test must end in seconds.
const MOST: usize = 2500;

/// How many of the worst a test shows.
const SHOWN: usize = 12;

/// One line of `tests/messages/*.jsonl`.
#[derive(Deserialize)]
pub(crate) struct Labelled {
    pub(crate) id: String,
    pub(crate) owner: String,
    #[serde(default)]
    pub(crate) caller_number: String,
    #[serde(default)]
    pub(crate) caller_name: String,
    pub(crate) text: String,
}

impl Labelled {
    /// As the judge gets it.
    pub(crate) fn message(&self) -> Message {
        message(&self.text, &self.caller_number, &self.caller_name)
    }

    pub(crate) fn owner(&self) -> &'static Owner {
        &OWNERS[&self.owner]
    }

    /// How the judge of its owner comes to its verdict.
    pub(crate) fn explained(&self, message: &Message) -> Explanation {
        JUDGES[&self.owner].explain(message)
    }

    /// What the judge of its owner says of `message`.
    pub(crate) fn judged(&self, message: &Message) -> Verdict {
        JUDGES[&self.owner].judge(message)
    }
}

static OWNERS: LazyLock<BTreeMap<String, Owner>> =
    LazyLock::new(|| toml::from_str(&fs::read_to_string(folder().join("owners.toml")).unwrap()).unwrap());

static JUDGES: LazyLock<BTreeMap<String, Judge>> = LazyLock::new(|| {
    let rules = RuleSet::shipped().unwrap();
    OWNERS.iter().map(|(id, owner)| (id.clone(), Judge::new(&rules, owner).unwrap())).collect()
});

static MESSAGES: LazyLock<Vec<Labelled>> = LazyLock::new(|| {
    let mut files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    texts.flat_map(|text| text.lines().map(read).collect::<Vec<_>>()).collect()
});

fn read(line: &str) -> Labelled {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// `tests/messages`.
pub(crate) fn folder() -> PathBuf {
    checkout().join("tests/messages")
}

/// Every message.
pub(crate) fn all() -> impl Iterator<Item = &'static Labelled> {
    MESSAGES.iter()
}

/// Every n-th message, so that there are at most `MOST`.
pub(crate) fn messages() -> impl Iterator<Item = &'static Labelled> {
    MESSAGES.iter().step_by(MESSAGES.len().div_ceil(MOST).max(1))
}

/// A message in English from a number and a name as the line shows them; either may be empty.
pub(crate) fn message(text: &str, number: &str, name: &str) -> Message {
    Message {
        text: text.to_owned(),
        language: None,
        caller_number: parsed(number),
        caller_name: Some(name.to_owned()).filter(|name| !name.is_empty()),
    }
}

/// Each number is read once: one of another country takes milliseconds.
fn parsed(number: &str) -> Option<PhoneNumber> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Option<PhoneNumber>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap();
    known.entry(number.to_owned()).or_insert_with(|| PhoneNumber::parse(number, "US")).clone()
}

/// Verdicts before and after a change that ought to leave them as they are.
#[derive(Default)]
pub(crate) struct Changes {
    tried: u32,
    relabelled: u32,
    moved: f64,
    worst: Vec<(f32, String)>,
}

impl Changes {
    /// Counts one. `why` says which it is, and is shown if it is among the worst.
    pub(crate) fn add(&mut self, before: &Verdict, after: &Verdict, why: impl FnOnce() -> String) {
        let moved = (before.score.0 - after.score.0).abs();
        self.tried += 1;
        self.moved += f64::from(moved);
        if before.label == after.label && moved == 0.0 {
            return;
        }
        let other = before.label != after.label;
        self.relabelled += u32::from(other);
        let rules = |verdict: &Verdict| {
            let rules = verdict.reasons.iter().map(|reason| format!("{} {:+.2}", reason.rule, reason.weight));
            rules.collect::<Vec<_>>()
        };
        let (had, has) = (rules(before), rules(after));
        let only = |some: &[String], others: &[String]| {
            some.iter().filter(|rule| !others.contains(rule)).cloned().collect::<Vec<_>>().join(", ")
        };
        let line = format!(
            "{} {:.3} -> {} {:.3}, lost [{}], won [{}]: {}",
            before.label,
            before.score.0,
            after.label,
            after.score.0,
            only(&had, &has),
            only(&has, &had),
            why()
        );
        // A change of label is worse than any change of score.
        self.worst.push((moved + f32::from(u8::from(other)), line));
    }

    /// How many were counted.
    pub(crate) fn tried(&self) -> u32 {
        self.tried
    }

    /// The share that kept its label.
    pub(crate) fn kept(&self) -> f64 {
        1.0 - f64::from(self.relabelled) / f64::from(self.tried.max(1))
    }

    /// By how much a score changed, on average.
    pub(crate) fn moved(&self) -> f64 {
        self.moved / f64::from(self.tried.max(1))
    }

    /// What was measured, and the worst.
    pub(crate) fn report(&mut self) -> String {
        self.worst.sort_by(|one, other| other.0.total_cmp(&one.0));
        let worst: Vec<_> = self.worst.iter().take(SHOWN).map(|(_, line)| line.as_str()).collect();
        format!(
            "{} of {} kept their label ({:.2} %), the score moved by {:.4} on average\n  {}",
            self.tried - self.relabelled,
            self.tried,
            100.0 * self.kept(),
            self.moved(),
            worst.join("\n  ")
        )
    }
}

/// Numbers that look random and are the same in every run (splitmix64).
pub(crate) struct Draw(u64);

impl Draw {
    /// Starts from the bytes of `seed` (FNV-1a).
    pub(crate) fn new(seed: &str) -> Self {
        Self(
            seed.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            }),
        )
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}
