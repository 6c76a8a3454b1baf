//! How fast recordings are taken in, known files are passed over, and calls are listed.

#![expect(clippy::unwrap_used, reason = "a benchmark ends at the first thing that is wrong")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dime::domain::{FileStamp, Found, Millis, Told};
use dime::store::{CallFilter, Store};

/// A made-up recording for each number.
fn found(number: i64) -> Found {
    Found {
        stamp: FileStamp {
            path: format!("/spool/{number}.wav").into(),
            device: 1,
            inode: number.unsigned_abs(),
            size: 20_000,
            modified_ns: number,
            changed_ns: number,
        },
        audio_sha256: format!("{number:064x}"),
        ending: "wav".to_owned(),
        lasts_ms: None,
        beside: Vec::new(),
        told: Told::default(),
        received: Millis(number),
    }
}

fn storing(criterion: &mut Criterion) {
    let batch: Vec<Found> = (0..200).map(found).collect();

    let mut group = criterion.benchmark_group("store");
    group.sample_size(20);
    group.throughput(Throughput::Elements(200));
    group.bench_function("take in 200 recordings", |bencher| {
        bencher.iter_batched(
            || {
                let folder = tempfile::tempdir().unwrap();
                let store = Store::open(folder.path()).unwrap();
                (folder, store)
            },
            |(folder, mut store)| {
                store.record_batch(&batch, Millis(1)).unwrap();
                (folder, store)
            },
            BatchSize::PerIteration,
        );
    });

    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    for start in (0..20_000).step_by(200) {
        store.record_batch(&(start..start + 200).map(found).collect::<Vec<_>>(), Millis(1)).unwrap();
    }
    group.bench_function("pass over 200 known files of 20,000", |bencher| {
        bencher.iter(|| batch.iter().filter(|found| store.is_known(&found.stamp).unwrap()).count());
    });
    let newest = CallFilter { limit: Some(200), ..CallFilter::default() };
    group.bench_function("list the newest 200 calls of 20,000", |bencher| {
        bencher.iter(|| store.calls(&newest).unwrap().len());
    });
    group.finish();
}

criterion_group!(benches, storing);
criterion_main!(benches);
