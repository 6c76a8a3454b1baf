//! What a message names: numbers, people, companies, web addresses.

use super::normalise::Normal;
use super::token::{Kind, Token, tokens};
use crate::domain::{Mentions, Owner, PhoneNumber};

/// Most of each kind that is kept.
const MOST: usize = 8;

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

/// Endings of web addresses that callers say.
const ENDINGS: &[&str] =
    &["com", "net", "org", "io", "co", "us", "biz", "info", "ai", "dev", "app", "shop", "uk", "ca", "de"];

/// Capitalised words that are not names.
const NOT_NAMES: &[&str] = &[
    "i",
    "i'm",
    "i've",
    "i'd",
    "i'll",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
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
];

/// Everything `said` names; the owner's own name, business and numbers are left out.
pub(super) fn mentions(said: &str, normal: &Normal, owner: &Owner, own: &[PhoneNumber]) -> Mentions {
    let mut found = Mentions::default();
    for digits in &normal.phones {
        if let Some(number) =
            PhoneNumber::parse(digits, &owner.country).filter(|number| !own.contains(number))
        {
            keep(&mut found.numbers, number);
        }
    }
    let text = Spoken { said, tokens: tokens(said) };
    let owners = |name: &str| {
        let lower = name.to_lowercase();
        [&owner.name, &owner.business]
            .iter()
            .any(|own| !own.is_empty() && own.to_lowercase().contains(&lower))
    };
    for at in 0..text.tokens.len() {
        if let Some(length) = text.name_cue(at) {
            let name = text.capitalised(at + length, 3);
            if name > 0 {
                text.keep_unless(owners, &mut found.names, at + length, name);
                text.company(at + length + name, owners, &mut found.companies);
            }
        }
        if text.is_any(at, COMPANY_OPENERS) || at == 0 {
            text.company(at + 1, owners, &mut found.companies);
            let name = text.capitalised(at, 3);
            if at == 0 && name > 0 {
                text.company(name, owners, &mut found.companies);
            }
        }
        if text.is(at, "dot") && text.is_any(at + 1, ENDINGS) {
            text.address(at, &mut found.urls);
        }
    }
    found
}

/// Keeps `value` unless it is known or there are enough.
fn keep<T: PartialEq>(kept: &mut Vec<T>, value: T) {
    if kept.len() < MOST && !kept.contains(&value) {
        kept.push(value);
    }
}

/// A text and its words.
struct Spoken<'a> {
    said: &'a str,
    tokens: Vec<Token>,
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

    /// The words from `at`, as said.
    fn piece(&self, at: usize, length: usize) -> Option<&str> {
        let (first, last) = (self.word(at)?, self.word(at + length.checked_sub(1)?)?);
        self.said.get(first.place.start..last.place.end)
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
        capital && !NOT_NAMES.contains(&word.text.as_str())
    }

    /// Keeps the company named from `at` on: `with Acme Dental`, `over at Acme`, a comma may come first.
    fn company(&self, at: usize, owners: impl Fn(&str) -> bool, kept: &mut Vec<String>) {
        let mut at = at;
        for filler in 0..3 {
            let pause = filler == 0 && self.tokens.get(at).is_some_and(|token| token.kind == Kind::Break);
            if !pause && !self.is_any(at, &["here", "over", "down", "up", "calling"]) {
                break;
            }
            at += 1;
        }
        if !self.is_any(at, COMPANY_CUES) {
            return;
        }
        let start = if self.is(at + 1, "the") { at + 2 } else { at + 1 };
        let length = self.capitalised(start, 5);
        self.keep_unless(owners, kept, start, length);
    }

    fn keep_unless(&self, owners: impl Fn(&str) -> bool, kept: &mut Vec<String>, at: usize, length: usize) {
        if let Some(piece) = self.piece(at, length).filter(|piece| !owners(piece)) {
            keep(kept, piece.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    /// Keeps the address whose first dot is at `dot`, with what follows its ending (`co dot uk`).
    fn address(&self, dot: usize, kept: &mut Vec<String>) {
        let Some(host) = dot.checked_sub(1).and_then(|at| self.word(at)) else { return };
        let mut address = host.text.clone();
        let mut at = dot;
        while self.is(at, "dot")
            && let Some(part) = self.word(at + 1)
        {
            address.push('.');
            address.push_str(&part.text);
            at += 2;
        }
        if !kept.iter().any(|known| known.ends_with(&address)) {
            keep(kept, address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::normalise::Normal;
    use super::super::sample::sample_owner;
    use super::mentions;
    use crate::domain::{Mentions, PhoneNumber};

    fn found(said: &str) -> Mentions {
        let own = PhoneNumber::parse("937-555-0100", "US").expect("number");
        mentions(said, &Normal::of(said), &sample_owner(), &[own])
    }

    #[test]
    fn numbers_are_the_callers_own() {
        let said =
            "You are on 937-555-0100, I'm at five oh nine, five five five, oh one nine six, or 509-555-0196.";
        let numbers = found(said).numbers.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(numbers, ["+15095550196"]);
    }

    #[test]
    fn people_and_companies() {
        for (said, name, company) in [
            ("Hi Sam, this is Pat Lee from Acme Dental. Call me", "Pat Lee", "Acme Dental"),
            ("Hello, my name is José Ortiz, with the Oak & Vine Group", "José Ortiz", "Oak & Vine Group"),
            ("Yeah it's Eddie over at Pipe World about Monday", "Eddie", "Pipe World"),
            ("I'm Calling about Friday. It's Rivers Plumbing I want", "", ""),
            ("Priya here, calling from Superior Shine.", "", "Superior Shine"),
        ] {
            let found = found(said);
            assert_eq!(found.names.first().map_or("", String::as_str), name, "{said}");
            assert_eq!(found.companies.first().map_or("", String::as_str), company, "{said}");
        }
    }

    #[test]
    fn web_addresses_said_or_written() {
        assert_eq!(found("go to acme dot com or acme.com, or shop.co.uk").urls, ["acme.com", "shop.co.uk"]);
        assert!(found("dot com. dot. a dot").urls.is_empty());
    }
}
