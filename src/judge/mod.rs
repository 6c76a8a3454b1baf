//! Judges what was said: words, and who the owner is, in; label, score and reasons out. No clock, no I/O.
//!
//! Rules are data (`config/rules/*.toml`). A text is first put in a plain form; every rule
//! that is true of it adds its weight, cut to the cap of its group; the sum becomes a score.
//! Accent, the origin of a name, a country and a voice are never evidence.

mod error;
mod examples;
mod find;
mod fold;
#[expect(clippy::module_inception, reason = "the room is named after what it holds")]
mod judge;
mod language;
mod learned;
mod lists;
mod mask;
mod measure;
mod mentions;
mod names;
mod need;
mod normalise;
mod rule;
mod ruleset;
mod sample;
mod shipped;
mod sieve;
mod spoken;
mod token;

pub use error::{RuleError, RuleErrors, RuleProblem};
pub use examples::ExampleFailure;
pub use judge::Judge;
pub use measure::{Band, Bound, Goal, Labelled, Measured, Mistake, measure};
pub use rule::{Own, Parts, Rule, Scope, Test, Words};
pub use ruleset::{Cap, RuleSet, RuleSource, Thresholds};
pub use sample::sample_owner;
