//! Tells in one pass over a text which expressions can match it at all.

use super::need::Need;
use aho_corasick::AhoCorasick;
use std::collections::{BTreeMap, BTreeSet};

/// What many expressions need, looked for together.
#[derive(Debug)]
pub(super) struct Sieve {
    /// Finds every literal; `None` when there are too many of them to be looked for, and nothing is sifted.
    literals: Option<AhoCorasick>,
    /// For each literal, the sets it belongs to.
    sets: Vec<Vec<usize>>,
    /// How many sets there are.
    count: usize,
    /// For each expression, what it needs.
    conditions: Vec<Condition>,
}

/// What one expression needs, in sets.
#[derive(Debug)]
enum Condition {
    Always,
    Set(usize),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

/// Which sets of a sieve a text has a literal of.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    sieve: &'a Sieve,
    sets: Vec<bool>,
}

impl Sieve {
    /// A sieve for expressions with these `needs`.
    pub(super) fn new(needs: &[Need]) -> Self {
        let mut known = Known::default();
        let conditions = needs.iter().map(|need| known.condition(need)).collect();
        let mut sets = BTreeMap::<&str, Vec<usize>>::new();
        for (set, number) in &known.numbers {
            for literal in *set {
                sets.entry(literal).or_default().push(*number);
            }
        }
        Self {
            literals: AhoCorasick::new(sets.keys()).ok(),
            count: known.numbers.len(),
            sets: sets.into_values().collect(),
            conditions,
        }
    }

    /// Looks through `text`.
    pub(super) fn look(&self, text: &str) -> Seen<'_> {
        let mut seen = vec![self.literals.is_none(); self.count];
        for found in self.literals.iter().flat_map(|literals| literals.find_overlapping_iter(text)) {
            for set in self.sets.get(found.pattern().as_usize()).into_iter().flatten() {
                if let Some(seen) = seen.get_mut(*set) {
                    *seen = true;
                }
            }
        }
        Seen { sieve: self, sets: seen }
    }
}

impl Seen<'_> {
    /// Whether expression `index` can match; one that the sieve does not know can.
    pub(super) fn can_match(&self, index: usize) -> bool {
        self.sieve.conditions.get(index).is_none_or(|condition| self.holds(condition))
    }

    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Set(set) => self.sets.get(*set).is_none_or(|seen| *seen),
            Condition::All(parts) => parts.iter().all(|part| self.holds(part)),
            Condition::Any(parts) => parts.iter().any(|part| self.holds(part)),
        }
    }
}

/// The number of every set of literals.
#[derive(Default)]
struct Known<'a> {
    numbers: BTreeMap<&'a BTreeSet<String>, usize>,
}

impl<'a> Known<'a> {
    fn condition(&mut self, need: &'a Need) -> Condition {
        match need {
            Need::Unknown => Condition::Always,
            Need::OneOf(literals) => {
                let next = self.numbers.len();
                Condition::Set(*self.numbers.entry(literals).or_insert(next))
            }
            Need::All(needs) => Condition::All(needs.iter().map(|need| self.condition(need)).collect()),
            Need::Any(needs) => Condition::Any(needs.iter().map(|need| self.condition(need)).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Need, Sieve};

    #[test]
    fn only_what_a_text_may_match_comes_through() {
        let expressions = ["apples?", "we .*sell", "[a-z]", "(?:we|you) .*(?:buy|apple)", "éclair"];
        let sieve = Sieve::new(&expressions.map(Need::of));
        for (text, want) in [
            ("an apple", vec![0, 2]),
            ("we have an apple", vec![0, 2, 3]),
            ("we sell éclairs", vec![1, 2, 4]),
            ("sell", vec![2]),
            ("", vec![2]),
        ] {
            let seen = sieve.look(text);
            let through = (0..expressions.len()).filter(|index| seen.can_match(*index)).collect::<Vec<_>>();
            assert_eq!(through, want, "{text}");
        }
        assert!(sieve.look("").can_match(99), "what is not known is not held back");
    }
}
