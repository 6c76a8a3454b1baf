//! One run of whisper.cpp over one chunk: words, and everything that tells how far to trust them.

use super::model::is_language;
use super::words::Piece;
use std::ffi::c_int;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperError, WhisperState};

/// Encoder positions a second of sound.
const POSITIONS_PER_SECOND: usize = 50;
/// Room after the sound, in encoder positions.
const MARGIN: usize = 64;
/// Below this window, in encoder positions, clips of a few words fall into repetition loops.
const SMALLEST_WINDOW: usize = 512;
/// The window that whisper was trained with: 30 s.
const FULL_WINDOW: usize = 1_500;
/// Samples an encoder position covers.
const SAMPLES_PER_POSITION: usize = 16_000 / POSITIONS_PER_SECOND;
/// Most tokens a second of sound can hold, and some to begin with: twice as many as the fastest talker needs.
/// Ends repetition loops early.
const TOKENS_PER_SECOND: usize = 8;
const TOKENS_AT_LEAST: usize = 24;

/// How a chunk is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// In a window cut to the sound.
    Quick,
    /// In the full window, which costs up to three times as much.
    Thorough,
}

/// A language's ISO 639-1 code and its probability among all languages.
pub(super) type Likeliest = (&'static str, f32);

/// What one run made of a chunk.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Take {
    /// Tokens of text, without special ones.
    pub(super) pieces: Vec<Piece>,
    /// Mean natural logarithm of the pieces' probabilities; 0 when there are none.
    pub(super) mean_log_probability: f32,
    /// Natural logarithm of the probability that the text ends where it does; `None` when it did not end before
    /// there was no room for more: a repetition loop.
    pub(super) end_log_probability: Option<f32>,
    /// Probability that nobody speaks, taken at the start of the transcript as `OpenAI` does. whisper.cpp's own
    /// figure is not used: 1.8.3 reads it from the logits of the run before.
    pub(super) no_speech: f32,
    /// The likeliest language; `None` for a model of one language.
    pub(super) likeliest: Option<Likeliest>,
}

/// A loaded model with its working memory.
pub(super) struct Whisper {
    context: WhisperContext,
    state: WhisperState,
    threads: u16,
    prompt: Vec<c_int>,
}

impl Whisper {
    pub(super) fn new(
        context: WhisperContext,
        threads: u16,
        prompt: Option<&str>,
    ) -> Result<Self, WhisperError> {
        let state = context.create_state()?;
        // Half of the text window is what whisper.cpp uses of a prompt.
        let room = usize::try_from(context.n_text_ctx() / 2).unwrap_or_default();
        let prompt = prompt.map(|text| context.tokenize(text, room)).transpose()?.unwrap_or_default();
        Ok(Self { context, state, threads, prompt })
    }

    pub(super) fn is_multilingual(&self) -> bool {
        self.context.is_multilingual()
    }

    /// Whether `language` is the ISO 639-1 code of a language that the model can write.
    pub(super) fn knows(&self, language: &str) -> bool {
        is_language(language) && (self.is_multilingual() || language == "en")
    }

    /// Hears `samples` (16 kHz, one to 30 s) as `language` (ISO 639-1, known to whisper).
    pub(super) fn run(
        &mut self,
        samples: &[f32],
        language: &str,
        effort: Effort,
    ) -> Result<Take, WhisperError> {
        let parameters = parameters(samples.len(), language, effort, self.threads, &self.prompt);
        self.state.full(parameters, samples)?;
        let mut pieces = Vec::new();
        let mut sum = 0.0;
        let mut end_log_probability = None;
        for segment in self.state.as_iter() {
            for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
                let data = token.token_data();
                if data.id < self.context.token_eot() {
                    pieces.push(Piece { bytes: token.to_bytes()?.to_vec(), probability: data.p });
                    sum += data.plog;
                } else if data.id == self.context.token_eot() {
                    end_log_probability = Some(data.plog);
                }
            }
        }
        let count = u16::try_from(pieces.len().max(1)).unwrap_or(u16::MAX);
        let mean_log_probability = sum / f32::from(count);
        let (no_speech, likeliest) = self.ask_first_token()?;
        Ok(Take { pieces, mean_log_probability, end_log_probability, no_speech, likeliest })
    }

    /// What the decoder would say first of the sound that is already encoded: is anybody speaking, and in
    /// which language. One step of the decoder; whisper.cpp's own language detection would encode again.
    fn ask_first_token(&mut self) -> Result<(f32, Option<Likeliest>), WhisperError> {
        self.state.decode(&[self.context.token_sot()], 0, usize::from(self.threads))?;
        let logits = self.state.get_logits()?;
        let highest = logits.iter().copied().fold(f32::MIN, f32::max);
        let weight = |token: c_int| {
            let logit = usize::try_from(token).ok().and_then(|index| logits.get(index));
            logit.map_or(0.0, |logit| (logit - highest).exp())
        };
        let all = logits.iter().map(|logit| (logit - highest).exp()).sum::<f32>();
        let no_speech = weight(self.context.token_nosp()) / all;
        if !self.is_multilingual() {
            return Ok((no_speech, None));
        }
        let languages = (0..=whisper_rs::get_lang_max_id())
            .map(|id| (id, weight(self.context.token_lang(id))))
            .collect::<Vec<_>>();
        let sum = languages.iter().map(|(_, weight)| weight).sum::<f32>();
        let likeliest = languages
            .into_iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .and_then(|(id, weight)| Some((whisper_rs::get_lang_str(id)?, weight / sum)));
        Ok((no_speech, likeliest))
    }
}

/// Everything whisper.cpp is told for one run.
fn parameters<'a>(
    samples: usize,
    language: &'a str,
    effort: Effort,
    threads: u16,
    prompt: &'a [c_int],
) -> FullParams<'a, 'a> {
    let window = match effort {
        Effort::Quick => window(samples),
        Effort::Thorough => FULL_WINDOW,
    };
    let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
    parameters.set_n_threads(c_int::from(threads));
    // whisper-rs leaks a copy of this string, a few bytes a run.
    parameters.set_language(Some(language));
    parameters.set_tokens(prompt);
    parameters.set_audio_ctx(c_int::try_from(window).unwrap_or(0));
    parameters.set_max_tokens(c_int::try_from(most_tokens(samples)).unwrap_or(0));
    parameters.set_no_context(true);
    parameters.set_no_timestamps(true);
    parameters.set_single_segment(true);
    // One temperature only; whether to try again is decided in `trust`.
    parameters.set_temperature_inc(0.0);
    // Above 1: whisper.cpp never swallows a transcript, `trust` decides with all the evidence.
    parameters.set_no_speech_thold(2.0);
    parameters.set_print_special(false);
    parameters.set_print_progress(false);
    parameters.set_print_realtime(false);
    parameters.set_print_timestamps(false);
    parameters
}

/// Encoder positions for so many samples: 50 a second and a margin, in steps of 64.
fn window(samples: usize) -> usize {
    let positions = (samples / SAMPLES_PER_POSITION + MARGIN).next_multiple_of(64);
    positions.clamp(SMALLEST_WINDOW, FULL_WINDOW)
}

fn most_tokens(samples: usize) -> usize {
    TOKENS_AT_LEAST + samples * TOKENS_PER_SECOND / 16_000
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_window_follows_the_sound_between_its_limits() {
        for (seconds, positions) in [(1, 512), (8, 512), (9, 576), (20, 1_088), (28, 1_472), (60, 1_500)] {
            assert_eq!(window(seconds * 16_000), positions, "{seconds} s");
        }
    }
}
