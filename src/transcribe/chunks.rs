//! Cuts a recording into stretches that whisper hears in one window: silence left out, cuts in pauses.

use crate::domain::{Recording, SAMPLE_RATE, Samples16k, Span};

/// Kept on both sides of what is active, so that soft beginnings and ends of words are not lost.
const PAD_MS: u64 = 200;
/// Shorter pauses stay as they are: they carry the rhythm. Longer ones are cut down to twice [`PAD_MS`].
const PAUSE_MS: u64 = 2_000;
/// Passages further apart are heard apart, so that a word's passage tells where in the recording it is.
const FAR_MS: u64 = 10_000;
/// whisper's window is 30 s; without timestamps it drops what goes beyond, so a chunk stays clear of it.
const LONGEST_MS: u64 = 28_000;
/// whisper's own lower limit is 100 ms; below a second it tends to hear nothing at all.
const SHORTEST_MS: u64 = 1_000;
/// A pause to cut in is looked for in windows of this length: longer than the closure of a stop consonant.
const QUIET_MS: u64 = 300;
/// Step between those windows.
const STEP_MS: u64 = 20;

/// Samples for one run of the recogniser.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chunk {
    /// Where the first sample lies in the recording, in milliseconds.
    pub(super) start_ms: u64,
    /// At least [`SHORTEST_MS`] and at most [`LONGEST_MS`] plus rounding, mono, 16 kHz.
    pub(super) samples: Vec<f32>,
}

/// The active parts of `recording`, in order.
pub(super) fn chunks(recording: &Recording) -> Vec<Chunk> {
    let samples = &recording.samples;
    let pieces =
        passages(&recording.active, samples.duration_ms()).into_iter().flat_map(|span| cut(samples, span));
    packed(pieces).iter().map(|spans| chunk(samples, spans)).collect()
}

/// Active spans with padding, those a short pause apart joined.
fn passages(active: &[Span], duration_ms: u64) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for span in active {
        let padded = Span {
            start_ms: span.start_ms.saturating_sub(PAD_MS),
            end_ms: span.end_ms.saturating_add(PAD_MS).min(duration_ms),
        };
        match joined.last_mut() {
            Some(last) if padded.start_ms < last.end_ms + PAUSE_MS - 2 * PAD_MS => {
                last.end_ms = last.end_ms.max(padded.end_ms);
            }
            _ if padded.duration_ms() > 0 => joined.push(padded),
            _ => {}
        }
    }
    joined
}

/// `span` in pieces of at most [`LONGEST_MS`], cut where it is quietest in the second half of each piece.
fn cut(samples: &Samples16k, mut span: Span) -> Vec<Span> {
    let mut pieces = Vec::new();
    while span.duration_ms() > LONGEST_MS {
        let at = quietest(samples, span.start_ms + LONGEST_MS / 2, span.start_ms + LONGEST_MS);
        pieces.push(Span { end_ms: at, ..span });
        span.start_ms = at;
    }
    pieces.push(span);
    pieces
}

/// The middle of the quietest [`QUIET_MS`] between two moments; of equally quiet ones the last.
fn quietest(samples: &Samples16k, from_ms: u64, to_ms: u64) -> u64 {
    let step = usize::try_from(STEP_MS).unwrap_or(usize::MAX);
    let energy = |start_ms: u64| {
        let span = Span { start_ms, end_ms: start_ms + QUIET_MS };
        samples.slice(span).iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>()
    };
    (from_ms..=to_ms.saturating_sub(QUIET_MS))
        .step_by(step)
        .map(|start_ms| (energy(start_ms), start_ms))
        .min_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map_or(to_ms, |(_, start_ms)| start_ms + QUIET_MS / 2)
}

/// Neighbours that fit into one window together: the recogniser is paid by the window, at least 10 s of it.
fn packed(pieces: impl Iterator<Item = Span>) -> Vec<Vec<Span>> {
    let mut groups: Vec<Vec<Span>> = Vec::new();
    for piece in pieces {
        match groups.last_mut() {
            Some(group) if fits(group, piece) => group.push(piece),
            _ => groups.push(vec![piece]),
        }
    }
    groups
}

fn fits(group: &[Span], piece: Span) -> bool {
    let length_ms = group.iter().map(|span| span.duration_ms()).sum::<u64>();
    let near = group.last().is_none_or(|last| piece.start_ms.saturating_sub(last.end_ms) < FAR_MS);
    near && length_ms + piece.duration_ms() <= LONGEST_MS
}

fn chunk(samples: &Samples16k, spans: &[Span]) -> Chunk {
    let mut kept = spans.iter().flat_map(|span| samples.slice(*span)).copied().collect::<Vec<f32>>();
    let shortest = usize::try_from(u64::from(SAMPLE_RATE) * SHORTEST_MS / 1_000).unwrap_or(0);
    if kept.len() < shortest {
        kept.resize(shortest, 0.0);
    }
    Chunk { start_ms: spans.first().map_or(0, |span| span.start_ms), samples: kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_ms: u64, end_ms: u64) -> Span {
        Span { start_ms, end_ms }
    }

    /// A recording that is 0.5 where active and 0 elsewhere.
    fn recording(seconds: usize, active: &[Span]) -> Recording {
        let mut samples = vec![0.0; seconds * 16_000];
        for span in active {
            let range =
                usize::try_from(span.start_ms * 16).unwrap()..usize::try_from(span.end_ms * 16).unwrap();
            samples[range].fill(0.5);
        }
        Recording {
            samples: Samples16k(samples),
            active: active.to_vec(),
            format: String::new(),
            notes: Vec::new(),
        }
    }

    /// Start and length of each chunk in milliseconds.
    fn cut_up(recording: &Recording) -> Vec<(u64, usize)> {
        chunks(recording).iter().map(|chunk| (chunk.start_ms, chunk.samples.len() / 16)).collect()
    }

    #[test]
    fn silence_is_not_heard() {
        assert_eq!(cut_up(&recording(20, &[])), []);
        assert_eq!(cut_up(&recording(20, &[span(3_000, 6_000)])), [(2_800, 3_400)]);
    }

    #[test]
    fn a_word_is_padded_to_what_whisper_can_hear() {
        assert_eq!(cut_up(&recording(1, &[span(0, 300)])), [(0, 1_000)]);
    }

    #[test]
    fn short_pauses_stay_long_ones_shrink_and_far_passages_part() {
        let breath = [span(1_000, 2_000), span(3_900, 5_000)];
        assert_eq!(cut_up(&recording(8, &breath)), [(800, 4_400)]);
        let pause = [span(1_000, 2_000), span(6_000, 7_000)];
        assert_eq!(cut_up(&recording(8, &pause)), [(800, 2_800)]);
        let far = [span(1_000, 2_000), span(40_000, 41_000)];
        assert_eq!(cut_up(&recording(42, &far)), [(800, 1_400), (39_800, 1_400)]);
    }

    #[test]
    fn long_speech_is_cut_in_its_pauses() {
        let spoken = [span(0, 20_000), span(20_250, 26_700), span(27_000, 50_000)];
        let mut recording = recording(50, &spoken);
        assert_eq!(cut_up(&recording), [(0, 26_850), (26_850, 23_150)]);
        // The same when the detector saw one long span.
        recording.active = vec![span(0, 50_000)];
        assert_eq!(cut_up(&recording), [(0, 26_850), (26_850, 23_150)]);
    }

    #[test]
    fn no_chunk_exceeds_the_window_and_nothing_active_is_lost() {
        let recording = recording(200, &[span(0, 95_000), span(96_000, 199_000)]);
        let chunks = chunks(&recording);
        assert!(chunks.iter().all(|chunk| chunk.samples.len() <= 28_000 * 16));
        let loud = |samples: &[f32]| samples.iter().filter(|sample| **sample > 0.0).count();
        let kept = chunks.iter().map(|chunk| loud(&chunk.samples)).sum::<usize>();
        assert_eq!(kept, loud(&recording.samples.0));
    }
}
