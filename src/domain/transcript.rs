//! What was said, word by word.

use serde::{Deserialize, Serialize};

/// One recognised word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as written, with its punctuation.
    pub text: String,
    /// Where the passage that holds this word starts in the recording, in milliseconds.
    pub passage_ms: u64,
    /// The recogniser's own probability for it, 0 to 1 (the lowest of its pieces).
    pub confidence: f32,
}

/// A whole message as words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The words as one text; empty when nobody speaks.
    pub text: String,
    /// The same, one by one.
    pub words: Vec<Word>,
    /// ISO 639-1 language, such as `en`; `None` when nobody speaks or nothing is understood.
    pub language: Option<String>,
    /// File name of the model that heard it; empty when it was not asked.
    pub model: String,
}
