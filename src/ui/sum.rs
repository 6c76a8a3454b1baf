//! The sum behind a score, line by line.

use crate::domain::Explanation;
use std::fmt::Write;

/// Every weight with the group it shares a cap with, then the sum, the score and the thresholds.
#[must_use]
pub fn sum(explanation: &Explanation) -> String {
    let Explanation { bias, counted, caps, learned_bound, sum, lead, spam, verdict } = explanation;
    let mut out = String::new();
    // Writing to a string cannot fail.
    let mut line = |number: f32, what: &str| _ = writeln!(out, "  {number:>+9.2}  {what}");
    line(*bias, "where a message begins in which nothing counts");
    for counted in counted {
        let reason = &counted.reason;
        let cut = (counted.own_weight - reason.weight).abs() > 0.005;
        let what = match &counted.group {
            Some(group) if cut => {
                format!("{}, {:+.2} before the cap of {group}", reason.rule, counted.own_weight)
            }
            Some(group) => format!("{}, in {group}", reason.rule),
            None if cut => {
                format!("{}, {:+.2} before its bound of {learned_bound}", reason.rule, counted.own_weight)
            }
            None => reason.rule.clone(),
        };
        line(reason.weight, &what);
    }
    let score = verdict.score.0;
    line(*sum, &format!("in all: a score of 1 / (1 + e^-sum) = {score:.3}"));
    let caps: Vec<_> = caps.iter().map(|(group, cap)| format!("{group} at {cap}")).collect();
    if !caps.is_empty() {
        _ = writeln!(out, "  groups cut to their caps: {}", caps.join(", "));
    }
    _ = writeln!(out, "  lead up to {lead}, spam from {spam}, review between: {}", verdict.label);
    out
}

#[cfg(test)]
mod tests {
    use super::sum;
    use crate::domain::{Counted, Explanation, Label, Mentions, Reason, Score, Verdict};

    #[test]
    fn the_sum_shows_what_was_cut_and_by_what() {
        let counted = |rule: &str, weight, group: Option<&str>, own_weight| Counted {
            reason: Reason { rule: rule.to_owned(), weight, why: String::new(), quote: String::new() },
            group: group.map(str::to_owned),
            own_weight,
        };
        let explanation = Explanation {
            bias: -0.5,
            counted: vec![
                counted("learned", 4.0, None, 6.25),
                counted("hurry", 1.0, Some("pressure"), 2.0),
                counted("flattery", 0.5, Some("discovery"), 0.5),
            ],
            caps: vec![("pressure".to_owned(), 1.0)],
            learned_bound: 4.0,
            sum: 5.0,
            lead: 0.2,
            spam: 0.9,
            verdict: Verdict {
                label: Label::Spam,
                score: Score(0.993),
                reasons: Vec::new(),
                mentions: Mentions::default(),
            },
        };
        let shown = sum(&explanation);
        for want in [
            "    -0.50  where a message begins",
            "    +4.00  learned, +6.25 before its bound of 4",
            "    +1.00  hurry, +2.00 before the cap of pressure",
            "    +0.50  flattery, in discovery",
            "    +5.00  in all: a score of 1 / (1 + e^-sum) = 0.993",
            "groups cut to their caps: pressure at 1",
            "lead up to 0.2, spam from 0.9, review between: spam",
        ] {
            assert!(shown.contains(want), "{want}\n{shown}");
        }
    }
}
