//! Hears one recording after the other: chunk by chunk, with another look at what came out badly.

use super::chunks::{Chunk, chunks};
use super::error::{EngineError, ModelError};
use super::model::{ModelInfo, check_model};
use super::protocol::path_bytes;
use super::trust::{Doubt, INAUDIBLE, doubt, is_better, said};
use super::whisper::{Effort, Take, Whisper};
use crate::domain::{Recording, Transcript, Word};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::thread;
use whisper_rs::{WhisperContext, WhisperContextParameters, WhisperError};

/// What a message is taken for until it sounds otherwise.
const ASSUMED_LANGUAGE: &str = "en";
/// Runs of the recogniser on one chunk: bounds what a recording of nothing but noise can cost.
const MOST_RUNS: usize = 3;

/// What the recogniser is and how it works.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EngineSettings {
    /// A whisper.cpp ("ggml") model file.
    #[serde(with = "path_bytes")]
    pub model: PathBuf,
    /// SHA-256 of that file in hexadecimal; `None` for a file in the catalogue.
    pub model_sha256: Option<String>,
    /// Threads that work together on one message, at least 1. They wait for each other by spinning, so more
    /// threads than idle cores make it many times slower.
    pub threads: u16,
    /// ISO 639-1 code of the language all callers speak. `None` or `auto`: English, unless a message sounds
    /// like another language that the model knows.
    pub language: Option<String>,
    /// Names and terms that callers use, as a sentence or a list, to help with their spelling.
    pub prompt: Option<String>,
}

/// Half as many threads as there are processors, at least 1, at most 4: base is too small to use more.
///
/// ggml's threads wait for each other by spinning: measured on two processors of which another program used
/// one, two threads took two to three times as long as one; on two idle ones, two thirds as long.
#[must_use]
pub fn default_threads() -> u16 {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    u16::try_from((processors / 2).clamp(1, 4)).unwrap_or(1)
}

/// A loaded model.
pub struct Engine {
    whisper: Whisper,
    model: ModelInfo,
    language: Language,
}

/// Which languages come into question.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Language {
    /// This one, whatever it sounds like.
    Fixed(String),
    /// Any, beginning with [`ASSUMED_LANGUAGE`].
    Any,
}

impl Engine {
    /// Checks and loads the model.
    ///
    /// # Errors
    /// When the file is not the model it should be, whisper.cpp cannot load it, or it does not know the
    /// configured language.
    pub fn load(settings: &EngineSettings) -> Result<Self, ModelError> {
        let path = &settings.model;
        let model = check_model(path, settings.model_sha256.as_deref())?;
        let refused = |error: WhisperError| {
            tracing::error!(%error, "whisper.cpp cannot load the model");
            ModelError::Refused { path: path.clone() }
        };
        let mut parameters = WhisperContextParameters::default();
        parameters.use_gpu(false);
        let context = WhisperContext::new_with_params(path, parameters).map_err(refused)?;
        let prompt = settings.prompt.as_deref().map(str::trim).filter(|prompt| !prompt.is_empty());
        let whisper = Whisper::new(context, settings.threads.max(1), prompt).map_err(refused)?;
        let language = match settings.language.as_deref() {
            None | Some("auto") if whisper.is_multilingual() => Language::Any,
            None | Some("auto") => Language::Fixed(ASSUMED_LANGUAGE.to_owned()),
            Some(language) if whisper.knows(language) => Language::Fixed(language.to_owned()),
            Some(language) => {
                return Err(ModelError::Language { path: path.clone(), language: language.to_owned() });
            }
        };
        Ok(Self { whisper, model, language })
    }

    /// File name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model.file
    }

    /// The words of `recording`; none when nobody speaks. `progress` is told percents, ending with 100.
    ///
    /// # Errors
    /// When whisper.cpp fails, which sound alone does not make it do.
    pub fn transcribe(
        &mut self,
        recording: &Recording,
        progress: &mut dyn FnMut(u8),
    ) -> Result<Transcript, EngineError> {
        let mut language = match &self.language {
            Language::Fixed(language) => language.clone(),
            Language::Any => ASSUMED_LANGUAGE.to_owned(),
        };
        let chunks = chunks(recording);
        let total = chunks.iter().map(|chunk| chunk.samples.len()).sum::<usize>();
        let mut done = 0;
        let mut words: Vec<Word> = Vec::new();
        for chunk in &chunks {
            words.extend(
                self.hear(chunk, &mut language)
                    .map_err(|source| EngineError { at_ms: chunk.start_ms, source })?,
            );
            done += chunk.samples.len();
            progress(u8::try_from(done * 100 / total.max(1)).unwrap_or(100));
        }
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let language = words.iter().any(|word| word.text != INAUDIBLE).then_some(language);
        Ok(Transcript { text, words, language, model: self.model.file.clone() })
    }

    /// Hears one chunk, again when in doubt. `language` goes from chunk to chunk.
    fn hear(&mut self, chunk: &Chunk, language: &mut String) -> Result<Vec<Word>, WhisperError> {
        let mut best = self.run(chunk, language, Effort::Quick)?;
        let mut effort = Effort::Quick;
        let mut tried = vec![language.clone()];
        for _ in 1..MOST_RUNS {
            match doubt(&best, language) {
                Some(Doubt::Language(other))
                    if self.language == Language::Any && !tried.iter().any(|tried| tried == other) =>
                {
                    tried.push(other.to_owned());
                    let take = self.run(chunk, other, effort)?;
                    if is_better(&take, &best) {
                        best = take;
                        other.clone_into(language);
                    }
                }
                Some(_) if effort == Effort::Quick => {
                    effort = Effort::Thorough;
                    let take = self.run(chunk, language, effort)?;
                    if is_better(&take, &best) {
                        best = take;
                    }
                }
                _ => break,
            }
        }
        Ok(said(&best, chunk.start_ms))
    }

    fn run(&mut self, chunk: &Chunk, language: &str, effort: Effort) -> Result<Take, WhisperError> {
        let take = self.whisper.run(&chunk.samples, language, effort)?;
        tracing::debug!(
            at_ms = chunk.start_ms,
            sound_ms = chunk.samples.len() / 16,
            ?effort,
            language,
            pieces = take.pieces.len(),
            mean_log_probability = take.mean_log_probability,
            end_log_probability = take.end_log_probability,
            no_speech = take.no_speech,
            likeliest = ?take.likeliest,
            "heard a passage"
        );
        Ok(take)
    }
}
