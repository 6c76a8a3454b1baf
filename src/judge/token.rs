//! Text cut into words and stops, each with its place in the original.

use super::fold::{Part, part};
use std::ops::Range;

/// A word or a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The word in plain lower-case letters; empty for a pause.
    pub text: String,
    /// Where it stands in the original, in bytes, on character boundaries.
    pub place: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word or a figure.
    Word,
    /// The end of a clause.
    Break,
    /// The end of a sentence.
    Stop,
}

impl Token {
    /// A word at `place`.
    pub(super) fn word(text: &str, place: Range<usize>) -> Self {
        Self { text: text.to_owned(), place, kind: Kind::Word }
    }
}

/// Longest word kept whole, in characters: the longest in a dictionary has 45.
const LONGEST_WORD: usize = 64;

/// Words after which a full stop does not end the sentence.
const ABBREVIATIONS: &[&str] = &["dr", "mr", "mrs", "ms", "st", "jr", "sr", "vs", "no", "inc", "co", "prof"];

/// Cuts `text` into tokens, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut cutter = Cutter::default();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        // What is not heard does not stand between a word and its end.
        while chars.peek().is_some_and(|&(_, next)| part(next) == Part::Nothing) {
            chars.next();
        }
        let next = chars.peek().map(|&(_, next)| part(next));
        match part(c) {
            Part::Letter(letter) => cutter.letter(letter, at..end),
            Part::Apostrophe => match next {
                Some(Part::Letter(_)) => cutter.letter('\'', at..end),
                _ => cutter.finish(),
            },
            Part::Stop if c == '.' => cutter.full_stop(at..end, next),
            Part::Stop => cutter.pause(Kind::Stop, at..end),
            Part::Break => cutter.pause(Kind::Break, at..end),
            Part::Space => cutter.finish(),
            Part::Sign(word) => {
                cutter.finish();
                cutter.done.push(Token::word(word, at..end));
            }
            Part::Nothing => {}
        }
    }
    cutter.finish();
    cutter.done
}

/// The tokens so far and the word in the making.
#[derive(Default)]
struct Cutter {
    done: Vec<Token>,
    word: String,
    place: Range<usize>,
    letters: usize,
}

impl Cutter {
    fn letter(&mut self, letter: char, place: Range<usize>) {
        if self.letters >= LONGEST_WORD {
            self.finish();
        }
        if self.word.is_empty() {
            self.place.start = place.start;
        }
        self.place.end = place.end;
        self.word.push(letter);
        self.letters += 1;
    }

    fn finish(&mut self) {
        self.letters = 0;
        let word = self.word.trim_matches('\'');
        if !word.is_empty() {
            self.done.push(Token::word(word, self.place.clone()));
        }
        self.word.clear();
    }

    fn pause(&mut self, kind: Kind, place: Range<usize>) {
        self.finish();
        self.done.push(Token { text: String::new(), place, kind });
    }

    /// A full stop ends a sentence, unless it stands inside a figure, an address or an abbreviation.
    fn full_stop(&mut self, place: Range<usize>, next: Option<Part>) {
        let inside = !self.word.is_empty() && matches!(next, Some(Part::Letter(_)));
        let digit_before = self.word.ends_with(|c: char| c.is_ascii_digit());
        if self.letters == 1 && !digit_before {
            self.finish();
        } else if inside {
            let digit_after = matches!(next, Some(Part::Letter('0'..='9')));
            self.finish();
            let sign = if digit_before && digit_after { "point" } else { "dot" };
            self.done.push(Token::word(sign, place));
        } else if ABBREVIATIONS.contains(&self.word.as_str()) {
            self.finish();
        } else {
            self.pause(Kind::Stop, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, tokens};

    fn shown(text: &str) -> String {
        let words = tokens(text).into_iter().map(|token| match token.kind {
            Kind::Word => token.text,
            Kind::Break => ",".to_owned(),
            Kind::Stop => ".".to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn stops_abbreviations_figures_and_addresses() {
        assert_eq!(
            shown("Hi, Dr. Lee. It’s 4.3 at acme.com!"),
            "hi , dr lee . it's 4 point 3 at acme dot com ."
        );
        assert_eq!(shown("We do S.E.O. work"), "we do s e o work");
        assert_eq!(shown("'quoted' rock'n'roll"), "quoted rock'n'roll");
    }

    #[test]
    fn hidden_marks_do_not_cut_a_word() {
        assert_eq!(shown("s\u{200b}e\u{200d}o\u{202e} р\u{301}rіce"), "seo price");
    }

    #[test]
    fn a_word_without_end_is_cut() {
        assert_eq!(tokens(&"a".repeat(200)).len(), 4);
    }
}
