//! Spoken text in one plain form for patterns to match, with the way back to what was said.

use super::spoken;
use super::token::{Kind, Token, tokens};
use std::ops::Range;

/// How much plain text is kept, in bytes: about 6,000 words, forty minutes of speech. The rest of a longer
/// text is not judged.
const LONGEST: usize = 32 * 1024;

/// The word that stands for a telephone number in the plain form.
pub(super) const PHONE: &str = "#phone";

/// A text in its plain form: lower-case words and full stops, parted by single spaces, a space at both ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Normal {
    /// The plain form.
    pub text: String,
    /// Its words, in order.
    pub words: Vec<Word>,
    /// Telephone numbers, in order.
    pub phones: Vec<Phone>,
}

/// A telephone number as it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phone {
    /// Its digits.
    pub digits: String,
    /// Where it stands in the original.
    pub place: Range<usize>,
}

/// A word of the plain form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it stands in the plain form.
    pub at: Range<usize>,
    /// Where it stands in the original.
    pub place: Range<usize>,
    /// The clause it belongs to, counted from the start.
    pub clause: usize,
    /// The sentence it belongs to, counted from the start.
    pub sentence: usize,
}

impl Normal {
    /// Puts `original` in its plain form.
    pub(super) fn of(original: &str) -> Self {
        let mut normal = Self { text: String::from(" "), words: Vec::new(), phones: Vec::new() };
        let tokens = expanded(tokens(original));
        let (mut clause, mut sentence, mut at) = (0, 0, 0);
        while let Some(token) = tokens.get(at).filter(|_| normal.text.len() < LONGEST) {
            let rest = tokens.get(at..).unwrap_or_default();
            match token.kind {
                Kind::Break => {
                    clause += 1;
                    at += 1;
                }
                Kind::Stop => {
                    clause += 1;
                    sentence += 1;
                    if !normal.text.ends_with(". ") && normal.text.len() > 1 {
                        normal.text.push_str(". ");
                    }
                    at += 1;
                }
                Kind::Word => {
                    let spoken = spoken::read(rest);
                    let (text, length) =
                        spoken.as_ref().map_or_else(|| joined(rest), |spoken| (PHONE, spoken.length));
                    if CONJUNCTIONS.contains(&text) {
                        clause += 1;
                    }
                    let end =
                        rest.get(length.saturating_sub(1)).map_or(token.place.end, |last| last.place.end);
                    let place = token.place.start..end;
                    normal.push(text, place.clone(), clause, sentence);
                    normal.phones.extend(spoken.map(|spoken| Phone { digits: spoken.digits, place }));
                    at += length.max(1);
                }
            }
        }
        normal
    }

    fn push(&mut self, text: &str, place: Range<usize>, clause: usize, sentence: usize) {
        let start = self.text.len();
        self.text.push_str(text);
        self.words.push(Word { at: start..self.text.len(), place, clause, sentence });
        self.text.push(' ');
    }

    /// The words that `span` of the plain form touches.
    pub(super) fn words_in(&self, span: Range<usize>) -> &[Word] {
        let first = self.words.partition_point(|word| word.at.end <= span.start);
        let last = self.words.partition_point(|word| word.at.start < span.end);
        self.words.get(first..last).unwrap_or_default()
    }
}

/// Words that open a new clause.
const CONJUNCTIONS: &[&str] = &["and", "but", "so", "because", "though", "although", "while", "which", "who"];

/// Sounds that mean nothing.
const FILLERS: &[&str] =
    &["um", "umm", "uh", "uhh", "er", "erm", "hmm", "mm", "ah", "huh", "kinda", "sorta", "ha", "haha"];

/// Words written as one that are said as several, or in short.
const SHORT: &[(&str, &str)] = &[
    ("im", "i am"),
    ("ive", "i have"),
    ("youre", "you are"),
    ("youve", "you have"),
    ("weve", "we have"),
    ("theyre", "they are"),
    ("theyve", "they have"),
    ("youll", "you will"),
    ("theyll", "they will"),
    ("youd", "you would"),
    ("its", "it is"),
    ("thats", "that is"),
    ("whats", "what is"),
    ("theres", "there is"),
    ("heres", "here is"),
    ("hes", "he is"),
    ("shes", "she is"),
    ("wasnt", "was not"),
    ("werent", "were not"),
    ("wont", "will not"),
    ("wouldnt", "would not"),
    ("couldnt", "could not"),
    ("shouldnt", "should not"),
    ("hasnt", "has not"),
    ("havent", "have not"),
    ("hadnt", "had not"),
    ("arent", "are not"),
    ("ill", "i will"),
    ("wed", "we would"),
    ("itll", "it will"),
    ("thatll", "that will"),
    ("whos", "who is"),
    ("wheres", "where is"),
    ("hows", "how is"),
    ("aint", "is not"),
    ("lets", "let us"),
    ("dont", "do not"),
    ("doesnt", "does not"),
    ("didnt", "did not"),
    ("isnt", "is not"),
    ("cant", "can not"),
    ("cannot", "can not"),
    ("can't", "can not"),
    ("won't", "will not"),
    ("ain't", "is not"),
    ("let's", "let us"),
    ("y'all", "you all"),
    ("yall", "you all"),
    ("gonna", "going to"),
    ("wanna", "want to"),
    ("gotta", "got to"),
    ("ya", "you"),
    ("em", "them"),
    ("ok", "okay"),
    ("cause", "because"),
    ("callback", "call back"),
    ("e-mail", "email"),
    ("googel", "google"),
    ("websites", "website"),
    ("web-site", "website"),
];

/// Endings after an apostrophe and the word they stand for.
const ENDINGS: &[(&str, &str)] =
    &[("'m", "am"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"), ("n't", "not")];

/// Words whose `'s` is "is".
const IS: &[&str] =
    &["it", "that", "there", "here", "what", "who", "he", "she", "where", "how", "name", "everything"];

/// Pairs of words that are one word.
const PAIRS: &[(&str, &str, &str)] = &[
    ("linked", "in", "linkedin"),
    ("linked", "inn", "linkedin"),
    ("link", "din", "linkedin"),
    ("face", "book", "facebook"),
    ("web", "site", "website"),
    ("web", "sites", "website"),
    ("e", "mail", "email"),
    ("voice", "mail", "voicemail"),
    ("news", "letter", "newsletter"),
    ("pre", "approved", "preapproved"),
    ("pre", "approval", "preapproval"),
    ("pre", "qualified", "prequalified"),
    ("pre", "qualify", "prequalify"),
    ("pre", "recorded", "prerecorded"),
    ("pre", "selected", "preselected"),
    ("word", "press", "wordpress"),
    ("quick", "books", "quickbooks"),
    ("you", "tube", "youtube"),
    ("insta", "gram", "instagram"),
];

/// Letters said one by one that are one word.
const LETTERS: &[&str] = &[
    "seo", "ppc", "ai", "gps", "irs", "hr", "llc", "ein", "pci", "osha", "ppe", "ada", "crm", "erc", "tv",
    "sba", "id", "sem", "ssn", "pos", "ach", "hoa", "dot", "po",
];

/// Drops what means nothing and writes out what is said in short.
fn expanded(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let text = token.text.as_str();
        if token.kind != Kind::Word || !is_contracted(text) {
            if !FILLERS.contains(&text) {
                out.push(token);
            }
            continue;
        }
        if let Some((_, long)) = SHORT.iter().find(|(short, _)| *short == text) {
            out.extend(long.split(' ').map(|word| Token::word(word, token.place.clone())));
        } else if let Some((stem, word)) =
            ENDINGS.iter().find_map(|(ending, word)| text.strip_suffix(ending).map(|stem| (stem, word)))
        {
            out.push(Token::word(stem, token.place.clone()));
            out.push(Token::word(word, token.place.clone()));
        } else if let Some(stem) = text.strip_suffix("'s").filter(|stem| IS.contains(stem)) {
            out.push(Token::word(stem, token.place.clone()));
            out.push(Token::word("is", token.place.clone()));
        } else {
            let plain = text.replace('\'', "");
            out.push(Token::word(&plain, token.place.clone()));
        }
    }
    out.retain(|token| token.kind != Kind::Word || !token.text.is_empty());
    out
}

/// Whether `text` has an apostrophe or is written without one that it should have.
fn is_contracted(text: &str) -> bool {
    text.contains('\'') || SHORT.iter().any(|(short, _)| *short == text)
}

/// The first word of `tokens`, joined with those that belong to it, and how many tokens that takes.
fn joined(tokens: &[Token]) -> (&str, usize) {
    let word =
        |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str());
    let Some(first) = word(0) else { return ("", 1) };
    if first.len() == 1 {
        let letters = (0..4).map_while(word).take_while(|word| word.len() == 1).collect::<String>();
        let found =
            LETTERS.iter().filter(|known| letters.starts_with(**known)).max_by_key(|known| known.len());
        if let Some(known) = found {
            return (known, known.len());
        }
    }
    if let Some(second) = word(1)
        && let Some((_, _, whole)) = PAIRS.iter().find(|(one, two, _)| *one == first && *two == second)
    {
        return (whole, 2);
    }
    (first, 1)
}

#[cfg(test)]
mod tests {
    use super::Normal;

    #[test]
    fn one_form_for_many_ways_of_saying() {
        for (said, want) in [
            ("I'm on Linked-In, uh, you’re too.", " i am on linkedin you are too . "),
            ("S E O, s.e.o. or SEO", " seo seo or seo "),
            ("IT'S Tom's A I thing; won't can't", " it is toms ai thing . will not can not "),
            ("call 505-555-0196!!! now", " call #phone . now "),
            ("twenty four hundred & 5%", " twenty four hundred and 5 percent "),
            ("", " "),
            ("...", " "),
        ] {
            assert_eq!(Normal::of(said).text, want, "{said}");
        }
    }

    #[test]
    fn every_word_knows_where_it_was_said() {
        let said = "Gern — I’m José on linked in at five oh nine, five five five, oh one nine six ok";
        let normal = Normal::of(said);
        let back = |plain: &str| {
            let at = normal.text.find(plain).expect(plain);
            let words = normal.words_in(at..at + plain.len());
            let place = words.first().expect("word").place.start..words.last().expect("word").place.end;
            said.get(place).expect("character boundary").to_owned()
        };
        assert_eq!(back("jose"), "José");
        assert_eq!(back("am jose on linkedin"), "I’m José on linked in");
        assert_eq!(back("#phone"), "five oh nine, five five five, oh one nine six");
    }

    #[test]
    fn clauses_part_at_commas_and_conjunctions() {
        let normal = Normal::of("I do SEO, and need photos. Call me");
        let clauses = normal.words.iter().map(|word| word.clause).collect::<Vec<_>>();
        assert_eq!(clauses, [0, 0, 0, 2, 2, 2, 3, 3]);
        assert_eq!(normal.words.last().map(|word| word.sentence), Some(1));
    }
}
