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
use reader::{Reader, UNKNOWN};
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

/// Most stretches of words that are shown, and how far from its strongest word one reaches.
const STRETCHES: usize = 3;
const REACH: usize = 3;

/// A neighbour of the strongest word is shown when it has at least this part of its share.
const NEIGHBOUR: f32 = 0.25;

impl Opinion {
    /// The stretches of the plain form that moved it most, in the order of the text.
    pub(super) fn telling(&self, normal: &Normal) -> Vec<Range<usize>> {
        let towards = |at: usize| self.shares.get(at).map_or(0.0, |share| share * self.log_odds.signum());
        let mut order: Vec<usize> = (0..self.shares.len()).filter(|at| towards(*at) > 0.0).collect();
        order.sort_by(|one, other| towards(*other).total_cmp(&towards(*one)).then(one.cmp(other)));
        let mut stretches: Vec<Range<usize>> = Vec::new();
        for at in order {
            if stretches.len() == STRETCHES {
                break;
            }
            if stretches.iter().any(|known| known.start <= at && at < known.end) {
                continue;
            }
            let strong = |other: &usize| towards(*other) >= NEIGHBOUR * towards(at);
            let before = (at.saturating_sub(REACH)..at).rev().take_while(strong).count();
            let after = (at + 1..self.shares.len().min(at + 1 + REACH)).take_while(strong).count();
            stretches.push(at - before..at + after + 1);
        }
        stretches.sort_by_key(|stretch| stretch.start);
        let plain = |stretch: &Range<usize>| {
            let words = normal.words.get(stretch.clone())?;
            Some(words.first()?.at.start..words.last()?.at.end)
        };
        stretches.iter().filter_map(plain).collect()
    }
}

impl Learned {
    fn parse(phrases: &str, reader: &str) -> Result<Self, LearnedError> {
        Ok(Self { phrases: Phrases::parse(phrases)?, reader: Reader::parse(reader)? })
    }

    /// What it says of the message whose plain form is `normal` and whose words are `words`.
    pub(super) fn read(&self, normal: &Normal, words: &[Masked<'_>]) -> Opinion {
        let mut shares = vec![0.0; normal.words.len()];
        // A run of unknown words counts once: a name may have one word or four.
        let mut texts: Vec<&str> = Vec::with_capacity(words.len());
        let mut places = Vec::with_capacity(words.len());
        for word in words {
            let text = self.reader.known(word.text);
            if text != UNKNOWN || texts.last() != Some(&UNKNOWN) {
                texts.push(text);
                places.push(word.word);
            }
        }
        let mut log_odds = 0.0;
        let mut give = |range: Range<usize>, amount: f32| {
            log_odds += amount;
            let part = amount / number(range.len().max(1));
            for at in range {
                if let Some(share) = places.get(at).and_then(|place| shares.get_mut(*place)) {
                    *share += part;
                }
            }
        };
        self.phrases.read(&texts, &mut give);
        self.reader.read(&texts, &mut give);
        Opinion { log_odds, shares }
    }
}

/// A number of words as a figure to reckon with.
pub(super) fn number(words: usize) -> f32 {
    // No text that is read has more words than that.
    u16::try_from(words).map_or(f32::from(u16::MAX), f32::from)
}
