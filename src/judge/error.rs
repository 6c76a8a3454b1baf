//! What can be wrong with rules.

use std::fmt;

/// One thing wrong in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct RuleError {
    /// The file, as named by whoever read it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: RuleProblem,
}

/// What is wrong with a rule or a rule file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    /// The file or an entry does not have the right form.
    #[error("{0}")]
    Form(String),
    /// An id that is not kebab-case.
    #[error("`{0}` is not an id (lower-case words joined by hyphens)")]
    Id(String),
    /// Something that is not the code of a language.
    #[error("`{0}` is not a language (two lower-case letters, ISO 639-1)")]
    Language(String),
    /// The same id twice in one layer.
    #[error("rule `{0}` is already defined")]
    Twice(String),
    /// Something a new rule must have is missing.
    #[error("rule `{rule}` has no {missing}")]
    Missing {
        /// The rule.
        rule: String,
        /// What is missing.
        missing: &'static str,
    },
    /// Two things that exclude each other.
    #[error("rule `{0}` must have either patterns or parts (`all`, `any`), not both")]
    Mixed(String),
    /// A weight that is not a number or too large to be meant.
    #[error("rule `{0}` has a weight that is not between -10 and 10")]
    Weight(String),
    /// A group without its cap.
    #[error("rule `{rule}` is in group `{group}`, which has no `[group.{group}]` entry")]
    Group {
        /// The rule.
        rule: String,
        /// The group it names.
        group: String,
    },
    /// A part that does not exist.
    #[error("rule `{rule}` is made of `{part}`, which is not a rule with patterns")]
    Part {
        /// The rule.
        rule: String,
        /// The part it names.
        part: String,
    },
    /// A word list that does not exist, or lists that contain each other.
    #[error("`{{{list}}}` in `{place}` is not a word list (or contains itself)")]
    List {
        /// The rule or list in which it is used.
        place: String,
        /// The list it names.
        list: String,
    },
    /// A pattern that is not a regular expression, or is too large.
    #[error("rule `{rule}`, pattern `{pattern}`: {reason}")]
    Pattern {
        /// The rule.
        rule: String,
        /// The pattern as written.
        pattern: String,
        /// Why it is refused.
        reason: String,
    },
    /// Thresholds out of order.
    #[error(
        "thresholds must satisfy 0 < lead < spam < 1, bias be between -10 and 10, and learned between 0 and 10"
    )]
    Thresholds,
}

/// Everything wrong in a set of rule files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().map(ToString::to_string).collect::<Vec<_>>();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for RuleErrors {}
