//! The bytes of a recording to 16 kHz mono samples, with where in them something is heard.
//!
//! A file is recognised by its content; its name counts only for formats without a header. Channels become their
//! mean (or the loudest, where the mean cancels), so a caller on either side of a two-channel recording is heard.
//! Memory follows the length of the sound that is really there: no header's number is allocated for, and decoding
//! ends as soon as the time limit is passed. Nothing here reads a file, a clock or the configuration.

mod activity;
mod compressed;
mod described;
mod error;
mod g722;
mod gsm;
mod mixdown;
mod raw;
mod resample;
mod riff;
mod sniff;
mod source;
mod wav;

pub use error::AudioError;

use crate::domain::{Recording, Samples16k};
use described::Described;
use mixdown::{Mix, Mixdown};
use sniff::Kind;
use std::path::Path;
use std::time::Duration;

/// A constant offset below this share of full scale (−60 dB) is left alone.
const MIN_OFFSET: f32 = 0.001;

/// What a recording may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub max_bytes: u64,
    /// Longest recording.
    pub max_duration: Duration,
}

/// Decodes a recording. Of `name` only the extension counts, and only for formats without a header.
///
/// # Errors
/// When the file holds no sound that can be read, or more than `limits` allow.
pub fn decode(name: &Path, bytes: &[u8], limits: &Limits) -> Result<Recording, AudioError> {
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(AudioError::TooLarge { bytes: bytes.len() as u64, limit: limits.max_bytes });
    }
    let (kind, body) = sniff::sniff(name, bytes)?;
    let mut mix = Mixdown::new(Mix::Mean, limits.max_duration);
    let Described { format, mut notes } = read(kind, body, &mut mix)?;
    let mut mixed = mix.finish();
    if let Some(loudest) = mixed.cancelled {
        let mut mix = Mixdown::new(Mix::Only(loudest), limits.max_duration);
        read(kind, body, &mut mix)?;
        mixed = mix.finish();
        notes.push(format!("the channels cancel each other: only channel {} is heard", loudest + 1));
    }
    if mixed.samples.is_empty() {
        return Err(AudioError::TooShort);
    }
    if mixed.broken > 0 {
        notes.push(format!("{} samples are no numbers and became silence", mixed.broken));
    }
    let mut samples = mixed.samples;
    settle(&mut samples, &mut notes);
    let active = activity::spans(&samples);
    Ok(Recording { samples: Samples16k(samples), active, format, notes })
}

/// Sends `body` to its reader.
fn read(kind: Kind, body: &[u8], mix: &mut Mixdown) -> Result<Described, AudioError> {
    match kind {
        Kind::Wave => wav::read(riff::parse(body)?, mix),
        Kind::Symphonia(container) => compressed::read(container, &[], body, mix),
        Kind::Headerless(coding) => raw::read(coding, body, mix),
    }
}

/// Takes a constant offset out, and brings samples on a scale of their own back to −1 to 1.
fn settle(samples: &mut [f32], notes: &mut Vec<String>) {
    let offset = mean(samples.iter().copied());
    if offset.abs() >= MIN_OFFSET {
        for sample in samples.iter_mut() {
            *sample -= offset;
        }
    }
    // Floats are sometimes written on the scale of integers; a lone spike beyond ±1 is only clipped.
    if mean(samples.iter().map(|sample| sample.abs())) > 1.0 {
        let peak = samples.iter().fold(1.0_f32, |peak, sample| peak.max(sample.abs()));
        for sample in samples.iter_mut() {
            *sample /= peak;
        }
        notes.push(format!("the samples reach {peak:.0} times full scale and were turned down"));
    }
    for sample in samples.iter_mut() {
        *sample = sample.clamp(-1.0, 1.0);
    }
}

/// The mean of some samples; 0 of none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a mean needs no more digits"
)]
fn mean(samples: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = samples.len().max(1) as f64;
    (samples.map(f64::from).sum::<f64>() / count) as f32
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "signals made up for tests"
)]
mod tests;
