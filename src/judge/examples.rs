//! The rules' own examples, tried.

use super::error::RuleProblem;
use super::judge::Judge;
use super::ruleset::RuleSet;
use super::sample::sample_owner;

/// An example that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_file}:{line}: rule `{rule}` {}: {example}", if *.should_match { "misses" } else { "wrongly notices" })]
pub struct ExampleFailure {
    /// The rule.
    pub rule: String,
    /// The file it was last changed in.
    pub source_file: String,
    /// Where in that file, counted from 1.
    pub line: usize,
    /// The message.
    pub example: String,
    /// Whether the rule should have noticed it.
    pub should_match: bool,
}

impl RuleSet {
    /// Tries each rule's examples on the [sample owner](sample_owner). Rules that are turned off are passed over.
    ///
    /// # Errors
    ///
    /// When the rules cannot be made ready at all.
    pub fn check_examples(&self) -> Result<Vec<ExampleFailure>, RuleProblem> {
        let judge = Judge::new(self, &sample_owner())?;
        let mut failures = Vec::new();
        for rule in self.rules().filter(|rule| rule.weight != Some(0.0)) {
            let expected = rule.matching.iter().map(|text| (text, true));
            for (text, should_match) in expected.chain(rule.not_matching.iter().map(|text| (text, false))) {
                if judge.noticed(text).contains(&rule.id.as_str()) != should_match {
                    failures.push(ExampleFailure {
                        rule: rule.id.clone(),
                        source_file: rule.source.clone(),
                        line: rule.line,
                        example: text.clone(),
                        should_match,
                    });
                }
            }
        }
        Ok(failures)
    }
}
