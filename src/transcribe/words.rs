//! Words put together again from the recogniser's pieces.

use crate::domain::Word;

/// One token's text and how sure the recogniser was of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// Not necessarily whole characters: a letter may be spread over two pieces.
    pub(super) bytes: Vec<u8>,
    /// 0 to 1.
    pub(super) probability: f32,
}

impl Piece {
    /// Commas and full stops say nothing of how well a word was heard.
    fn is_punctuation(&self) -> bool {
        self.bytes.iter().all(|byte| byte.is_ascii_punctuation() || byte.is_ascii_whitespace())
    }
}

/// Splits at white space. A word is as sure as its least sure piece, punctuation not counted.
pub(super) fn words(pieces: &[Piece], passage_ms: u64) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open = Open::default();
    for piece in pieces {
        for part in piece.bytes.split_inclusive(u8::is_ascii_whitespace) {
            let text = part.trim_ascii_end();
            if !text.is_empty() {
                open.add(text, piece);
            }
            if text.len() < part.len() {
                words.extend(open.take(passage_ms));
            }
        }
    }
    words.extend(open.take(passage_ms));
    words
}

/// A word that may go on.
#[derive(Default)]
struct Open {
    bytes: Vec<u8>,
    letters: Option<f32>,
    punctuation: Option<f32>,
}

impl Open {
    fn add(&mut self, text: &[u8], piece: &Piece) {
        self.bytes.extend_from_slice(text);
        let least = if piece.is_punctuation() { &mut self.punctuation } else { &mut self.letters };
        *least = Some(least.map_or(piece.probability, |least| least.min(piece.probability)));
    }

    fn take(&mut self, passage_ms: u64) -> Option<Word> {
        let Self { bytes, letters, punctuation } = std::mem::take(self);
        let confidence = letters.or(punctuation)?;
        Some(Word { text: String::from_utf8_lossy(&bytes).into_owned(), passage_ms, confidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(parts: &[(&[u8], f32)]) -> Vec<Piece> {
        parts
            .iter()
            .map(|(bytes, probability)| Piece { bytes: bytes.to_vec(), probability: *probability })
            .collect()
    }

    #[test]
    fn pieces_become_words_as_sure_as_their_least_sure_piece() {
        let got =
            words(&pieces(&[(b" Went", 0.9), (b"atch", 0.4), (b"ee", 0.8), (b",", 0.1), (b" WA", 0.7)]), 800);
        let want = [("Wentatchee,", 0.4), ("WA", 0.7)];
        assert_eq!(got.iter().map(|word| (word.text.as_str(), word.confidence)).collect::<Vec<_>>(), want);
        assert!(got.iter().all(|word| word.passage_ms == 800));
    }

    #[test]
    fn a_letter_spread_over_pieces_is_whole_again() {
        let got = words(&pieces(&[(b" Jos\xc3", 0.5), (b"\xa9", 0.6), (b" \xff", 0.2)]), 0);
        assert_eq!(got.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["José", "\u{fffd}"]);
    }

    #[test]
    fn punctuation_alone_is_a_word_only_when_nothing_joins_it() {
        let got = words(&pieces(&[(b" -", 0.5), (b" (", 0.3), (b"509", 0.8), (b")", 0.2), (b" \n", 0.1)]), 0);
        let want = [("-", 0.5), ("(509)", 0.8)];
        assert_eq!(got.iter().map(|word| (word.text.as_str(), word.confidence)).collect::<Vec<_>>(), want);
        assert_eq!(words(&[], 0), []);
    }
}
