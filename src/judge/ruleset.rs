//! All rules together: read from files, layered, checked.

use super::error::{RuleError, RuleErrors, RuleProblem};
use super::language::ENGLISH;
use super::lists::Lists;
use super::rule::{RawRule, Rule, Test, Words};
use super::sample::sample_owner;
use super::shipped::SHIPPED;
use regex::RegexBuilder;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// Largest weight that can be meant: e^10 is 22,000 to 1.
const HEAVIEST: f32 = 10.0;

/// Largest compiled size of the patterns of one rule, in bytes.
const PATTERN_SIZE: usize = 4 << 20;

/// The text of one rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSource {
    /// What to call it in errors.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// How far the rules of one group may go together, in log-odds: pitch and lead evidence are capped apart.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Most that its rules may add, above 0.
    pub cap: f32,
}

/// Where the score becomes a label.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Log-odds of a message in which nothing counts.
    pub bias: f32,
    /// At or below this score: lead.
    pub lead: f32,
    /// At or above this score: spam.
    pub spam: f32,
    /// Most that the learned part may add or take, in log-odds; 0 turns it off.
    #[serde(default)]
    pub learned: f32,
}

/// A set of rules that fits together.
#[derive(Debug, Clone)]
pub struct RuleSet {
    raw: Vec<Placed>,
    words: BTreeMap<String, Vec<String>>,
    groups: BTreeMap<String, Cap>,
    thresholds: Thresholds,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Placed {
    rule: RawRule,
    language: String,
    file: String,
    line: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: Option<Spanned<String>>,
    #[serde(default)]
    rule: Vec<Spanned<toml::Value>>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    group: BTreeMap<String, Cap>,
    thresholds: Option<Spanned<Thresholds>>,
}

impl RuleSet {
    /// The rules that come with the program.
    ///
    /// # Errors
    ///
    /// Never for a released program: a test reads them.
    pub fn shipped() -> Result<Self, RuleErrors> {
        let sources = SHIPPED
            .iter()
            .map(|(name, text)| RuleSource { name: (*name).to_owned(), text: (*text).to_owned() });
        Self::parse(&sources.collect::<Vec<_>>())
    }

    /// Reads `sources` as one layer.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of them.
    pub fn parse(sources: &[RuleSource]) -> Result<Self, RuleErrors> {
        let empty = Self {
            raw: Vec::new(),
            words: BTreeMap::new(),
            groups: BTreeMap::new(),
            thresholds: Thresholds { bias: 0.0, lead: 0.4, spam: 0.6, learned: 0.0 },
            rules: Vec::new(),
        };
        empty.merge(sources)
    }

    /// Lays `overlays` over these rules: an entry with a known id changes what it mentions of that rule
    /// (`weight = 0` turns it off), any other is a new rule. Word lists and groups are replaced by name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in any of them.
    pub fn merge(mut self, overlays: &[RuleSource]) -> Result<Self, RuleErrors> {
        let mut errors = Vec::new();
        let below = self.raw.len();
        for source in overlays {
            self.read(source, below, &mut errors);
        }
        if errors.is_empty() {
            self.rules = self.check(&mut errors);
        }
        if errors.is_empty() { Ok(self) } else { Err(RuleErrors(errors)) }
    }

    /// Every rule, in the order of the files.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The cap of each group.
    #[must_use]
    pub fn groups(&self) -> &BTreeMap<String, Cap> {
        &self.groups
    }

    /// Where the score becomes a label.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    pub(super) fn words(&self) -> &BTreeMap<String, Vec<String>> {
        &self.words
    }

    fn read(&mut self, source: &RuleSource, below: usize, errors: &mut Vec<RuleError>) {
        let error = |at: usize, problem| RuleError {
            file: source.name.clone(),
            line: line(&source.text, at),
            problem,
        };
        let file: File = match toml::from_str(&source.text) {
            Ok(file) => file,
            Err(wrong) => {
                let at = wrong.span().map_or(0, |span| span.start);
                errors.push(error(at, RuleProblem::Form(wrong.message().to_owned())));
                return;
            }
        };
        let language = match &file.language {
            Some(code) if !is_language(code.get_ref()) => {
                errors.push(error(code.span().start, RuleProblem::Language(code.get_ref().clone())));
                return;
            }
            Some(code) => code.get_ref().clone(),
            None => ENGLISH.to_owned(),
        };
        self.words.extend(file.words);
        self.groups.extend(file.group);
        if let Some(thresholds) = file.thresholds {
            let at = thresholds.span().start;
            let Thresholds { bias, lead, spam, learned } = *thresholds.get_ref();
            let bounded = bias.abs() <= HEAVIEST && (0.0..=HEAVIEST).contains(&learned);
            if 0.0 < lead && lead < spam && spam < 1.0 && bounded {
                self.thresholds = thresholds.into_inner();
            } else {
                errors.push(error(at, RuleProblem::Thresholds));
            }
        }
        for entry in file.rule {
            let at = entry.span().start;
            let line = line(&source.text, at);
            match entry.into_inner().try_into::<RawRule>() {
                Err(wrong) => errors.push(error(at, RuleProblem::Form(wrong.message().to_owned()))),
                Ok(rule) if !is_id(&rule.id) => errors.push(error(at, RuleProblem::Id(rule.id))),
                Ok(rule) => {
                    let known = self.raw.iter().position(|placed| placed.rule.id == rule.id);
                    match known.and_then(|index| Some((index, self.raw.get_mut(index)?))) {
                        Some((index, _)) if index >= below => {
                            errors.push(error(at, RuleProblem::Twice(rule.id)));
                        }
                        Some((_, placed)) => {
                            placed.rule.change(rule);
                            placed.file.clone_from(&source.name);
                            placed.line = line;
                        }
                        None => {
                            let (file, language) = (source.name.clone(), language.clone());
                            self.raw.push(Placed { rule, language, file, line });
                        }
                    }
                }
            }
        }
    }

    /// Completes every rule; what is wrong goes to `errors`.
    fn check(&self, errors: &mut Vec<RuleError>) -> Vec<Rule> {
        let lists = Lists::new(&self.words, &sample_owner());
        let mut rules = Vec::with_capacity(self.raw.len());
        for placed in &self.raw {
            let mut problems = Vec::new();
            let rule = self.complete(placed, &lists, &mut problems);
            errors.extend(problems.into_iter().map(|problem| RuleError {
                file: placed.file.clone(),
                line: placed.line,
                problem,
            }));
            rules.extend(rule);
        }
        rules
    }

    fn complete(&self, placed: &Placed, lists: &Lists, problems: &mut Vec<RuleProblem>) -> Option<Rule> {
        let raw = &placed.rule;
        let id = raw.id.clone();
        let missing = |missing| RuleProblem::Missing { rule: id.clone(), missing };
        let description = raw.description.clone().filter(|text| !text.trim().is_empty());
        if description.is_none() {
            problems.push(missing("description"));
        }
        if raw.weight.is_some_and(|weight| weight.is_nan() || weight.abs() > HEAVIEST) {
            problems.push(RuleProblem::Weight(id.clone()));
        }
        if let Some(group) = raw.group.as_ref().filter(|group| !self.groups.contains_key(*group)) {
            problems.push(RuleProblem::Group { rule: id.clone(), group: group.clone() });
        }
        if raw.matching.as_ref().is_none_or(|examples| examples.len() < 2) {
            problems.push(missing("two examples in `match`"));
        }
        if raw.not_matching.as_ref().is_none_or(|examples| examples.len() < 2) {
            problems.push(missing("two examples in `no_match`"));
        }
        let test = match (raw.parts(), raw.patterns.clone().filter(|patterns| !patterns.is_empty())) {
            (Some(_), Some(_)) => {
                problems.push(RuleProblem::Mixed(id.clone()));
                None
            }
            (None, None) => {
                problems.push(missing("patterns or parts"));
                None
            }
            (Some(parts), None) => {
                let names = [&parts.all, &parts.any, &parts.none].into_iter().flatten();
                for part in names.filter(|name| !self.has_patterns(name)) {
                    problems.push(RuleProblem::Part { rule: id.clone(), part: part.clone() });
                }
                Some(Test::Parts(parts))
            }
            (None, Some(patterns)) => {
                let unless = raw.unless.clone().unwrap_or_default();
                for pattern in patterns.iter().chain(&unless) {
                    problems.extend(wrong_pattern(&id, pattern, lists));
                }
                let not_for_trade = raw.not_for_trade.clone().unwrap_or_default();
                Some(Test::Words(Words { patterns, unless, max_words: raw.max_words, not_for_trade }))
            }
        };
        Some(Rule {
            id: id.clone(),
            description: description?,
            weight: raw.weight,
            group: raw.group.clone(),
            language: placed.language.clone(),
            source: placed.file.clone(),
            line: placed.line,
            test: test?,
            matching: raw.matching.clone().unwrap_or_default(),
            not_matching: raw.not_matching.clone().unwrap_or_default(),
        })
    }

    fn has_patterns(&self, id: &str) -> bool {
        self.raw.iter().any(|placed| placed.rule.id == id && placed.rule.patterns.is_some())
    }
}

/// What is wrong with one pattern, if anything.
fn wrong_pattern(rule: &str, pattern: &str, lists: &Lists) -> Option<RuleProblem> {
    let expanded = match lists.expand(rule, pattern) {
        Ok(expanded) => expanded?,
        Err(problem) => return Some(problem),
    };
    let wrong = whole_words(&expanded).build().err()?;
    let reason = wrong.to_string().lines().last().unwrap_or_default().trim().to_owned();
    Some(RuleProblem::Pattern { rule: rule.to_owned(), pattern: pattern.to_owned(), reason })
}

/// `pattern` so that it only matches whole words of a plain text.
pub(super) fn whole_words(pattern: &str) -> RegexBuilder {
    let mut builder = RegexBuilder::new(&format!(" (?:{pattern}) "));
    builder.size_limit(PATTERN_SIZE).nest_limit(64);
    builder
}

/// Two lower-case letters.
fn is_language(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// Lower-case words joined by hyphens.
fn is_id(id: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.split('-').all(word)
}

/// The line of byte `at`, counted from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::{RuleSet, RuleSource};

    const RULE: &str = "[[rule]]\nid = 'a-b'\ndescription = 'd'\nweight = 1.0\npatterns = ['x+']\nmatch = ['x', 'xx']\nno_match = ['y', 'z']\n";

    fn source(text: &str) -> RuleSource {
        RuleSource { name: "mine.toml".to_owned(), text: text.to_owned() }
    }

    fn problems(text: &str) -> String {
        RuleSet::parse(&[source(text)]).expect_err("should be refused").to_string()
    }

    #[test]
    fn shipped_rules_are_sound_and_their_examples_hold() {
        let rules = RuleSet::shipped().unwrap_or_else(|errors| panic!("{errors}"));
        let failures = rules.check_examples().expect("judge");
        let shown = failures.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
    }

    #[test]
    fn an_overlay_changes_only_what_it_mentions() {
        let rules = RuleSet::parse(&[source(RULE)]).expect("rules");
        let rules = rules.merge(&[source("[[rule]]\nid = 'a-b'\nweight = -2.0\n")]).expect("overlay");
        let rule = rules.rules().next().expect("rule");
        assert_eq!((rule.weight, rule.description.as_str()), (Some(-2.0), "d"));
        assert!(rules.check_examples().expect("judge").is_empty());
        let off = rules.merge(&[source("[[rule]]\nid = 'a-b'\nweight = 0.0\n")]).expect("overlay");
        let judge = super::super::Judge::new(&off, &super::super::sample_owner()).expect("judge");
        assert!(judge.noticed("x").is_empty(), "weight 0 turns a rule off");
    }

    #[test]
    fn a_rule_keeps_the_language_of_its_file() {
        let spanish = RuleSet::parse(&[source(&format!("language = 'es'\n{RULE}"))]).expect("rules");
        let changed = spanish.merge(&[source("[[rule]]\nid = 'a-b'\nweight = -2.0\n")]).expect("overlay");
        assert_eq!(changed.rules().next().map(|rule| rule.language.as_str()), Some("es"));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let two = format!("{RULE}\n[[rule]]\nid = 'Bad Id'\n\n[[rule]]\nid = 'c'\nwieght = 2\n");
        let told = problems(&two);
        assert!(told.contains("mine.toml:9: `Bad Id` is not an id"), "{told}");
        assert!(told.contains("mine.toml:12: unknown field `wieght`"), "{told}");
        assert!(problems(&format!("{RULE}{RULE}")).contains("already defined"));
        assert!(problems("[[rule]\n").contains("mine.toml:1"));
        assert!(problems("\nlanguage = 'Spanish'\n").contains("mine.toml:2: `Spanish` is not a language"));
        assert!(
            problems("[thresholds]\nbias = 0.0\nlead = 0.9\nspam = 0.1\n")
                .contains("thresholds must satisfy")
        );
    }

    #[test]
    fn rules_that_cannot_work_are_refused() {
        for (from, to, want) in [
            ("'x+'", "'x('", "unclosed group"),
            ("'x+'", "'{nothing}'", "is not a word list"),
            ("'x+'", "'(?:x{1000}){1000}'", "size limit"),
            ("1.0", "nan", "not between -10 and 10"),
            ("weight", "group = 'g'\nweight", "has no `[group.g]` entry"),
            ("['x', 'xx']", "['x']", "two examples in `match`"),
            ("patterns = ['x+']", "all = ['c-d']", "is made of `c-d`"),
        ] {
            let told = problems(&RULE.replacen(from, to, 1));
            assert!(told.contains(want), "{told}");
        }
    }
}
