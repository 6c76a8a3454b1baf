//! How well verdicts agree with labelled messages.

use super::judge::Judge;
use crate::domain::{Label, Message};
use std::collections::BTreeMap;
use std::fmt;

/// Kinds of message that must never be filed as spam.
const WORTH_A_CALL: &[&str] = &["lead", "client", "vendor", "personal", "other"];

/// Kinds in which a person sells.
const SOLD_BY_PEOPLE: &[&str] = &["bait", "pitch"];

/// Kinds that are played or meant to cheat.
const SOLD_BY_MACHINES: &[&str] = &["robocall", "scam"];

/// A message whose right label is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// Its name in the file.
    pub id: String,
    /// Which owner it was left for.
    pub owner: String,
    /// What it is: `lead`, `client`, `vendor`, `personal`, `other`, `bait`, `pitch`, `robocall`, `scam`, `unclear`.
    pub kind: String,
    /// Whether it was written to be hard.
    pub hard: bool,
    /// The right label.
    pub label: Label,
    /// The message.
    pub message: Message,
}

/// Counts of verdicts by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    counts: BTreeMap<String, BTreeMap<Label, usize>>,
}

/// Judges every message with the judge of its owner. A message whose owner has no judge is left out.
#[must_use]
pub fn measure(judges: &BTreeMap<String, Judge>, messages: &[Labelled]) -> Table {
    let mut table = Table::default();
    for labelled in messages {
        if let Some(judge) = judges.get(&labelled.owner) {
            table.add(&labelled.kind, judge.judge(&labelled.message).label);
        }
    }
    table
}

impl Table {
    /// Counts one verdict.
    pub fn add(&mut self, kind: &str, label: Label) {
        *self.counts.entry(kind.to_owned()).or_default().entry(label).or_default() += 1;
    }

    /// How many messages of `kinds` were filed as `label`, and how many there are.
    #[must_use]
    pub fn count(&self, kinds: &[&str], label: Label) -> (usize, usize) {
        let rows =
            || self.counts.iter().filter(|(kind, _)| kinds.contains(&kind.as_str())).map(|(_, row)| row);
        let part = rows().filter_map(|row| row.get(&label)).sum();
        (part, rows().flat_map(BTreeMap::values).sum())
    }

    fn all(&self) -> Vec<&str> {
        self.counts.keys().map(String::as_str).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.all();
        for (what, kinds, label) in [
            ("worth a call, filed as spam", WORTH_A_CALL, Label::Spam),
            ("worth a call, filed as lead", WORTH_A_CALL, Label::Lead),
            ("bait and pitch, filed as lead", SOLD_BY_PEOPLE, Label::Lead),
            ("bait and pitch, filed as spam", SOLD_BY_PEOPLE, Label::Spam),
            ("robocall and scam, filed as lead", SOLD_BY_MACHINES, Label::Lead),
            ("robocall and scam, filed as spam", SOLD_BY_MACHINES, Label::Spam),
            ("everything, filed for review", &all, Label::Review),
        ] {
            let (part, of) = self.count(kinds, label);
            writeln!(f, "{what:<34} {part:>5} of {of:>5}  {:>5.1} %", percent(part, of))?;
        }
        writeln!(f, "\n{:<10} {:>6} {:>6} {:>6} {:>6}", "kind", "lead", "review", "spam", "empty")?;
        for kind in all {
            write!(f, "{kind:<10}")?;
            for label in [Label::Lead, Label::Review, Label::Spam, Label::Empty] {
                write!(f, " {:>6}", self.count(&[kind], label).0)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// `part` of `of` in percent; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of messages are far below 2^52")]
fn percent(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { 100.0 * part as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::domain::Label;

    #[test]
    fn counts_by_kind_and_label() {
        let mut table = Table::default();
        for (kind, label) in
            [("lead", Label::Lead), ("client", Label::Spam), ("bait", Label::Spam), ("bait", Label::Review)]
        {
            table.add(kind, label);
        }
        assert_eq!(table.count(&["lead", "client"], Label::Spam), (1, 2));
        let shown = table.to_string();
        assert!(shown.contains("worth a call, filed as spam            1 of     2   50.0 %"), "{shown}");
        assert!(shown.contains("everything, filed for review           1 of     4   25.0 %"), "{shown}");
    }
}
