//! The judge: words in, verdict with reasons out.

use super::error::RuleProblem;
use super::find::{Finder, Hit};
use super::mentions::mentions;
use super::normalise::Normal;
use super::rule::Rule;
use super::ruleset::{RuleSet, Thresholds};
use crate::domain::{Label, Message, Owner, PhoneNumber, Reason, Score, Verdict};
use std::collections::BTreeMap;
use std::ops::Range;

/// The only language the rules are written in (ISO 639-1).
const LANGUAGE: &str = "en";

/// What is between the pieces of a quotation.
const ELLIPSIS: &str = " … ";

/// Rules made ready for one owner.
#[derive(Debug)]
pub struct Judge {
    rules: Vec<Rule>,
    caps: BTreeMap<String, f32>,
    thresholds: Thresholds,
    finder: Finder,
    owner: Owner,
    own_numbers: Vec<PhoneNumber>,
}

impl Judge {
    /// Makes `rules` ready for `owner`.
    ///
    /// # Errors
    ///
    /// When a pattern grows too large once the owner's words are written into it.
    pub fn new(rules: &RuleSet, owner: &Owner) -> Result<Self, RuleProblem> {
        let own = owner.numbers.iter().filter_map(|number| PhoneNumber::parse(number, &owner.country));
        Ok(Self {
            finder: Finder::new(rules, owner)?,
            caps: rules.groups().iter().map(|(name, cap)| (name.clone(), cap.cap)).collect(),
            thresholds: rules.thresholds(),
            rules: rules.rules().cloned().collect(),
            own_numbers: own.collect(),
            owner: owner.clone(),
        })
    }

    /// Judges one message. The same message always gets the same verdict.
    #[must_use]
    pub fn judge(&self, message: &Message) -> Verdict {
        let normal = Normal::of(&message.text);
        let mentions = mentions(&message.text, &normal, &self.owner, &self.own_numbers);
        let unread = |label, rule: &str, why: &str| Verdict {
            label,
            score: Score(0.5),
            reasons: vec![Reason {
                rule: rule.to_owned(),
                weight: 0.0,
                why: why.to_owned(),
                quote: String::new(),
            }],
            mentions: mentions.clone(),
        };
        if normal.words.is_empty() {
            return unread(Label::Empty, "empty", "nothing is said");
        }
        if message.language.as_deref().is_some_and(|language| !is_english(language)) {
            return unread(Label::Review, "language", "is not in English, which is all the rules can read");
        }
        let reasons = self.reasons(&message.text, &normal);
        let log_odds = self.thresholds.bias + reasons.iter().map(|reason| reason.weight).sum::<f32>();
        let score = 1.0 / (1.0 + (-log_odds).exp());
        let label = if score >= self.thresholds.spam {
            Label::Spam
        } else if score <= self.thresholds.lead {
            Label::Lead
        } else {
            Label::Review
        };
        Verdict { label, score: Score(score), reasons, mentions }
    }

    /// The ids of every rule that is true of `text`, also those that add nothing themselves.
    #[must_use]
    pub fn noticed(&self, text: &str) -> Vec<&str> {
        let hits = self.finder.find(&Normal::of(text));
        self.rules
            .iter()
            .zip(hits)
            .filter(|(_, hit)| hit.is_some())
            .map(|(rule, _)| rule.id.as_str())
            .collect()
    }

    /// Everything that counts, weightiest first, cut to the caps of the groups.
    fn reasons(&self, said: &str, normal: &Normal) -> Vec<Reason> {
        let hits = self.finder.find(normal);
        let counting = self.rules.iter().zip(&hits).filter_map(|(rule, hit)| {
            let hit = hit.as_ref().filter(|hit| !hit.replaced)?;
            Some((rule, hit, rule.weight?))
        });
        let counting = counting.collect::<Vec<_>>();
        let mut sums = BTreeMap::<(&str, bool), f32>::new();
        for (rule, _, weight) in &counting {
            if let Some(group) = &rule.group {
                *sums.entry((group, *weight > 0.0)).or_default() += weight.abs();
            }
        }
        let share = |rule: &Rule, weight: f32| {
            let group = rule.group.as_deref()?;
            let (sum, cap) = (sums.get(&(group, weight > 0.0))?, self.caps.get(group)?);
            (sum > cap).then(|| cap / sum)
        };
        let mut reasons = counting
            .iter()
            .map(|(rule, hit, weight)| Reason {
                rule: rule.id.clone(),
                weight: weight * share(rule, *weight).unwrap_or(1.0),
                why: rule.description.clone(),
                quote: quote(said, normal, hit),
            })
            .collect::<Vec<_>>();
        reasons.sort_by(|one, other| {
            other.weight.abs().total_cmp(&one.weight.abs()).then_with(|| one.rule.cmp(&other.rule))
        });
        reasons
    }
}

/// `en`, `en-GB`, `EN_us`, `english`.
fn is_english(language: &str) -> bool {
    let language = language.to_ascii_lowercase();
    language.split(['-', '_']).next() == Some(LANGUAGE) || language == "english"
}

/// The caller's own words for a hit: its first match, or one for each part.
fn quote(said: &str, normal: &Normal, hit: &Hit) -> String {
    let piece = |span: &Range<usize>| {
        let words = normal.words_in(span.clone());
        let place = words.first()?.place.start..words.last()?.place.end;
        said.get(place)
    };
    let parts = hit.spans.iter().filter_map(piece).take(3).collect::<Vec<_>>();
    parts.join(ELLIPSIS)
}
