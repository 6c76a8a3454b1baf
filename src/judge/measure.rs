//! How well verdicts agree with labelled messages.

use super::judge::Judge;
use crate::domain::safe::one_line;
use crate::domain::{Label, Message, Verdict};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Kinds of message that must never be filed as spam.
const WORTH_A_CALL: &[&str] = &["lead", "client", "vendor", "personal", "other"];

/// Kinds in which a person sells.
const SOLD_BY_PEOPLE: &[&str] = &["bait", "pitch"];

/// Kinds that are played or meant to cheat.
const SOLD_BY_MACHINES: &[&str] = &["robocall", "scam"];

/// What is asked of a judge: of which kinds (none: all), how many percent at most or at least are filed as what.
const GOALS: &[(&str, &[&str], Label, Bound)] = &[
    ("worth a call, filed as spam", WORTH_A_CALL, Label::Spam, Bound::AtMost(1.0)),
    ("bait and pitch, filed as lead", SOLD_BY_PEOPLE, Label::Lead, Bound::AtMost(3.0)),
    ("bait and pitch, filed as spam", SOLD_BY_PEOPLE, Label::Spam, Bound::AtLeast(80.0)),
    ("robocall and scam, filed as spam", SOLD_BY_MACHINES, Label::Spam, Bound::AtLeast(97.0)),
    ("everything, filed for review", &[], Label::Review, Bound::AtMost(20.0)),
];

/// Bands of the score in which calibration is counted.
const BANDS: u8 = 10;

/// Most of a text that is shown of a mistake, in characters.
const SHOWN: usize = 160;

/// Reasons shown of a mistake.
const REASONS: usize = 2;

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

/// A bound in percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

/// One goal, and how far it is reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Goal {
    /// What is counted.
    pub name: &'static str,
    /// How many.
    pub part: usize,
    /// Of how many.
    pub of: usize,
    /// The same in percent; 0 of nothing.
    pub percent: f64,
    /// What it should be.
    pub goal: Bound,
    /// Whether it is.
    pub met: bool,
}

/// The messages with scores from `from` to `to` whose label is lead or spam.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Band {
    /// Lowest score.
    pub from: f64,
    /// Highest score, itself in the next band.
    pub to: f64,
    /// How many messages.
    pub messages: usize,
    /// How many of them are spam, in percent; 0 of nothing.
    pub spam_percent: f64,
}

/// A message told wrongly, or nearly so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// Its name.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// What it was filed as.
    pub filed: Label,
    /// Its score.
    pub score: f32,
    /// The weightiest reasons, as `+1.2 rule: “quote”`.
    pub reasons: Vec<String>,
    /// The beginning of its words, safe to print.
    pub text: String,
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Every goal.
    pub goals: Vec<Goal>,
    /// For each kind of message how many were filed as what.
    pub confusion: BTreeMap<String, BTreeMap<Label, usize>>,
    /// How often a score is right.
    pub calibration: Vec<Band>,
    /// Worth a call, and the likeliest to be lost: highest scores first.
    pub worst_worth_a_call: Vec<Mistake>,
    /// Spam, and the likeliest to be called back: lowest scores first.
    pub worst_spam: Vec<Mistake>,
}

/// Judges every message with the judge of its owner, and shows the `worst` of each side. A message whose owner has no
/// judge is left out.
#[must_use]
pub fn measure(judges: &BTreeMap<String, Judge>, messages: &[Labelled], worst: usize) -> Measured {
    let told: Vec<(&Labelled, Verdict)> = messages
        .iter()
        .filter_map(|labelled| Some((labelled, judges.get(&labelled.owner)?.judge(&labelled.message))))
        .collect();
    let mut confusion = BTreeMap::<String, BTreeMap<Label, usize>>::new();
    for (labelled, verdict) in &told {
        *confusion.entry(labelled.kind.clone()).or_default().entry(verdict.label).or_default() += 1;
    }
    let mut by_score: Vec<_> = told.iter().collect();
    by_score.sort_by(|one, other| one.1.score.0.total_cmp(&other.1.score.0).then(one.0.id.cmp(&other.0.id)));
    let worst_of = |label, from: &mut dyn Iterator<Item = &&(&Labelled, Verdict)>| {
        from.filter(|(labelled, _)| labelled.label == label).take(worst).map(|pair| mistake(pair)).collect()
    };
    Measured {
        goals: GOALS.iter().map(|goal| reached(goal, &confusion)).collect(),
        calibration: calibration(&told),
        worst_worth_a_call: worst_of(Label::Lead, &mut by_score.iter().rev()),
        worst_spam: worst_of(Label::Spam, &mut by_score.iter()),
        confusion,
    }
}

fn reached(
    (name, kinds, label, goal): &(&'static str, &[&str], Label, Bound),
    confusion: &BTreeMap<String, BTreeMap<Label, usize>>,
) -> Goal {
    let rows = || confusion.iter().filter(|(kind, _)| kinds.is_empty() || kinds.contains(&kind.as_str()));
    let part = rows().filter_map(|(_, row)| row.get(label)).sum();
    let of = rows().flat_map(|(_, row)| row.values()).sum();
    let percent = percent(part, of);
    let met = match goal {
        Bound::AtMost(most) => percent <= *most,
        Bound::AtLeast(least) => of == 0 || percent >= *least,
    };
    Goal { name, part, of, percent, goal: *goal, met }
}

fn calibration(told: &[(&Labelled, Verdict)]) -> Vec<Band> {
    let bands = (0..BANDS).map(|band| {
        let (from, to) = (f64::from(band) / f64::from(BANDS), f64::from(band + 1) / f64::from(BANDS));
        let inside = |score: f64| score >= from && (score < to || band + 1 == BANDS);
        let there = || {
            told.iter().filter(|(labelled, verdict)| {
                labelled.label != Label::Review && inside(f64::from(verdict.score.0))
            })
        };
        let spam = there().filter(|(labelled, _)| labelled.label == Label::Spam).count();
        let messages = there().count();
        Band { from, to, messages, spam_percent: percent(spam, messages) }
    });
    bands.collect()
}

fn mistake((labelled, verdict): &(&Labelled, Verdict)) -> Mistake {
    let reasons = verdict
        .reasons
        .iter()
        .take(REASONS)
        .map(|reason| format!("{:+.1} {}: “{}”", reason.weight, reason.rule, one_line(&reason.quote)));
    let text = one_line(&labelled.message.text);
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Mistake {
        id: labelled.id.clone(),
        kind: labelled.kind.clone(),
        filed: verdict.label,
        score: verdict.score.0,
        reasons: reasons.collect(),
        text: shown,
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Goal { name, part, of, percent, goal, met } in &self.goals {
            let goal = match goal {
                Bound::AtMost(most) => format!("at most {most:.0} %"),
                Bound::AtLeast(least) => format!("at least {least:.0} %"),
            };
            let missed = if *met { "" } else { "  missed" };
            writeln!(f, "{name:<34} {part:>5} of {of:>5}  {percent:>5.1} %  {goal}{missed}")?;
        }
        let labels = [Label::Lead, Label::Review, Label::Spam, Label::Empty];
        writeln!(
            f,
            "\n{:<10} {:>6} {:>6} {:>6} {:>6} {:>6}",
            "kind", "lead", "review", "spam", "empty", "all"
        )?;
        for (kind, row) in &self.confusion {
            write!(f, "{:<10}", one_line(kind))?;
            for label in labels {
                write!(f, " {:>6}", row.get(&label).copied().unwrap_or_default())?;
            }
            writeln!(f, " {:>6}", row.values().sum::<usize>())?;
        }
        writeln!(f, "\nscore         messages    spam")?;
        for Band { from, to, messages, spam_percent } in
            self.calibration.iter().filter(|band| band.messages > 0)
        {
            writeln!(f, "{from:.1} to {to:.1} {messages:>11} {spam_percent:>5.0} %")?;
        }
        for (title, worst) in [
            ("worth a call, highest scores", &self.worst_worth_a_call),
            ("spam, lowest scores", &self.worst_spam),
        ] {
            if !worst.is_empty() {
                writeln!(f, "\n{title}")?;
            }
            for Mistake { id, kind, filed, score, reasons, text } in worst {
                writeln!(f, "{score:.2} {filed:<6} {} ({})", one_line(id), one_line(kind))?;
                writeln!(f, "     {text}")?;
                for reason in reasons {
                    writeln!(f, "     {reason}")?;
                }
            }
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
    use super::super::{Judge, RuleSet, RuleSource, sample_owner};
    use super::{Labelled, Measured, measure};
    use crate::domain::{Label, Message};
    use std::collections::BTreeMap;

    /// A judge that takes every pear for a pitch, every apple for a call worth returning.
    fn measured(messages: &[(&str, Label, &str)], worst: usize) -> Measured {
        let rule = |id: &str, weight: f32| {
            format!(
                "[[rule]]\nid = '{id}'\ndescription = 'd'\nweight = {weight}\npatterns = ['{id}s?']\n\
                 match = ['{id}', '{id}s']\nno_match = ['x', 'y']\n"
            )
        };
        let text = format!("{}{}", rule("pear", 3.0), rule("apple", -3.0));
        let rules = RuleSet::parse(&[RuleSource { name: "r.toml".to_owned(), text }]).expect("rules");
        let judge = Judge::new(&rules, &sample_owner()).expect("judge");
        let messages: Vec<_> = messages
            .iter()
            .enumerate()
            .map(|(number, (kind, label, text))| Labelled {
                id: format!("m{number}"),
                owner: String::new(),
                kind: (*kind).to_owned(),
                hard: false,
                label: *label,
                message: Message { text: (*text).to_owned(), ..Message::default() },
            })
            .collect();
        measure(&BTreeMap::from([(String::new(), judge)]), &messages, worst)
    }

    const MIXED: &[(&str, Label, &str)] = &[
        ("lead", Label::Lead, "apple"),
        ("client", Label::Lead, "a pear, sadly"),
        ("bait", Label::Spam, "pears"),
        ("pitch", Label::Spam, "an apple\u{1b} indeed"),
        ("pitch", Label::Spam, "neither"),
    ];

    #[test]
    fn goals_are_counted_by_kind_and_label() {
        let measured = measured(MIXED, 0);
        let counts: Vec<_> = measured.goals.iter().map(|goal| (goal.part, goal.of, goal.met)).collect();
        assert_eq!(counts, [(1, 2, false), (1, 3, false), (1, 3, false), (0, 0, true), (1, 5, true)]);
        assert_eq!(measured.confusion["pitch"], BTreeMap::from([(Label::Lead, 1), (Label::Review, 1)]));
        let shown = measured.to_string();
        assert!(
            shown.contains("worth a call, filed as spam            1 of     2   50.0 %  at most 1 %  missed"),
            "{shown}"
        );
        assert!(
            shown.contains("everything, filed for review           1 of     5   20.0 %  at most 20 %\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_band_counts_how_often_its_score_is_right() {
        let bands = measured(MIXED, 0).calibration;
        let seen: Vec<_> = bands.iter().map(|band| (band.messages, band.spam_percent)).collect();
        assert_eq!(seen[0], (2, 50.0), "the apples");
        assert_eq!(seen[5], (1, 100.0), "neither");
        assert_eq!(seen[9], (2, 50.0), "the pears");
    }

    #[test]
    fn the_worst_come_first_and_are_safe_to_print() {
        let measured = measured(MIXED, 1);
        let ids = |list: &[super::Mistake]| list.iter().map(|mistake| mistake.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&measured.worst_worth_a_call), ["m1"]);
        assert_eq!(ids(&measured.worst_spam), ["m3"]);
        assert_eq!(measured.worst_spam[0].text, "an apple indeed");
        assert_eq!(measured.worst_spam[0].reasons, ["-3.0 apple: “apple”"]);
    }
}
