//! Which rules are true of one text, and which words make them so.

use super::error::RuleProblem;
use super::lists::{Lists, words};
use super::need::Need;
use super::normalise::Normal;
use super::rule::{Own, Parts, Scope, Test};
use super::ruleset::{RuleSet, whole_words};
use super::sieve::Sieve;
use crate::domain::Owner;
use regex::Regex;
use std::collections::BTreeMap;
use std::ops::Range;

/// Most matches of one pattern that are looked at.
const MOST_MATCHES: usize = 8;

/// The patterns of a rule set for one owner.
#[derive(Debug)]
pub(super) struct Finder {
    /// For each rule of the set.
    tests: Vec<Compiled>,
    /// For each rule of the set, whether its patterns need be tried.
    sieve: Sieve,
}

#[derive(Debug)]
enum Compiled {
    /// Cannot be true for this owner, or is turned off.
    Off,
    Words {
        patterns: Regex,
        unless: Option<Regex>,
        max_words: usize,
    },
    Parts {
        all: Vec<usize>,
        any: Vec<usize>,
        none: Vec<usize>,
        scope: Scope,
        own: Own,
    },
}

/// What makes one rule true.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hit {
    /// Spans of the plain form, in order of their patterns.
    pub spans: Vec<Range<usize>>,
    /// Whether another rule counts in its place.
    pub replaced: bool,
}

impl Finder {
    /// Compiles `rules` for `owner`.
    pub(super) fn new(rules: &RuleSet, owner: &Owner) -> Result<Self, RuleProblem> {
        let lists = Lists::new(rules.words(), owner);
        let trade =
            owner.services.iter().chain([&owner.business]).flat_map(|text| words(text)).collect::<Vec<_>>();
        let place = rules
            .rules()
            .enumerate()
            .map(|(index, rule)| (rule.id.as_str(), index))
            .collect::<BTreeMap<_, _>>();
        let mut tests = Vec::new();
        for rule in rules.rules() {
            tests.push(match &rule.test {
                _ if rule.weight.is_some_and(|weight| weight == 0.0) => Compiled::Off,
                Test::Words(test) if sold(&trade, &test.not_for_trade) => Compiled::Off,
                Test::Words(test) => match either(&lists, &rule.id, &test.patterns)? {
                    None => Compiled::Off,
                    Some(patterns) => Compiled::Words {
                        patterns,
                        unless: either(&lists, &rule.id, &test.unless)?,
                        max_words: test.max_words.unwrap_or(usize::MAX),
                    },
                },
                Test::Parts(parts) => composite(parts, &place),
            });
        }
        let needs = tests.iter().map(|test| match test {
            Compiled::Words { patterns, .. } => Need::of(patterns.as_str()),
            Compiled::Off | Compiled::Parts { .. } => Need::Unknown,
        });
        Ok(Self { sieve: Sieve::new(&needs.collect::<Vec<_>>()), tests })
    }

    /// What is true of `normal`: for each rule of the set, what makes it so.
    pub(super) fn find(&self, normal: &Normal) -> Vec<Option<Hit>> {
        let seen = self.sieve.look(&normal.text);
        let mut hits = Vec::with_capacity(self.tests.len());
        for (index, test) in self.tests.iter().enumerate() {
            hits.push(match test {
                Compiled::Words { patterns, unless, max_words }
                    if normal.words.len() <= *max_words && seen.can_match(index) =>
                {
                    let mut found = matches(patterns, &normal.text);
                    if let Some(unless) = unless.as_ref().filter(|_| !found.is_empty()) {
                        let void = matches(unless, &normal.text);
                        found.retain(|span| !void.iter().any(|void| same_sentence(normal, span, void)));
                    }
                    (!found.is_empty()).then_some(Hit { spans: found, replaced: false })
                }
                _ => None,
            });
        }
        let mut replaced = Vec::new();
        for (index, test) in self.tests.iter().enumerate() {
            if let Compiled::Parts { all, any, none, scope, own } = test
                && let Some((spans, used)) = together(normal, &hits, all, any, none, *scope)
            {
                if *own == Own::Instead {
                    replaced.extend(used);
                }
                if let Some(hit) = hits.get_mut(index) {
                    *hit = Some(Hit { spans, replaced: false });
                }
            }
        }
        for index in replaced {
            if let Some(Some(hit)) = hits.get_mut(index) {
                hit.replaced = true;
            }
        }
        hits
    }
}

/// One regular expression for any of `patterns`; `None` when all of them need what is not known of the owner.
///
/// One for each rule, tried where the [sieve](Sieve) lets it through: measured on 1,183 messages, a `RegexSet` over all patterns is 18 times slower, and sets of
/// 60 patterns two to three times, because the gaps in the patterns multiply its states beyond its cache.
fn either(lists: &Lists, rule: &str, patterns: &[String]) -> Result<Option<Regex>, RuleProblem> {
    let mut choices = Vec::with_capacity(patterns.len());
    for pattern in patterns {
        choices.extend(lists.expand(rule, pattern)?.map(|expanded| format!("(?:{expanded})")));
    }
    if choices.is_empty() {
        return Ok(None);
    }
    whole_words(&choices.join("|")).build().map(Some).map_err(|wrong| RuleProblem::Pattern {
        rule: rule.to_owned(),
        pattern: patterns.join("|"),
        reason: wrong.to_string(),
    })
}

/// Whether a word of the owner's trade begins with one of `beginnings`.
fn sold(trade: &[String], beginnings: &[String]) -> bool {
    trade.iter().any(|word| beginnings.iter().any(|beginning| word.starts_with(beginning)))
}

fn composite(parts: &Parts, place: &BTreeMap<&str, usize>) -> Compiled {
    let indices =
        |names: &[String]| names.iter().filter_map(|name| place.get(name.as_str()).copied()).collect();
    let (all, any, none) = (indices(&parts.all), indices(&parts.any), indices(&parts.none));
    Compiled::Parts { all, any, none, scope: parts.scope, own: parts.own }
}

/// The first matches of `regex`, without the spaces around them. Neighbours may share a space.
fn matches(regex: &Regex, text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut at = 0;
    while out.len() < MOST_MATCHES
        && let Some(found) = regex.find_at(text, at)
    {
        out.push(found.start() + 1..found.end() - 1);
        at = found.end() - 1;
    }
    out
}

fn same_sentence(normal: &Normal, one: &Range<usize>, other: &Range<usize>) -> bool {
    let sentences = |span: &Range<usize>| {
        let words = normal.words_in(span.clone());
        words.first().zip(words.last()).map(|(first, last)| first.sentence..last.sentence + 1)
    };
    overlap(sentences(one), sentences(other))
}

fn overlap(one: Option<Range<usize>>, other: Option<Range<usize>>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.start < other.end && other.start < one.end)
}

/// The spans that make a composite true and the rules they belong to.
fn together(
    normal: &Normal,
    hits: &[Option<Hit>],
    all: &[usize],
    any: &[usize],
    none: &[usize],
    scope: Scope,
) -> Option<(Vec<Range<usize>>, Vec<usize>)> {
    let hit = |index: &usize| hits.get(*index).and_then(Option::as_ref);
    if none.iter().any(|index| hit(index).is_some()) {
        return None;
    }
    let clauses = |span: &Range<usize>| {
        let words = normal.words_in(span.clone());
        words.first().zip(words.last()).map(|(first, last)| first.clause..last.clause + 1)
    };
    let groups =
        all.iter().map(std::slice::from_ref).chain((!any.is_empty()).then_some(any)).collect::<Vec<_>>();
    // The matches of the first part are tried as anchors; every other part must have one that fits.
    let anchors = groups.first()?.iter().filter_map(|index| hit(index).map(|hit| (*index, hit)));
    for (first, found) in anchors {
        for anchor in &found.spans {
            let fits =
                |span: &Range<usize>| scope == Scope::Message || overlap(clauses(anchor), clauses(span));
            let mut spans = vec![anchor.clone()];
            let mut used = vec![first];
            for group in groups.iter().skip(1) {
                let part = group.iter().find_map(|index| {
                    let span = hit(index)?.spans.iter().find(|span| fits(span))?;
                    Some((*index, span.clone()))
                });
                let Some((index, span)) = part else { break };
                used.push(index);
                spans.push(span);
            }
            if used.len() == groups.len() {
                spans.sort_by_key(|span| span.start);
                return Some((spans, used));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Judge;
    use super::super::ruleset::{RuleSet, RuleSource};
    use super::super::sample::sample_owner;
    use super::{Compiled, Finder, Normal, Sieve, Test, words};
    use crate::domain::{Message, Owner};
    use proptest::prelude::*;
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;
    use std::sync::LazyLock;

    const RULES: &str = r#"
[[rule]]
id = "apple"
description = "a"
weight = 1.0
patterns = ['apples?', '{owner.town}']
unless = ['no']
not_for_trade = ["fruit"]
match = ["apple", "apples"]
no_match = ["pear", "no apple"]

[[rule]]
id = "pear"
description = "p"
weight = 1.0
patterns = ['pears?']
max_words = 6
match = ["pear", "pears"]
no_match = ["apple", "one two three four five six pear"]

[[rule]]
id = "both"
description = "b"
weight = 3.0
all = ["apple", "pear"]
same_clause = true
replace = true
match = ["apple pear", "pear apple"]
no_match = ["apple, pear", "apple and pear"]
"#;

    fn judge(owner: &Owner) -> Judge {
        let sources = [RuleSource { name: "r.toml".to_owned(), text: RULES.to_owned() }];
        let rules = RuleSet::parse(&sources).expect("rules");
        assert_eq!(rules.check_examples().expect("judge"), []);
        Judge::new(&rules, owner).expect("judge")
    }

    #[test]
    fn a_composite_counts_in_place_of_its_parts() {
        let judge = judge(&sample_owner());
        let counted = |text: &str| {
            let verdict = judge.judge(&Message { text: text.to_owned(), ..Message::default() });
            verdict.reasons.into_iter().map(|reason| (reason.rule, reason.quote)).collect::<Vec<_>>()
        };
        let pair = |rule: &str, quote: &str| (rule.to_owned(), quote.to_owned());
        assert_eq!(counted("an apple pear"), [pair("both", "apple … pear")]);
        assert_eq!(counted("apple, Pears!"), [pair("apple", "apple"), pair("pear", "Pears")]);
        assert_eq!(counted("No apple. Apple."), [pair("apple", "Apple")]);
    }

    #[test]
    fn rules_depend_on_what_is_known_of_the_owner() {
        assert_eq!(judge(&sample_owner()).noticed("in Dayton"), ["apple"]);
        assert!(judge(&Owner::default()).noticed("in Dayton").is_empty(), "no town, no rule about it");
        let grocer = Owner { services: vec!["fruits".to_owned()], ..Owner::default() };
        assert!(judge(&grocer).noticed("apple").is_empty(), "apples are this owner's trade");
    }

    /// The shipped rules for `owner`, once with the sieve and once without.
    fn sieved_and_not(owner: &Owner) -> (Finder, Finder) {
        let rules = RuleSet::shipped().expect("rules");
        let finder = || Finder::new(&rules, owner).expect("finder");
        (finder(), Finder { sieve: Sieve::new(&[]), ..finder() })
    }

    static SAMPLE: LazyLock<(Finder, Finder)> = LazyLock::new(|| sieved_and_not(&sample_owner()));

    /// The owner and the text of every labelled message.
    fn labelled() -> Vec<(String, Normal)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
        let files = fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path());
        let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        let lines = files.flat_map(|path| {
            let text = fs::read_to_string(path).expect("messages");
            text.lines().map(|line| serde_json::from_str(line).expect("message")).collect::<Vec<Value>>()
        });
        let field = |line: &Value, name: &str| line[name].as_str().expect("text").to_owned();
        let messages: Vec<_> =
            lines.map(|line| (field(&line, "owner"), Normal::of(&field(&line, "text")))).collect();
        assert!(messages.len() > 900, "{}", messages.len());
        messages
    }

    #[test]
    fn the_sieve_changes_nothing_on_the_labelled_messages() {
        let owners: BTreeMap<String, Owner> =
            toml::from_str(include_str!("../../tests/messages/owners.toml")).expect("owners");
        let finders: BTreeMap<_, _> =
            owners.iter().map(|(name, owner)| (name.clone(), sieved_and_not(owner))).collect();
        for (owner, normal) in labelled() {
            for (sieved, not) in [&finders[&owner], &*SAMPLE] {
                assert_eq!(sieved.find(&normal), not.find(&normal), "{}", normal.text);
            }
        }
    }

    #[test]
    fn the_sieve_holds_most_rules_back_on_ordinary_messages() {
        let (sieved, _) = &*SAMPLE;
        let with_words: Vec<_> = (0..sieved.tests.len())
            .filter(|index| matches!(sieved.tests[*index], Compiled::Words { .. }))
            .collect();
        let messages = labelled();
        let through = messages.iter().map(|(_, normal)| {
            let seen = sieved.sieve.look(&normal.text);
            with_words.iter().filter(|index| seen.can_match(**index)).count()
        });
        let (through, all) = (through.sum::<usize>(), messages.len() * with_words.len());
        assert!(through * 4 < all, "{through} of {all} are tried");
    }

    /// Words and small rows of words of which the shipped rules and their examples are made.
    static PIECES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let rules = RuleSet::shipped().expect("rules");
        let mut pieces = BTreeSet::new();
        for rule in rules.rules() {
            if let Test::Words(test) = &rule.test {
                let written =
                    test.patterns.iter().chain(&test.unless).chain(rules.words().values().flatten());
                for pattern in written {
                    let parts = pattern.split(|c: char| !c.is_ascii_alphanumeric() && c != ' ');
                    pieces.extend(parts.map(|part| part.trim().to_owned()));
                }
            }
            for example in rule.matching.iter().chain(&rule.not_matching) {
                let words = words(example);
                pieces.extend(words.windows(3).map(|row| row.join(" ")));
                pieces.extend(words);
            }
        }
        pieces.into_iter().collect()
    });

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn the_sieve_changes_nothing_on_any_sentence(
            pieces in proptest::collection::vec(proptest::sample::select(&**PIECES), 0..40),
        ) {
            let normal = Normal::of(&pieces.join(" "));
            let (sieved, not) = &*SAMPLE;
            prop_assert_eq!(sieved.find(&normal), not.find(&normal));
        }
    }
}
