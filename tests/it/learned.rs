//! The learned part against the program that trained it, and its files against what they say of themselves.

use crate::home::checkout;
use crate::labelled::all;
use dime::domain::Message;
use dime::judge::{Judge, RuleSet, sample_owner};
use std::collections::BTreeMap;
use std::fs;

#[test]
fn the_program_finds_what_the_training_program_found() {
    let check = fs::read_to_string(checkout().join("models/judge/check.tsv")).unwrap();
    let wanted: BTreeMap<&str, f32> = check
        .lines()
        .map(|line| line.split_once('\t').unwrap())
        .map(|(id, log_odds)| (id, log_odds.parse().unwrap()))
        .collect();
    let mut tried = 0;
    for labelled in all() {
        let Some(want) = wanted.get(labelled.id.as_str()) else { continue };
        let explained = labelled.explained(&labelled.message());
        let learned = explained.counted.iter().find(|counted| counted.reason.rule == "learned").unwrap();
        let got = learned.own_weight;
        assert!((got - want).abs() < 0.01, "{}: {got} here, {want} in training", labelled.id);
        tried += 1;
    }
    assert!(tried >= 40, "{tried}");
}

#[test]
fn the_learned_part_is_bounded_and_quotes_what_moved_it() {
    let rules = RuleSet::shipped().unwrap();
    let judge = Judge::new(&rules, &sample_owner()).unwrap();
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
