//! The learned part against the program that trained it, and its files against what they say of themselves.

use crate::home::checkout;
use dime::domain::{Message, Owner};
use dime::judge::{Judge, RuleSet};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Every labelled message.
pub(crate) fn messages() -> Vec<Value> {
    let folder = checkout().join("tests/messages");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    files.sort();
    let lines = files.iter().flat_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    });
    lines.collect()
}

/// The owners they were left for.
pub(crate) fn owners() -> BTreeMap<String, Owner> {
    toml::from_str(&fs::read_to_string(checkout().join("tests/messages/owners.toml")).unwrap()).unwrap()
}

#[test]
fn the_program_finds_what_the_training_program_found() {
    let check = fs::read_to_string(checkout().join("models/judge/check.tsv")).unwrap();
    let wanted: BTreeMap<&str, f32> = check
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(id, log_odds)| (id, log_odds.parse().unwrap()))
        .collect();
    let (owners, rules) = (owners(), RuleSet::shipped().unwrap());
    let mut tried = 0;
    for line in messages() {
        let Some(want) = wanted.get(line["id"].as_str().unwrap()) else { continue };
        let judge = Judge::new(&rules, &owners[line["owner"].as_str().unwrap()]).unwrap();
        let text = line["text"].as_str().unwrap().to_owned();
        let explained = judge.explain(&Message { text, ..Message::default() });
        let learned = explained.counted.iter().find(|counted| counted.reason.rule == "learned").unwrap();
        let got = learned.own_weight;
        assert!((got - want).abs() < 0.01, "{}: {got} here, {want} in training", line["id"]);
        tried += 1;
    }
    assert!(tried >= 40, "{tried}");
}

#[test]
fn the_learned_part_is_bounded_and_quotes_what_moved_it() {
    let rules = RuleSet::shipped().unwrap();
    let judge = Judge::new(&rules, &owners()["web"]).unwrap();
    let bound = rules.thresholds().learned;
    let text = "We help businesses like yours get more customers, it takes ten minutes. ".repeat(30);
    let explained = judge.explain(&Message { text: text.clone(), ..Message::default() });
    let learned = explained.counted.iter().find(|counted| counted.reason.rule == "learned").unwrap();
    assert!(learned.own_weight > learned.reason.weight, "{learned:?}");
    assert!((learned.reason.weight - bound).abs() < f32::EPSILON);
    assert!(learned.reason.quote.split(" … ").all(|piece| text.contains(piece) && !piece.is_empty()));
}

#[test]
fn no_name_is_among_the_words_it_knows() {
    let known = fs::read_to_string(checkout().join("models/judge/reader.tsv")).unwrap();
    let known: Vec<_> =
        known.lines().filter_map(|line| line.strip_prefix("word ")?.split('\t').next()).collect();
    assert!(known.len() > 1000);
    for name in [
        "jessica",
        "kevin",
        "maria",
        "mohammed",
        "ahmed",
        "priya",
        "nguyen",
        "garcia",
        "oluwaseun",
        "wei",
        "dmitri",
        "india",
        "nigeria",
        "mexico",
        "chinese",
        "mexican",
        "african",
        "philippines",
        "chicago",
        "dallas",
        "texas",
    ] {
        assert!(!known.contains(&name), "{name}");
    }
}
