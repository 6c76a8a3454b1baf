//! Decoded frames of any rate and channel count to one 16 kHz channel, within the time allowed.

use super::error::AudioError;
use super::resample::{self, Resampler};
use crate::domain::SAMPLE_RATE;
use std::time::Duration;

/// More channels than any telephone or conference recorder writes.
const MAX_CHANNELS: usize = 32;

/// Largest sample that is believed: beyond 16-bit integers stored as floats (±32768), so only damage is above.
const MAX_SAMPLE: f32 = 65_536.0;

/// A mix this much weaker than its channels (−20 dB) means that they cancel each other.
const CANCELLED: f64 = 0.01;

/// How several channels become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mix {
    /// Their mean: whoever speaks on either side of a two-channel recording is heard.
    Mean,
    /// Only this channel, counted from 0.
    Only(usize),
}

/// Gathers the sound of one file.
pub(super) struct Mixdown {
    mix: Mix,
    limit: Duration,
    /// The rate in hertz and channels of what is pushed now, and its conversion.
    source: Option<(u32, usize, Resampler)>,
    output: Vec<f32>,
    /// Milliseconds of output before the current source.
    before_ms: u64,
    /// Mixed samples on their way to the resampler, kept to spare allocations.
    stage: Vec<f32>,
    broken: u64,
    mixed_energy: f64,
    channel_energy: Vec<f64>,
}

/// All the sound of one file.
#[derive(Debug)]
pub(super) struct Mixed {
    /// 16 kHz samples.
    pub(super) samples: Vec<f32>,
    /// How many samples were no numbers or absurd, and became 0.
    pub(super) broken: u64,
    /// The loudest channel, when the mean of the channels is next to nothing beside it.
    pub(super) cancelled: Option<usize>,
}

impl Mixdown {
    /// Nothing yet; no more than `limit` will be taken.
    pub(super) fn new(mix: Mix, limit: Duration) -> Self {
        let (source, output, stage, channel_energy) = (None, Vec::new(), Vec::new(), Vec::new());
        Self { mix, limit, source, output, before_ms: 0, stage, broken: 0, mixed_energy: 0.0, channel_energy }
    }

    /// Refuses a recording known to have `frames` at `rate` hertz when that is too long, before it is decoded.
    pub(super) fn expect(&self, frames: u64, rate: u32) -> Result<(), AudioError> {
        let rate = u64::from(resample::plausible(rate)?);
        let length = Duration::from_millis(frames.saturating_mul(1_000) / rate);
        if length > self.limit {
            return Err(AudioError::TooLong { length: Some(length), limit: self.limit });
        }
        Ok(())
    }

    /// Says what the samples that follow are; a change in mid-stream is followed.
    pub(super) fn source(&mut self, rate: u32, channels: usize) -> Result<(), AudioError> {
        if self.source.as_ref().is_some_and(|source| (source.0, source.1) == (rate, channels)) {
            return Ok(());
        }
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(AudioError::Channels(channels));
        }
        let resampler = Resampler::new(rate)?;
        self.flush();
        self.before_ms = self.output.len() as u64 * 1_000 / u64::from(SAMPLE_RATE);
        self.channel_energy.resize(channels.max(self.channel_energy.len()), 0.0);
        self.source = Some((rate, channels, resampler));
        Ok(())
    }

    /// Takes whole frames, the channels' samples side by side.
    pub(super) fn push(&mut self, interleaved: &[f32]) -> Result<(), AudioError> {
        let Some((_, channels, resampler)) = &mut self.source else { return Ok(()) };
        let share = 1.0 / f32::from(u16::try_from(*channels).unwrap_or(u16::MAX));
        self.stage.clear();
        for frame in interleaved.chunks_exact(*channels) {
            let mut sum = 0.0;
            for (index, (&sample, energy)) in frame.iter().zip(&mut self.channel_energy).enumerate() {
                // Not `>`: what is no number compares false either way.
                let believed = sample.abs() <= MAX_SAMPLE;
                self.broken += u64::from(!believed);
                let sample = if believed { sample } else { 0.0 };
                *energy += f64::from(sample * sample);
                sum += match self.mix {
                    Mix::Mean => sample * share,
                    Mix::Only(only) if only == index => sample,
                    Mix::Only(_) => 0.0,
                };
            }
            self.mixed_energy += f64::from(sum * sum);
            self.stage.push(sum);
        }
        resampler.push(&self.stage, &mut self.output);
        if Duration::from_millis(self.before_ms + resampler.taken_ms()) > self.limit {
            return Err(AudioError::TooLong { length: None, limit: self.limit });
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Mixed {
        self.flush();
        let loudest = self.channel_energy.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let cancelled = loudest
            .filter(|(_, energy)| self.channel_energy.len() > 1 && self.mixed_energy < CANCELLED * **energy)
            .map(|(index, _)| index);
        Mixed { samples: self.output, broken: self.broken, cancelled }
    }

    /// Ends the current conversion.
    fn flush(&mut self) {
        if let Some((_, _, resampler)) = self.source.take() {
            resampler.finish(&mut self.output);
        }
    }
}
