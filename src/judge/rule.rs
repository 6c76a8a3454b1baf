//! One rule, as it is written in a file and as it is used.

use serde::Deserialize;

/// A rule that is complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name: lower-case words joined by hyphens.
    pub id: String,
    /// What it has noticed, for the owner: "says they found you on `LinkedIn`".
    pub description: String,
    /// Log-odds it adds: above 0 speaks for a pitch, below 0 for a lead. `None` for a rule that only serves
    /// as part of others.
    pub weight: Option<f32>,
    /// The group whose cap it shares; without one it is not capped.
    pub group: Option<String>,
    /// The language of the messages in which it counts (ISO 639-1).
    pub language: String,
    /// The file it was last changed in.
    pub source: String,
    /// Where in that file, counted from 1.
    pub line: usize,
    /// What makes it true.
    pub test: Test,
    /// Messages it must notice.
    pub matching: Vec<String>,
    /// Messages it must not notice.
    pub not_matching: Vec<String>,
}

/// What makes a rule true.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Words that are said.
    Words(Words),
    /// Other rules that are true.
    Parts(Parts),
}

/// Words that are said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Regular expressions over whole words of the plain form; one is enough.
    pub patterns: Vec<String>,
    /// Regular expressions that, in the same sentence, make a match void.
    pub unless: Vec<String>,
    /// The longest message, in words, in which it counts.
    pub max_words: Option<usize>,
    /// Beginnings of words: an owner whose business or services have one is not bothered by this rule.
    pub not_for_trade: Vec<String>,
}

/// Other rules that are true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// All of these.
    pub all: Vec<String>,
    /// At least one of these, when any are given.
    pub any: Vec<String>,
    /// None of these.
    pub none: Vec<String>,
    /// Whether `all` and `any` must be found in one clause.
    pub scope: Scope,
    /// What becomes of the weights of the parts.
    pub own: Own,
}

/// Where the parts of a rule must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Anywhere.
    Message,
    /// In one clause: no comma, full stop or "and" between them.
    Clause,
}

/// What becomes of the weights of a rule's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// They count as well.
    Added,
    /// They no longer count.
    Instead,
}

/// A rule as written: everything may be left out in a layer that only changes some of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRule {
    pub id: String,
    pub description: Option<String>,
    pub weight: Option<f32>,
    pub group: Option<String>,
    pub patterns: Option<Vec<String>>,
    pub unless: Option<Vec<String>>,
    pub max_words: Option<usize>,
    pub not_for_trade: Option<Vec<String>>,
    pub all: Option<Vec<String>>,
    pub any: Option<Vec<String>>,
    pub none: Option<Vec<String>>,
    pub same_clause: Option<bool>,
    pub replace: Option<bool>,
    #[serde(rename = "match")]
    pub matching: Option<Vec<String>>,
    #[serde(rename = "no_match")]
    pub not_matching: Option<Vec<String>>,
}

impl RawRule {
    /// Takes over everything that `newer` says.
    pub(super) fn change(&mut self, newer: Self) {
        macro_rules! take {
            ($($field:ident),*) => { $(if newer.$field.is_some() { self.$field = newer.$field; })* };
        }
        take!(description, weight, group, patterns, unless, max_words, not_for_trade);
        take!(all, any, none, same_clause, replace, matching, not_matching);
    }

    /// The parts, when it is made of parts.
    pub(super) fn parts(&self) -> Option<Parts> {
        if self.all.is_none() && self.any.is_none() {
            return None;
        }
        let list = |names: &Option<Vec<String>>| names.clone().unwrap_or_default();
        Some(Parts {
            all: list(&self.all),
            any: list(&self.any),
            none: list(&self.none),
            scope: if self.same_clause == Some(true) { Scope::Clause } else { Scope::Message },
            own: if self.replace == Some(true) { Own::Instead } else { Own::Added },
        })
    }
}
