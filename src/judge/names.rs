//! The people and companies that a message names, by capitals and the words around them.

use super::mask::{DAYS, MONTHS};
use super::spoken::number_words;
use super::token::{Kind, Token};
use std::collections::BTreeMap;

/// What comes right before the caller's own name.
const NAME_CUES: &[&[&str]] = &[
    &["my", "name", "is"],
    &["name's"],
    &["name", "is"],
    &["the", "name", "is"],
    &["name", "of"],
    &["this", "is"],
    &["it's"],
    &["it", "is"],
    &["i'm"],
    &["i", "am"],
    &["ask", "for"],
];

/// What comes between a person and a company.
const COMPANY_CUES: &[&str] = &["from", "with", "at", "of"];

/// What may stand before a company cue in place of a name.
const COMPANY_OPENERS: &[&str] = &["calling", "i'm", "am", "here", "speaking", "we're", "over", "down", "up"];

/// What may stand right behind a name in place of a verb: "Pat here", "Rosa in receivables".
const NAME_FOLLOWERS: &[&str] = &["here", "calling", "speaking", "again"];

/// What may stand between a name and the caller's number: "Gwen Tsosie, at 509 …", "it's Pat on 509 …".
const BEFORE_NUMBER: &[&str] = &["at", "on", "number", "is", "my", "number's"];

/// Last words of a company's name.
const COMPANY_ENDS: &[&str] = &[
    "agency",
    "associates",
    "bank",
    "bakery",
    "cafe",
    "care",
    "church",
    "clinic",
    "club",
    "co",
    "college",
    "company",
    "construction",
    "consulting",
    "dental",
    "design",
    "digital",
    "electric",
    "energy",
    "farm",
    "farms",
    "financial",
    "foundation",
    "group",
    "health",
    "hospital",
    "inc",
    "insurance",
    "law",
    "llc",
    "logistics",
    "marketing",
    "media",
    "medical",
    "mortgage",
    "office",
    "partners",
    "plumbing",
    "power",
    "properties",
    "realty",
    "restaurant",
    "roofing",
    "school",
    "services",
    "solutions",
    "staffing",
    "studio",
    "studios",
    "supply",
    "systems",
    "tech",
    "union",
    "university",
    "web",
];

/// Capitalised words that are not names, besides days, months and numbers.
const NOT_NAMES: &[&str] = &[
    "i",
    "i'm",
    "i've",
    "i'd",
    "i'll",
    "may",
    "google",
    "linkedin",
    "facebook",
    "instagram",
    "hi",
    "hello",
    "hey",
    "the",
    "a",
    "an",
    "about",
    "not",
    "calling",
    "just",
    "your",
    "my",
    "our",
    "on",
    "in",
    "it",
    "and",
    "so",
    "for",
    "to",
    "call",
    "please",
    "thanks",
    "good",
    "morning",
    "afternoon",
    "evening",
    "yes",
    "yeah",
    "no",
    "okay",
    "ok",
    "well",
    "look",
    "listen",
    "sorry",
    "bye",
    "goodbye",
    "thank",
    "whoever",
    "owner",
    "press",
    "that",
    "that's",
    "there",
    "there's",
    "here",
    "he",
    "she",
    "we",
    "we're",
    "you",
    "they",
    "this",
    "what",
    "when",
    "where",
    "who",
    "why",
    "how",
    "if",
    "but",
    "or",
    "is",
    "are",
    "do",
    "can",
    "could",
    "would",
    "will",
    "need",
    "got",
    "have",
    "double",
    "triple",
    "from",
    "with",
    "at",
    "of",
    "tomorrow",
    "today",
    "tonight",
    "mr",
    "mrs",
    "ms",
    "sir",
    "ma'am",
    "mom",
    "dad",
    "again",
    "anyway",
    "asap",
    "um",
    "uh",
    "number",
    "extension",
    "area",
    "code",
    "cell",
    "direct",
    "line",
    "office",
    "text",
    "returning",
    "following",
    "looking",
    "maybe",
    "nothing",
    "all",
    "any",
    "anytime",
    "whenever",
    "after",
    "before",
    "until",
    "till",
    "by",
    "free",
    "anyhow",
    "congratulations",
    "great",
    "shop",
    "somebody",
];

/// Whether `word` may have a capital and still names nobody.
fn is_common(word: &str) -> bool {
    [NOT_NAMES, DAYS, MONTHS].iter().any(|list| list.contains(&word))
        || number_words().any(|number| number == word)
}

/// What a run of capitalised words is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Somebody.
    Person,
    /// Some firm.
    Company,
}

/// A run of capitalised words that names somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub what: What,
    /// Its first token.
    pub at: usize,
    /// How many tokens.
    pub length: usize,
}

/// Everybody that `tokens` of the text `said` name, in order. `is_number` tells the tokens at which a telephone
/// number begins.
pub(super) fn named(said: &str, tokens: &[Token], is_number: &dyn Fn(usize) -> bool) -> Vec<Named> {
    let spoken = Spoken { said, tokens };
    let mut found = BTreeMap::new();
    let mut keep = |what, at, length| {
        if length > 0 {
            found.entry(at).or_insert(Named { what, at, length });
        }
    };
    for at in 0..tokens.len() {
        let mut after = None;
        if let Some(length) = spoken.name_cue(at) {
            let name = spoken.capitalised(at + length, 3);
            keep(spoken.what(at + length, name), at + length, name);
            after = (name > 0).then_some(at + length + name);
        } else if spoken.begins_clause(at) {
            let name = spoken.capitalised(at, 3);
            let end = at + name;
            if name > 0 && (spoken.stands_alone(at, end) || spoken.is_before_number(end, is_number)) {
                keep(spoken.what(at, name), at, name);
            } else if name > 0 && (spoken.is_any(end, NAME_FOLLOWERS) || spoken.company_at(end).is_some()) {
                keep(What::Person, at, name);
            }
            after = (name > 0).then_some(end);
        }
        if spoken.is_any(at, COMPANY_OPENERS) {
            after = Some(at + 1);
        }
        if let Some((start, length)) = after.and_then(|at| spoken.company_at(at)) {
            keep(What::Company, start, length);
        }
    }
    found.into_values().collect()
}

/// A text and its words.
struct Spoken<'a> {
    said: &'a str,
    tokens: &'a [Token],
}

impl Spoken<'_> {
    fn word(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).filter(|token| token.kind == Kind::Word)
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.word(at).is_some_and(|word| word.text == text)
    }

    fn is_any(&self, at: usize, texts: &[&str]) -> bool {
        self.word(at).is_some_and(|word| texts.contains(&word.text.as_str()))
    }

    /// Whether a clause begins at `at`: the message does, or a pause stands before it.
    fn begins_clause(&self, at: usize) -> bool {
        at.checked_sub(1).is_none_or(|before| self.word(before).is_none())
    }

    /// Whether the words from `at` to `end` are a whole sentence, as a name signed with is, but not the first,
    /// which calls the owner by name.
    fn stands_alone(&self, at: usize, end: usize) -> bool {
        let stop = |at: usize| self.tokens.get(at).is_none_or(|token| token.kind == Kind::Stop);
        at.checked_sub(1).is_some_and(stop) && stop(end)
    }

    /// Whether the caller's number follows at `end`, after at most a pause and two small words.
    fn is_before_number(&self, end: usize, is_number: &dyn Fn(usize) -> bool) -> bool {
        let small = |at: &usize| self.word(*at).is_none() || self.is_any(*at, BEFORE_NUMBER);
        let small = (end..).take_while(|at| *at < self.tokens.len() && small(at)).take(3).count();
        (0..=small).any(|step| is_number(end + step))
    }

    /// A person, unless the last word is one that companies end with.
    fn what(&self, at: usize, length: usize) -> What {
        let last = length.checked_sub(1).map(|step| at + step);
        if last.is_some_and(|at| self.is_any(at, COMPANY_ENDS)) { What::Company } else { What::Person }
    }

    /// How many tokens the cue for a name at `at` takes.
    fn name_cue(&self, at: usize) -> Option<usize> {
        let fits = |cue: &&&[&str]| cue.iter().enumerate().all(|(step, word)| self.is(at + step, word));
        NAME_CUES.iter().filter(fits).map(|cue| cue.len()).max()
    }

    /// How many words from `at` have a capital and can be a name; `and` may join two of them.
    fn capitalised(&self, at: usize, most: usize) -> usize {
        let mut length = 0;
        while length < most {
            if self.is_capital(at + length) {
                length += 1;
            } else if length > 0
                && self.is_any(at + length, &["and", "of", "de", "van", "von"])
                && self.is_capital(at + length + 1)
                && most > 3
            {
                length += 2;
            } else {
                break;
            }
        }
        length
    }

    fn is_capital(&self, at: usize) -> bool {
        let Some(word) = self.word(at) else { return false };
        let capital = self
            .said
            .get(word.place.clone())
            .and_then(|said| said.chars().next())
            .is_some_and(char::is_uppercase);
        capital && !is_common(&word.text)
    }

    /// The company named from `at` on, as its first token and its length: `with Acme Dental`, `over at Acme`; a
    /// comma may come first.
    fn company_at(&self, at: usize) -> Option<(usize, usize)> {
        let mut at = at;
        for filler in 0..3 {
            let pause = filler == 0 && self.tokens.get(at).is_some_and(|token| token.kind == Kind::Break);
            if !pause && !self.is_any(at, &["here", "over", "down", "up", "calling"]) {
                break;
            }
            at += 1;
        }
        if !self.is_any(at, COMPANY_CUES) {
            return None;
        }
        let start = if self.is(at + 1, "the") { at + 2 } else { at + 1 };
        let length = self.capitalised(start, 5);
        (length > 0).then_some((start, length))
    }
}
