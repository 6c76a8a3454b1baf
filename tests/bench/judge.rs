//! How fast messages are judged, and how the time grows with their length and with the number of rules.

#![expect(clippy::unwrap_used, reason = "a benchmark ends at the first thing that is wrong")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dime::domain::{Message, Owner};
use dime::judge::{Judge, Rule, RuleSet, RuleSource, Test, sample_owner};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

#[derive(Deserialize)]
struct Samples {
    voicemail: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    text: String,
}

/// A line of `tests/messages/*.jsonl`.
#[derive(Deserialize)]
struct Line {
    owner: String,
    text: String,
}

fn said(text: String) -> Message {
    Message { text, ..Message::default() }
}

fn samples() -> Vec<Message> {
    let samples: Samples = toml::from_str(include_str!("../voicemails/voicemails.toml")).unwrap();
    samples.voicemail.into_iter().map(|sample| said(sample.text)).collect()
}

/// The labelled messages, each with the owner it was left for.
fn labelled() -> Vec<(String, Message)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let read = |path| fs::read_to_string(path).unwrap();
    let lines = files.into_iter().flat_map(|path| read(path).lines().map(str::to_owned).collect::<Vec<_>>());
    let line = |line: String| serde_json::from_str::<Line>(&line).unwrap();
    lines.map(line).map(|line| (line.owner, said(line.text))).collect()
}

fn owners() -> BTreeMap<String, Owner> {
    toml::from_str(include_str!("../messages/owners.toml")).unwrap()
}

/// Overlays that turn off all but the first `kept` rules.
fn without(rules: &RuleSet, kept: usize) -> RuleSource {
    let mut text = String::new();
    for rule in rules.rules().skip(kept) {
        writeln!(text, "[[rule]]\nid = '{}'\nweight = 0.0", rule.id).unwrap();
    }
    RuleSource { name: "without.toml".to_owned(), text }
}

/// Overlays with every rule once more, under a new id.
fn copies(rules: &RuleSet) -> RuleSource {
    let copies = rules.rules().map(|rule| Value::Table(copy(rule))).collect();
    let file = Table::from_iter([("rule".to_owned(), Value::Array(copies))]);
    RuleSource { name: "copies.toml".to_owned(), text: toml::to_string(&file).unwrap() }
}

fn copy(rule: &Rule) -> Table {
    let id = |id: &String| format!("{id}-copy");
    let mut table = Table::new();
    let mut set = |key: &str, value: Value| table.insert(key.to_owned(), value);
    set("id", id(&rule.id).into());
    set("description", rule.description.clone().into());
    set("match", rule.matching.clone().into());
    set("no_match", rule.not_matching.clone().into());
    rule.weight.map(|weight| set("weight", weight.into()));
    rule.group.clone().map(|group| set("group", group.into()));
    match &rule.test {
        Test::Words(words) => {
            set("patterns", words.patterns.clone().into());
            set("unless", words.unless.clone().into());
            set("not_for_trade", words.not_for_trade.clone().into());
            words.max_words.map(|most| set("max_words", i64::try_from(most).unwrap().into()));
        }
        Test::Parts(parts) => {
            for (key, list) in [("all", &parts.all), ("any", &parts.any), ("none", &parts.none)] {
                set(key, list.iter().map(id).collect::<Vec<_>>().into());
            }
        }
    }
    table
}

fn judging(criterion: &mut Criterion) {
    let shipped = RuleSet::shipped().unwrap();
    let judge = Judge::new(&shipped, &sample_owner()).unwrap();
    let judge_all =
        |messages: &[Message]| messages.iter().map(|message| judge.judge(message).score.0).sum::<f32>();

    let mut group = criterion.benchmark_group("judge");
    let messages = samples();
    group.throughput(Throughput::Elements(messages.len() as u64));
    group.bench_function("the sample voicemails", |bencher| bencher.iter(|| judge_all(&messages)));

    let owners = owners();
    let judges: BTreeMap<_, _> =
        owners.iter().map(|(name, owner)| (name.as_str(), Judge::new(&shipped, owner).unwrap())).collect();
    let labelled = labelled();
    // Owner by owner, as a program that has one owner judges: each judge keeps what its patterns have learnt of text.
    let mut left_for: Vec<_> = labelled
        .iter()
        .map(|(owner, message)| (owner, judges.get(owner.as_str()).unwrap(), message))
        .collect();
    left_for.sort_by_key(|(owner, ..)| *owner);
    group.throughput(Throughput::Elements(left_for.len() as u64));
    group.bench_function("the labelled messages", |bencher| {
        bencher.iter(|| left_for.iter().map(|(_, judge, message)| judge.judge(message).score.0).sum::<f32>());
    });
    group.bench_function("making ready for an owner", |bencher| {
        bencher.iter(|| Judge::new(&shipped, &sample_owner()).unwrap());
    });
    group.finish();

    let text: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    let mut group = criterion.benchmark_group("judge by length");
    for times in [1, 4, 16] {
        let message = said(text.join(" ").repeat(times));
        group.throughput(Throughput::Bytes(message.text.len() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(message.text.len()),
            &message,
            |bencher, message| bencher.iter(|| judge.judge(message)),
        );
    }
    group.finish();

    let all = shipped.rules().count();
    let texts: Vec<Message> = labelled.into_iter().map(|(_, message)| message).collect();
    let mut group = criterion.benchmark_group("judge by rules");
    group.throughput(Throughput::Elements(texts.len() as u64));
    for (count, overlay) in [
        (all / 4, without(&shipped, all / 4)),
        (all / 2, without(&shipped, all / 2)),
        (all, without(&shipped, all)),
        (all * 2, copies(&shipped)),
    ] {
        let rules = shipped.clone().merge(&[overlay]).unwrap();
        let judge = Judge::new(&rules, &sample_owner()).unwrap();
        group.bench_with_input(BenchmarkId::from_parameter(count), &texts, |bencher, texts| {
            bencher.iter(|| texts.iter().map(|message| judge.judge(message).score.0).sum::<f32>());
        });
    }
    group.finish();
}

criterion_group!(benches, judging);
criterion_main!(benches);
