//! What must be true of every recording that was decoded.

use crate::audio::{AudioError, Limits, decode};
use crate::domain::{Recording, SAMPLE_RATE};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::process::abort;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longest recording that is decoded: short, so that every input is soon done.
const LONGEST: Duration = Duration::from_secs(20);

/// Where and why something panicked last.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Lets the audio room catch the panics of its decoders, as it does in the service: libFuzzer's own hook would end
/// the process at the first.
pub fn catch_panics() {
    panic::set_hook(Box::new(|panic| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
}

/// Decodes `bytes` in a file called `name`, checks the answer, and gives it to `check`. What panics is told.
pub fn heard(name: &str, bytes: &[u8], check: impl FnOnce(&Recording)) {
    let limits = Limits { max_bytes: 1_000_000, max_duration: LONGEST };
    let done = panic::catch_unwind(AssertUnwindSafe(|| match decode(Path::new(name), bytes, &limits) {
        Ok(recording) => {
            whole(&recording);
            check(&recording);
        }
        Err(AudioError::TooLong { length, limit }) => {
            assert!(length.is_none_or(|length| length > limit), "{length:?} is not too long");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }));
    if done.is_err() {
        eprintln!("{}", PANIC.lock().unwrap_or_else(PoisonError::into_inner));
        abort();
    }
}

/// Checks the samples and the places where something is heard.
fn whole(recording: &Recording) {
    let samples = &recording.samples.0;
    assert!(!samples.is_empty(), "no sound");
    assert!(samples.iter().all(|sample| sample.abs() <= 1.0), "a sample beyond full scale, or no number");
    // The limit is in whole milliseconds, and a change of rate may round one up.
    let most = (LONGEST.as_secs() + 1) * u64::from(SAMPLE_RATE);
    assert!(samples.len() as u64 <= most, "{} samples", samples.len());
    let mut end_ms = 0;
    for span in &recording.active {
        assert!(end_ms <= span.start_ms && span.start_ms < span.end_ms, "{:?}", recording.active);
        end_ms = span.end_ms;
    }
    assert!(end_ms <= recording.samples.duration_ms(), "heard after the end: {end_ms} ms");
}

/// The most samples that `frames` at `rate` hertz become.
#[must_use]
pub fn samples(frames: usize, rate: u32) -> u64 {
    (frames as u64 * u64::from(SAMPLE_RATE)).div_ceil(u64::from(rate))
}
