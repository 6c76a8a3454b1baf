//! The words of a message as the reader sees them: what differs from owner to owner, and figures, by its kind.

use super::lists::{TITLES, VERBS, telling, words};
use super::normalise::{Normal, PHONE};
use super::spoken::number_words;
use crate::domain::Owner;
use std::collections::HashMap;

/// Words in the name of a service that are not the trade's own.
const EVERYDAY: &[&str] = &[
    "after",
    "business",
    "care",
    "clean",
    "commercial",
    "corporate",
    "custom",
    "events",
    "family",
    "first",
    "food",
    "free",
    "full",
    "general",
    "home",
    "house",
    "local",
    "office",
    "online",
    "open",
    "party",
    "parties",
    "personal",
    "phone",
    "private",
    "public",
    "residential",
    "school",
    "small",
    "team",
    "time",
    "weekly",
    "work",
];

/// What a figure counts as.
const NUMBER: &str = "#n";

/// Kinds that count once however many of their words follow each other: a name of two words, a sum of four.
const ONCE: &[&str] = &[NUMBER, "#owner", "#business", "#town", "#service"];

/// Days of the week.
pub(super) const DAYS: &[&str] =
    &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Months, without May, which is said more often as a verb.
pub(super) const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Knows the words of one owner.
#[derive(Debug, Clone)]
pub(super) struct Mask {
    kinds: HashMap<String, &'static str>,
}

/// A word as the reader sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Masked<'a> {
    /// The word or its kind.
    pub text: &'a str,
    /// Which word of the plain form it is.
    pub word: usize,
}

impl Mask {
    pub(super) fn new(owner: &Owner) -> Self {
        let mut kinds = HashMap::new();
        // What is put in last counts: a name before a business of that name, that before the town and the trade.
        for service in &owner.services {
            for word in words(service).into_iter().filter(|word| word.len() > 3) {
                let one = word.strip_suffix('s').unwrap_or(&word).to_owned();
                if EVERYDAY.contains(&word.as_str()) || EVERYDAY.contains(&one.as_str()) {
                    continue;
                }
                if !VERBS.contains(&one.as_str()) {
                    kinds.insert(format!("{one}s"), "#service");
                    kinds.insert(one, "#service");
                }
                kinds.insert(word, "#service");
            }
        }
        kinds.extend(words(&owner.town).into_iter().map(|word| (word, "#town")));
        kinds.extend(telling(&owner.business).into_iter().map(|word| (word, "#business")));
        let name = words(&owner.name).into_iter().filter(|word| !TITLES.contains(&word.as_str()));
        kinds.extend(name.map(|word| (word, "#owner")));
        let figures = number_words().map(|word| (word, NUMBER));
        let days = DAYS.iter().map(|day| (*day, "#day"));
        let months = MONTHS.iter().map(|month| (*month, "#month"));
        kinds.extend(figures.chain(days).chain(months).map(|(word, kind)| (word.to_owned(), kind)));
        Self { kinds }
    }

    /// Every word of `normal`, in order. Full stops are left out: recognisers set them as they please.
    pub(super) fn words<'a>(&'a self, normal: &'a Normal) -> Vec<Masked<'a>> {
        let mut out: Vec<Masked<'a>> = Vec::with_capacity(normal.words.len());
        let words = normal.text.split(' ').filter(|text| !text.is_empty() && *text != ".");
        for (word, text) in words.enumerate() {
            let kind = match text {
                PHONE => text,
                _ if text.bytes().all(|byte| byte.is_ascii_digit()) => NUMBER,
                _ => self.kinds.get(text).copied().unwrap_or(text),
            };
            if !(ONCE.contains(&kind) && out.last().is_some_and(|last| last.text == kind)) {
                out.push(Masked { text: kind, word });
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;
    use crate::domain::Owner;
    use crate::judge::normalise::Normal;

    fn shown(owner: &Owner, said: &str) -> String {
        let normal = Normal::of(said);
        Mask::new(owner).words(&normal).iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_differs_from_owner_to_owner_is_told_by_its_kind() {
        let owner = Owner {
            name: "Dr. Anna Lindqvist".to_owned(),
            business: "Lindqvist & Falk Family Law".to_owned(),
            town: "Duluth".to_owned(),
            services: ["wills", "house sales", "divorce"].map(str::to_owned).to_vec(),
            ..Owner::default()
        };
        assert_eq!(
            shown(
                &owner,
                "Dr. Lindqvist, will you write wills in Duluth? Two hundred houses, 2 divorces, call 505-555-0196"
            ),
            "dr #owner will you write #service in #town #n houses #n #service call #phone"
        );
        assert_eq!(shown(&owner, "Falk on Monday the third of May"), "#business on #day the third of may");
    }

    #[test]
    fn every_word_leads_back_to_the_plain_form() {
        let normal = Normal::of("Call me. Two hundred three. Now");
        let owner = Owner::default();
        let back: Vec<_> = Mask::new(&owner).words(&normal).iter().map(|word| word.word).collect();
        assert_eq!(back, [0, 1, 2, 5]);
    }
}
