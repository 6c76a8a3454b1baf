//! Word lists and the owner's own words, written into patterns.

use super::error::RuleProblem;
use super::normalise::Normal;
use crate::domain::Owner;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Deepest nesting of lists in lists.
const DEEPEST: usize = 6;

/// Longest pattern once every list is written out, in bytes.
const LONGEST: usize = 32 * 1024;

/// Words of a business name that tell nothing apart.
const COMMON: &[&str] = &[
    "and", "the", "of", "for", "a", "co", "company", "inc", "llc", "ltd", "group", "services", "service",
    "shop", "studio", "family", "home", "local", "best", "first",
];

/// Services whose singular is a verb or a common word.
pub(super) const VERBS: &[&str] =
    &["will", "can", "may", "check", "call", "book", "show", "sign", "trust", "ad", "move"];

/// What may stand before a person's name.
pub(super) const TITLES: &[&str] = &["dr", "mr", "mrs", "ms"];

/// `{name}` or `{owner.name}`; `{0,3}` is not one.
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{([a-z][a-z0-9_.]*)\}").ok());

/// The lists that patterns may name.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    lists: BTreeMap<String, Vec<String>>,
}

impl Lists {
    /// `words` of the rule files together with what is known of `owner`.
    pub(super) fn new(words: &BTreeMap<String, Vec<String>>, owner: &Owner) -> Self {
        let mut lists = words.clone();
        lists.insert("owner.name".to_owned(), names(&owner.name));
        lists.insert("owner.business".to_owned(), business(&owner.business));
        lists.insert("owner.town".to_owned(), plain(&owner.town).into_iter().collect());
        lists.insert(
            "owner.service".to_owned(),
            owner.services.iter().flat_map(|text| service(text)).collect(),
        );
        Self { lists }
    }

    /// `pattern` with every list written out; `None` when it needs something of the owner that is not known.
    pub(super) fn expand(&self, place: &str, pattern: &str) -> Result<Option<String>, RuleProblem> {
        self.expand_within(place, pattern, 0)
    }

    fn expand_within(&self, place: &str, pattern: &str, depth: usize) -> Result<Option<String>, RuleProblem> {
        let Some(regex) = PLACE.as_ref() else { return Ok(None) };
        let mut out = String::new();
        let mut rest = pattern;
        while let Some(found) = regex.captures(rest) {
            let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else { break };
            let unknown = || RuleProblem::List { place: place.to_owned(), list: name.as_str().to_owned() };
            let list = self.lists.get(name.as_str()).filter(|_| depth < DEEPEST).ok_or_else(unknown)?;
            let mut choices = Vec::with_capacity(list.len());
            for entry in list {
                choices.extend(self.expand_within(name.as_str(), entry, depth + 1)?);
            }
            if choices.is_empty() {
                return Ok(None);
            }
            out.push_str(rest.get(..whole.start()).unwrap_or_default());
            out.push_str("(?:");
            out.push_str(&choices.join("|"));
            out.push(')');
            rest = rest.get(whole.end()..).unwrap_or_default();
            if out.len() > LONGEST {
                let reason = format!("longer than {LONGEST} bytes once its word lists are written out");
                return Err(RuleProblem::Pattern {
                    rule: place.to_owned(),
                    pattern: pattern.to_owned(),
                    reason,
                });
            }
        }
        out.push_str(rest);
        Ok(Some(out))
    }
}

/// The plain words of `text` as a pattern, `None` when there are none.
fn plain(text: &str) -> Option<String> {
    let words = words(text);
    (!words.is_empty()).then(|| regex::escape(&words.join(" ")))
}

/// The plain words of `text`.
pub(super) fn words(text: &str) -> Vec<String> {
    let normal = Normal::of(text);
    normal.text.split([' ', '.']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Ways to say a person's name: all of it, the first name, the last.
fn names(name: &str) -> Vec<String> {
    let all = words(name);
    let told = all.iter().filter(|word| !TITLES.contains(&word.as_str())).collect::<Vec<_>>();
    let mut out = plain(name).into_iter().collect::<Vec<_>>();
    out.extend([told.first(), told.last()].into_iter().flatten().map(|word| regex::escape(word)));
    out
}

/// Ways to say a business's name: all of it, or its first telling word.
fn business(name: &str) -> Vec<String> {
    let first = telling(name).into_iter().next();
    plain(name).into_iter().chain(first.map(|word| regex::escape(&word))).collect()
}

/// The words of a business's name that tell it from others.
pub(super) fn telling(name: &str) -> Vec<String> {
    words(name).into_iter().filter(|word| word.len() > 3 && !COMMON.contains(&word.as_str())).collect()
}

/// Ways to name a service: the phrase, and its last word, each in singular or plural.
fn service(text: &str) -> Vec<String> {
    let words = words(text);
    let stem = |word: &str| {
        let stem = word.strip_suffix("ies").or_else(|| word.strip_suffix('s')).unwrap_or(word);
        if word.ends_with("ies") {
            format!("{}(?:y|ies)", regex::escape(stem))
        } else {
            format!("{}s?", regex::escape(stem))
        }
    };
    let Some(last) = words.last().filter(|word| word.len() > 2) else { return Vec::new() };
    // "wills" is a service, "will" is in every other sentence.
    if words.len() == 1 && VERBS.contains(&last.trim_end_matches('s')) {
        return vec![regex::escape(last)];
    }
    let mut phrase = words.iter().map(|word| regex::escape(word)).collect::<Vec<_>>();
    if let Some(end) = phrase.last_mut() {
        *end = stem(last);
    }
    vec![phrase.join(" ")]
}

#[cfg(test)]
mod tests {
    use super::{Lists, business, names, service};
    use crate::domain::Owner;
    use std::collections::BTreeMap;

    #[test]
    fn the_owner_in_callers_words() {
        assert_eq!(names("Dr. Simone Achebe"), ["dr simone achebe", "simone", "achebe"]);
        assert_eq!(business("Rye & Salt Bakery"), ["rye and salt bakery", "salt"]);
        assert_eq!(service("water heaters"), ["water heaters?"]);
        assert_eq!(service("house  batteries"), ["house batter(?:y|ies)"]);
    }

    #[test]
    fn lists_nest_and_unknown_or_circular_ones_are_refused() {
        let words = BTreeMap::from([
            ("ab".to_owned(), vec!["a".to_owned(), "{c}".to_owned()]),
            ("c".to_owned(), vec!["c".to_owned()]),
            ("loop".to_owned(), vec!["{loop}".to_owned()]),
        ]);
        let lists = Lists::new(&words, &Owner::default());
        assert_eq!(
            lists.expand("r", "x {ab} y{0,3}").expect("fine").as_deref(),
            Some("x (?:a|(?:c)) y{0,3}")
        );
        assert_eq!(lists.expand("r", "{owner.town}").expect("fine"), None, "inert without a town");
        assert!(lists.expand("r", "{nothing}").is_err());
        assert!(lists.expand("r", "{loop}").is_err());
    }
}
