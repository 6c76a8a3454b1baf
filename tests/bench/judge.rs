//! How fast messages are judged, and how the time grows with their length.

#![expect(clippy::unwrap_used, reason = "a benchmark ends at the first thing that is wrong")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dime::domain::Message;
use dime::judge::{Judge, RuleSet, sample_owner};
use serde::Deserialize;

#[derive(Deserialize)]
struct Samples {
    voicemail: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    text: String,
}

fn messages() -> Vec<Message> {
    let samples: Samples = toml::from_str(include_str!("../voicemails/voicemails.toml")).unwrap();
    let message = |sample: Sample| Message { text: sample.text, ..Message::default() };
    samples.voicemail.into_iter().map(message).collect()
}

fn judging(criterion: &mut Criterion) {
    let judge = Judge::new(&RuleSet::shipped().unwrap(), &sample_owner()).unwrap();
    let messages = messages();

    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(messages.len() as u64));
    group.bench_function("the sample voicemails", |bencher| {
        bencher.iter(|| messages.iter().map(|message| judge.judge(message).score.0).sum::<f32>());
    });
    group.finish();

    let text: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    let mut group = criterion.benchmark_group("judge by length");
    for times in [1, 4, 16] {
        let message = Message { text: text.join(" ").repeat(times), ..Message::default() };
        group.throughput(Throughput::Bytes(message.text.len() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(message.text.len()),
            &message,
            |bencher, message| {
                bencher.iter(|| judge.judge(message));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, judging);
criterion_main!(benches);
