//! Where in a recording something is heard: sound that rises above whatever goes on steadily around it.
//!
//! Speech comes in syllables: within any three seconds its level swings by tens of decibels. Silence, hiss, hum, and a
//! dial tone do not swing. So each 20 ms frame is compared with the quiet end of its own surroundings, not with
//! the whole recording: a caller who speaks more softly than the dial tone that follows is still heard. That is
//! done twice, for all that a telephone carries and for what is above hum and dial tones; either is enough.
//! Whatever swings (music, beeps, breathing) counts as active too, as does all of a recording too short to tell.

use crate::domain::{SAMPLE_RATE, Span};

/// Samples a second, for the filters.
#[expect(clippy::cast_precision_loss, reason = "16 000 is exact")]
const RATE: f32 = SAMPLE_RATE as f32;
/// Length of a frame in milliseconds.
const FRAME_MS: usize = 20;
/// Samples of a frame.
const FRAME: usize = SAMPLE_RATE as usize / 1_000 * FRAME_MS;
/// One sample's share in a frame's mean.
#[expect(clippy::cast_precision_loss, reason = "320 is exact")]
const SHARE: f32 = 1.0 / FRAME as f32;
/// Frames between two estimates of the background: 200 ms.
const HOP: usize = 10;
/// Frames that an estimate looks at on either side of its hop: 1.5 s, longer than any syllable or breath.
const REACH: usize = 75;
/// The share of those frames that is taken for background: a twentieth.
const BACKGROUND: usize = 20;
/// Frames below which a background cannot be told from speech: 1 s.
const TOO_SHORT: usize = 50;
/// What nobody hears, in decibels of full scale: under it are dither, and the idle codes of µ-law and A-law.
const FAINTEST: f32 = -70.0;
/// Decibels above the background that start activity. White noise in the telephone band strays 2.5.
const RISE: f32 = 4.0;
/// Decibels above the background that keep activity going once it has started.
const HOLD: f32 = 2.5;
/// Frames that must be loud in a row: a click is shorter.
const SHORTEST: usize = 2;
/// Milliseconds kept on either side of what is heard: soft beginnings and ends of words.
const PADDING_MS: u64 = 200;
/// Milliseconds between two spans that are bridged: a word too soft for the noise around it may hide there.
const BRIDGE_MS: u64 = 300;

/// Where the two bands that are watched begin, in hertz: above rumble and most of a mains hum, and above
/// the tones of the telephone network.
const BANDS: [f32; 2] = [250.0, 1_000.0];

/// The stretches of `samples` (16 kHz) in which something is heard, in order, not overlapping.
pub(super) fn spans(samples: &[f32]) -> Vec<Span> {
    let bands = levels(samples).map(|levels| Band { backgrounds: backgrounds(&levels), levels });
    let end_ms = samples.len() as u64 * 1_000 / u64::from(SAMPLE_RATE);
    let mut spans: Vec<Span> = Vec::new();
    for (first, count) in runs(&bands, samples.len().div_ceil(FRAME)) {
        let ms = |frame: usize| (frame * FRAME_MS) as u64;
        let span = Span {
            start_ms: ms(first).saturating_sub(PADDING_MS),
            end_ms: (ms(first + count) + PADDING_MS).min(end_ms),
        };
        match spans.last_mut() {
            Some(last) if span.start_ms <= last.end_ms + BRIDGE_MS => last.end_ms = span.end_ms,
            _ => spans.push(span),
        }
    }
    spans
}

/// One band of a recording.
struct Band {
    /// Each frame's level in decibels of full scale.
    levels: Vec<f32>,
    /// The level of what goes on steadily, for each hop of frames.
    backgrounds: Vec<f32>,
}

impl Band {
    /// Whether the frame at `index` is audible and more than `rise` decibels above its background.
    fn is_over(&self, index: usize, rise: f32) -> bool {
        let background = self.backgrounds.get(index / HOP).copied().unwrap_or(f32::NEG_INFINITY);
        self.levels.get(index).is_some_and(|level| *level > (background + rise).max(FAINTEST))
    }
}

/// Each frame's level in decibels of full scale, in each band.
fn levels(samples: &[f32]) -> [Vec<f32>; 2] {
    let mut filters = BANDS.map(HighPass::new);
    let mut levels = [const { Vec::new() }; 2];
    for frame in samples.chunks(FRAME) {
        let mut energy = [0.0; 2];
        for sample in frame {
            for (filter, energy) in filters.iter_mut().zip(&mut energy) {
                let filtered = filter.next(*sample);
                *energy += filtered * filtered;
            }
        }
        for (levels, energy) in levels.iter_mut().zip(energy) {
            levels.push(10.0 * (energy * SHARE + 1e-12).log10());
        }
    }
    levels
}

/// The background's level in decibels for each hop of frames.
fn backgrounds(levels: &[f32]) -> Vec<f32> {
    if levels.len() < TOO_SHORT {
        return vec![f32::NEG_INFINITY; levels.len().div_ceil(HOP)];
    }
    let mut sorted = Vec::with_capacity(2 * REACH + HOP);
    let background = |start: usize| {
        let around = start.saturating_sub(REACH)..(start + HOP + REACH).min(levels.len());
        sorted.clear();
        sorted.extend_from_slice(levels.get(around).unwrap_or_default());
        let rank = sorted.len() / BACKGROUND;
        *sorted.select_nth_unstable_by(rank, f32::total_cmp).1
    };
    (0..levels.len()).step_by(HOP).map(background).collect()
}

/// Runs of frames louder than their background, each as its first frame and its length.
fn runs(bands: &[Band; 2], frames: usize) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let (mut held, mut loud) = (0, 0);
    // One step past the end closes a run that lasts until then.
    for index in 0..=frames {
        if bands.iter().any(|band| band.is_over(index, HOLD)) {
            held += 1;
            loud += usize::from(bands.iter().any(|band| band.is_over(index, RISE)));
            continue;
        }
        if loud >= SHORTEST {
            runs.push((index - held, held));
        }
        (held, loud) = (0, 0);
    }
    runs
}

/// A fourth-order Butterworth high-pass: two second-order sections (R. Bristow-Johnson, Audio EQ Cookbook).
struct HighPass([Section; 2]);

impl HighPass {
    /// One that begins at `hertz`.
    fn new(hertz: f32) -> Self {
        Self([0.541_196_1, 1.306_563].map(|quality| Section::new(hertz, quality)))
    }

    /// Filters one sample.
    fn next(&mut self, sample: f32) -> f32 {
        self.0.iter_mut().fold(sample, |sample, section| section.next(sample))
    }
}

/// A second-order high-pass section.
struct Section {
    input: [f32; 2],
    feedback: [f32; 2],
    state: [f32; 2],
}

impl Section {
    /// A section at `hertz` of the given quality factor.
    fn new(hertz: f32, quality: f32) -> Self {
        let omega = std::f32::consts::TAU * hertz / RATE;
        let (alpha, cosine) = (omega.sin() / (2.0 * quality), omega.cos());
        let scale = 1.0 / (1.0 + alpha);
        Self {
            input: [f32::midpoint(1.0, cosine) * scale, -(1.0 + cosine) * scale],
            feedback: [-2.0 * cosine * scale, (1.0 - alpha) * scale],
            state: [0.0; 2],
        }
    }

    /// Filters one sample (transposed direct form II).
    fn next(&mut self, sample: f32) -> f32 {
        let ([outer, inner], [first, second], [one, two]) = (self.input, self.feedback, self.state);
        let filtered = outer * sample + one;
        self.state = [inner * sample - first * filtered + two, outer * sample - second * filtered];
        filtered
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "signals made up for tests")]
mod tests {
    use super::*;

    const SECOND: usize = SAMPLE_RATE as usize;

    fn sine(seconds: usize, hertz: f32, peak: f32) -> Vec<f32> {
        let step = std::f32::consts::TAU * hertz / RATE;
        (0..seconds * SECOND).map(|index| peak * (step * index as f32).sin()).collect()
    }

    /// Noise of even distribution in the telephone band, the same each time.
    fn hiss(seconds: usize, peak: f32) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..seconds * SECOND / 2).flat_map(|_| [next() * peak; 2]).collect()
    }

    /// Hiss that swells and fades four times a second, as syllables do.
    fn syllables(seconds: usize, peak: f32) -> Vec<f32> {
        let swell = sine(seconds, 2.0, 1.0);
        hiss(seconds, peak).iter().zip(swell).map(|(hiss, swell)| hiss * swell * swell).collect()
    }

    fn sum(first: Vec<f32>, second: &[f32]) -> Vec<f32> {
        first.into_iter().zip(second).map(|(a, b)| a + b).collect()
    }

    #[test]
    fn what_goes_on_steadily_is_not_active() {
        let hum = (1..20_u8).map(|nth| sine(10, 50.0 * f32::from(nth), 0.1 / f32::from(nth)));
        for (name, samples) in [
            ("nothing", vec![0.0; 10 * SECOND]),
            ("dither", hiss(10, 6e-5)),
            ("hiss", hiss(10, 0.02)),
            ("loud hiss", hiss(10, 0.5)),
            ("hum", hum.reduce(|all, nth| sum(all, &nth)).unwrap()),
            ("dial tone", sum(sine(10, 350.0, 0.1), &sine(10, 440.0, 0.1))),
            ("µ-law idling", hiss(10, 1.0).iter().map(|hiss| hiss.signum() * 8.0 / 32_768.0).collect()),
        ] {
            assert_eq!(spans(&samples), [], "{name}");
        }
    }

    #[test]
    fn syllables_are_active_however_soft_and_nothing_around_them_is() {
        for peak in [0.5, 0.01] {
            let quiet = hiss(2, peak / 100.0);
            let samples = [quiet.clone(), syllables(2, peak), quiet].concat();
            let [span] = spans(&samples)[..] else { panic!("{:?}", spans(&samples)) };
            assert!((1_750..=2_050).contains(&span.start_ms), "{span:?}");
            assert!((3_950..=4_250).contains(&span.end_ms), "{span:?}");
        }
    }

    #[test]
    fn a_dial_tone_after_soft_words_does_not_hide_them() {
        let samples = [syllables(2, 0.02), sum(sine(30, 350.0, 0.3), &sine(30, 440.0, 0.3))].concat();
        let spans = spans(&samples);
        assert!(spans[0].start_ms == 0 && spans[0].end_ms >= 2_000, "{spans:?}");
        assert!(spans.last().unwrap().end_ms < 5_000, "the tone itself is steady: {spans:?}");
    }

    #[test]
    fn words_under_a_hum_are_heard_above_it() {
        let samples =
            sum(sine(4, 180.0, 0.1), &[vec![0.0; SECOND], syllables(2, 0.02), vec![0.0; SECOND]].concat());
        let spans = spans(&samples);
        assert!(spans[0].start_ms <= 1_050 && spans[0].end_ms >= 2_950, "{spans:?}");
    }

    #[test]
    fn what_is_too_short_to_judge_is_active() {
        assert_eq!(spans(&sine(1, 440.0, 0.1)[..SECOND / 2]), [Span { start_ms: 0, end_ms: 500 }]);
        assert_eq!(spans(&[]), []);
        assert_eq!(spans(&[0.1]), []);
    }
}
