//! Any sample rate to 16 kHz, piece by piece, so that memory follows the result and not the source.

use super::error::AudioError;
use crate::domain::SAMPLE_RATE;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

/// Lowest and highest rate in hertz that is taken for a recording's: half a telephone's, and twice the
/// highest that sound cards offer.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;

/// Source samples in one block of the Fourier transform, as far as the two rates allow.
const BLOCK: usize = 1_024;

/// `rate` in hertz, if a recording can have it.
///
/// # Errors
/// [`AudioError::SampleRate`] when it cannot.
pub(super) fn plausible(rate: u32) -> Result<u32, AudioError> {
    if RATES.contains(&rate) { Ok(rate) } else { Err(AudioError::SampleRate(rate)) }
}

/// A running conversion of one mono stream.
pub(super) struct Resampler {
    /// `None` when the source is at 16 kHz already.
    fft: Option<Fft<f32>>,
    /// Source rate in hertz.
    rate: u64,
    /// Source samples that do not fill a block yet.
    pending: Vec<f32>,
    /// One converted block.
    block: Vec<f32>,
    /// Converted samples still to be dropped: the filter's delay.
    skip: usize,
    /// Source samples taken so far.
    taken: u64,
    /// Converted samples given so far.
    given: u64,
}

impl Resampler {
    /// A conversion from `rate` hertz.
    ///
    /// # Errors
    /// [`AudioError::SampleRate`] when no recording has that rate.
    pub(super) fn new(rate: u32) -> Result<Self, AudioError> {
        let rate = plausible(rate)?;
        let fft = if rate == SAMPLE_RATE {
            None
        } else {
            let fft = Fft::new(rate as usize, SAMPLE_RATE as usize, BLOCK, 1, FixedSync::Both);
            Some(fft.map_err(|_| AudioError::SampleRate(rate))?)
        };
        let (size, skip) = fft.as_ref().map_or((0, 0), |fft| (fft.output_frames_max(), fft.output_delay()));
        let block = vec![0.0; size];
        Ok(Self { fft, rate: u64::from(rate), pending: Vec::new(), block, skip, taken: 0, given: 0 })
    }

    /// Takes `mono` samples and appends what can be converted by now to `output`.
    pub(super) fn push(&mut self, mono: &[f32], output: &mut Vec<f32>) {
        self.taken += mono.len() as u64;
        let Some(fft) = &self.fft else {
            output.extend_from_slice(mono);
            return;
        };
        let size = fft.input_frames_next();
        self.pending.extend_from_slice(mono);
        let pending = std::mem::take(&mut self.pending);
        let blocks = pending.chunks_exact(size);
        self.pending.extend_from_slice(blocks.remainder());
        for block in blocks {
            self.convert(block, output);
        }
    }

    /// How many milliseconds it has taken so far.
    pub(super) const fn taken_ms(&self) -> u64 {
        self.taken * 1_000 / self.rate
    }

    /// Converts what is left; `output` then holds exactly as many samples more as the stream lasts.
    pub(super) fn finish(mut self, output: &mut Vec<f32>) {
        let Some(size) = self.fft.as_ref().map(rubato::Resampler::input_frames_next) else { return };
        let wanted = (self.taken * u64::from(SAMPLE_RATE)).div_ceil(self.rate);
        let mut rest = std::mem::take(&mut self.pending);
        while self.given < wanted {
            rest.resize(size, 0.0);
            self.convert(&rest, output);
            rest.clear();
        }
        let surplus = usize::try_from(self.given - wanted).unwrap_or_default();
        output.truncate(output.len().saturating_sub(surplus));
    }

    /// Converts one full block.
    fn convert(&mut self, block: &[f32], output: &mut Vec<f32>) {
        let room = self.block.len();
        let produced = match (
            &mut self.fft,
            InterleavedSlice::new(block, 1, block.len()),
            InterleavedSlice::new_mut(&mut self.block, 1, room),
        ) {
            (Some(fft), Ok(source), Ok(mut target)) => fft
                .process_into_buffer(&source, &mut target, None::<&Indexing>)
                .map_or(room, |(_, produced)| produced),
            _ => room,
        };
        let dropped = self.skip.min(produced);
        self.skip -= dropped;
        let kept = self.block.get(dropped..produced).unwrap_or_default();
        self.given += kept.len() as u64;
        output.extend_from_slice(kept);
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "signals made up for tests"
)]
mod tests {
    use super::*;

    fn tone(rate: u32, hertz: f32, seconds: f32) -> Vec<f32> {
        let step = hertz * std::f32::consts::TAU / rate as f32;
        (0..(rate as f32 * seconds) as usize).map(|n| 0.5 * (n as f32 * step).sin()).collect()
    }

    fn converted(rate: u32, source: &[f32], piece: usize) -> Vec<f32> {
        let mut output = Vec::new();
        let mut resampler = Resampler::new(rate).unwrap();
        for piece in source.chunks(piece) {
            resampler.push(piece, &mut output);
        }
        resampler.finish(&mut output);
        output
    }

    /// How far the middle of `output` is from the same tone made at 16 kHz, as a share of its level.
    fn deviation(output: &[f32], hertz: f32, seconds: f32) -> f32 {
        let ideal = tone(SAMPLE_RATE, hertz, seconds);
        let middle = ideal.len() / 4..ideal.len() * 3 / 4;
        let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|x| x * x).sum::<f32>();
        let off = squares(&mut output[middle.clone()].iter().zip(&ideal[middle.clone()]).map(|(a, b)| a - b));
        (off / squares(&mut ideal[middle].iter().copied())).sqrt()
    }

    #[test]
    fn a_tone_keeps_its_pitch_level_place_and_length_at_every_rate() {
        for rate in [4_000, 8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 44_101, 48_000, 96_000, 383_999] {
            let output = converted(rate, &tone(rate, 440.0, 1.0), 333);
            assert_eq!(output.len(), 16_000, "{rate}");
            let off = deviation(&output, 440.0, 1.0);
            // An odd block puts everything half a source sample off: 45 µs at 11 025 Hz.
            assert!(off < 0.13, "{rate}: {off}");
        }
    }

    #[test]
    fn the_pieces_make_no_difference() {
        let source = tone(44_100, 1_000.0, 0.3);
        assert_eq!(converted(44_100, &source, 1), converted(44_100, &source, source.len()));
    }

    #[test]
    fn what_sixteen_kilohertz_cannot_hold_is_filtered_out() {
        let output = converted(48_000, &tone(48_000, 12_000.0, 0.5), 480);
        assert!(output[2_000..6_000].iter().all(|sample| sample.abs() < 0.001));
    }

    #[test]
    fn a_single_sample_is_a_recording_too() {
        assert_eq!(converted(8_000, &[0.5], 1).len(), 2);
        assert!(converted(8_000, &[], 1).is_empty());
    }

    #[test]
    fn absurd_rates_are_refused() {
        for rate in [0, 3_999, 384_001, u32::MAX] {
            assert_eq!(Resampler::new(rate).err(), Some(AudioError::SampleRate(rate)));
        }
    }
}
