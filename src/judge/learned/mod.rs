//! The learned part of a verdict: what the wording as a whole is like, whatever the rules have noticed.
//!
//! Two small models, both trained by `models/judge/train.py` on the messages of `tests/messages` and read from files
//! beside it: [`Phrases`], a linear model over words and pairs of words, and [`Reader`], a small convolutional
//! network over the same words. Their sum is bounded, so that it can tip a verdict and never make it alone against
//! plain evidence, and it is taken apart again into the words that moved it.

mod phrases;
mod reader;
mod rows;

use super::mask::Masked;
use super::normalise::Normal;
use phrases::Phrases;
use reader::Reader;
use std::ops::Range;
use std::sync::LazyLock;

/// The learned part as it was shipped.
pub(super) static SHIPPED: LazyLock<Option<Learned>> = LazyLock::new(|| {
    Learned::parse(
        include_str!("../../../models/judge/phrases.tsv"),
        include_str!("../../../models/judge/reader.tsv"),
    )
    .ok()
});

/// What is wrong with a file of the learned part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub(super) struct LearnedError {
    pub file: &'static str,
    pub line: usize,
    pub problem: &'static str,
}

/// Both models.
#[derive(Debug)]
pub(super) struct Learned {
    phrases: Phrases,
    reader: Reader,
}

/// What the learned part says of a message.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Opinion {
    /// Log-odds, before they are bounded: above 0 speaks for a pitch.
    pub log_odds: f32,
    /// The part of each word of the plain form in that.
    pub shares: Vec<f32>,
}

impl Learned {
    fn parse(phrases: &str, reader: &str) -> Result<Self, LearnedError> {
        Ok(Self { phrases: Phrases::parse(phrases)?, reader: Reader::parse(reader)? })
    }

    /// What it says of the message whose plain form is `normal` and whose words are `words`.
    pub(super) fn read(&self, normal: &Normal, words: &[Masked<'_>]) -> Opinion {
        let mut shares = vec![0.0; normal.words.len()];
        let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
        let mut log_odds = 0.0;
        let mut give = |range: Range<usize>, amount: f32| {
            log_odds += amount;
            let part = amount / range.len().max(1) as f32;
            for at in range {
                if let Some(share) = words.get(at).and_then(|word| shares.get_mut(word.word)) {
                    *share += part;
                }
            }
        };
        self.phrases.read(&texts, &mut give);
        self.reader.read(&texts, &mut give);
        Opinion { log_odds, shares }
    }
}
