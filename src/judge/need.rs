//! What literal text a regular expression cannot match without.

use regex_syntax::hir::{Class, Hir, HirKind};
use std::collections::BTreeSet;

/// Most literals that may stand for one piece of an expression.
const MOST: usize = 96;

/// Shortest literal worth looking for, in bytes: anything shorter is in every message.
const SHORTEST: usize = 3;

/// What must be in a text for an expression to match anywhere in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing is known.
    Unknown,
    /// At least one of these.
    OneOf(BTreeSet<String>),
    /// Each of these.
    All(Vec<Need>),
    /// At least one of these.
    Any(Vec<Need>),
}

impl Need {
    /// What `expression` needs, which is read as `regex` reads it.
    pub(super) fn of(expression: &str) -> Self {
        regex_syntax::parse(expression).map_or(Self::Unknown, |hir| row(&[&hir]))
    }

    fn one_of(literals: BTreeSet<String>) -> Self {
        if literals.iter().any(|literal| literal.len() < SHORTEST) {
            Self::Unknown
        } else {
            Self::OneOf(literals)
        }
    }

    fn all(mut needs: Vec<Self>) -> Self {
        needs.retain(|need| *need != Self::Unknown);
        match needs.len() {
            0 => Self::Unknown,
            1 => needs.remove(0),
            _ => Self::All(needs),
        }
    }

    fn any(needs: Vec<Self>) -> Self {
        let mut literals = BTreeSet::new();
        let mut others = Vec::new();
        for need in needs {
            match need {
                Self::Unknown => return Self::Unknown,
                Self::OneOf(more) => literals.extend(more),
                other => others.push(other),
            }
        }
        if others.is_empty() {
            return Self::OneOf(literals);
        }
        if !literals.is_empty() {
            others.push(Self::OneOf(literals));
        }
        Self::Any(others)
    }
}

/// What `parts` need, which follow each other.
fn row(parts: &[&Hir]) -> Need {
    let parts = flat(parts);
    let written = parts.iter().map(|part| exactly(part)).collect::<Vec<_>>();
    let mut needs = Vec::new();
    let mut run = nothing();
    for (index, (part, texts)) in parts.iter().zip(&written).enumerate() {
        let longer = texts.as_ref().and_then(|texts| joined(&run, texts));
        if let Some(longer) = longer {
            run = longer;
            continue;
        }
        let ended = std::mem::replace(&mut run, texts.clone().unwrap_or_else(nothing));
        needs.push(Need::one_of(ended));
        if texts.is_none() {
            // Its neighbours make the literals of the branches longer.
            let neighbour = |at: Option<usize>| {
                let at = at.filter(|at| written.get(*at).is_some_and(Option::is_some))?;
                parts.get(at).copied()
            };
            needs.push(loose(part, neighbour(index.checked_sub(1)), neighbour(Some(index + 1))));
        }
    }
    needs.push(Need::one_of(run));
    Need::all(needs)
}

/// What `part` needs, which has too many texts to be written out and stands between `before` and `after`.
fn loose(part: &Hir, before: Option<&Hir>, after: Option<&Hir>) -> Need {
    match part.kind() {
        HirKind::Alternation(branches) => {
            let between = |branch| [before, Some(branch), after].into_iter().flatten().collect::<Vec<_>>();
            Need::any(branches.iter().map(|branch| row(&between(branch))).collect())
        }
        HirKind::Repetition(repeated) if repeated.min > 0 => row(&[&repeated.sub]),
        _ => Need::Unknown,
    }
}

/// `parts` without groups that only hold together what follows each other.
fn flat<'a>(parts: &[&'a Hir]) -> Vec<&'a Hir> {
    let mut out = Vec::new();
    for part in parts {
        match part.kind() {
            HirKind::Concat(inner) => out.extend(flat(&inner.iter().collect::<Vec<_>>())),
            HirKind::Capture(capture) => out.extend(flat(&[&capture.sub])),
            _ => out.push(*part),
        }
    }
    out
}

/// Every text that `part` matches, when they are few.
fn exactly(part: &Hir) -> Option<BTreeSet<String>> {
    match part.kind() {
        // A place that is looked at has no text of its own.
        HirKind::Empty | HirKind::Look(_) => Some(nothing()),
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).ok().map(|text| BTreeSet::from([text.to_owned()]))
        }
        HirKind::Class(Class::Unicode(class)) => {
            let letters = class.iter().flat_map(|range| range.start()..=range.end()).take(MOST + 1);
            few(letters.map(String::from).collect())
        }
        HirKind::Repetition(repeated) if repeated.min == 0 && repeated.max == Some(1) => {
            let mut texts = exactly(&repeated.sub)?;
            texts.insert(String::new());
            few(texts)
        }
        HirKind::Class(Class::Bytes(_)) | HirKind::Repetition(_) => None,
        HirKind::Capture(capture) => exactly(&capture.sub),
        HirKind::Concat(parts) => {
            parts.iter().try_fold(nothing(), |before, part| joined(&before, &exactly(part)?))
        }
        HirKind::Alternation(branches) => {
            let mut texts = BTreeSet::new();
            for branch in branches {
                texts.extend(exactly(branch)?);
                if texts.len() > MOST {
                    return None;
                }
            }
            Some(texts)
        }
    }
}

/// Each of `before` with each of `after` behind it, when they are few.
fn joined(before: &BTreeSet<String>, after: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let few = before.len() * after.len() <= MOST;
    few.then(|| {
        before.iter().flat_map(|one| after.iter().map(move |other| format!("{one}{other}"))).collect()
    })
}

fn few(texts: BTreeSet<String>) -> Option<BTreeSet<String>> {
    (texts.len() <= MOST).then_some(texts)
}

/// The empty text alone.
fn nothing() -> BTreeSet<String> {
    BTreeSet::from([String::new()])
}

#[cfg(test)]
mod tests {
    use super::Need;

    /// `a|b` for one of, `a & b` for all, `a / b` for any.
    fn shown(expression: &str) -> String {
        fn show(need: &Need) -> String {
            let list = |needs: &[Need], sign: &str| needs.iter().map(show).collect::<Vec<_>>().join(sign);
            match need {
                Need::Unknown => "?".to_owned(),
                Need::OneOf(texts) => texts.iter().cloned().collect::<Vec<_>>().join("|"),
                Need::All(needs) => format!("({})", list(needs, " & ")),
                Need::Any(needs) => format!("({})", list(needs, " / ")),
            }
        }
        show(&Need::of(expression))
    }

    #[test]
    fn texts_are_written_out_and_the_longest_way_round() {
        for (expression, want) in [
            (" (?:apples?) ", " apple | apples "),
            (" (?:(?:red|green) pears?) ", " green pear | green pears | red pear | red pears "),
            (" (?:we (?:[^ .]+ ){0,3}help) ", "( we  & help )"),
            (" (?:(?:we|i) (?:[^ .]+ )+sell|buy) ", "(( i | we  & sell ) /  buy )"),
            (" (?:[a-z]+ers) ", "ers "),
            (" (?:(?:apple )+pie) ", "(apple  & pie )"),
            (" (?:a|[^ .]+) ", "?"),
            (" (?:(?:[^ .]+ ){0,3}) ", "?"),
            (" (?:\\bnow$) ", " now "),
            ("(?i)ok.now", "NOW|NOw|NoW|Now|nOW|nOw|noW|now"),
            ("(", "?"),
        ] {
            assert_eq!(shown(expression), want, "{expression}");
        }
    }

    #[test]
    fn too_many_texts_are_told_in_pieces() {
        let letters = || ('a'..='z').map(String::from);
        let before =
            ["one", "two"].iter().flat_map(|word| letters().map(move |letter| format!("{word}{letter}")));
        let after = letters().map(|letter| format!("{letter}three"));
        let want = [before.collect::<Vec<_>>(), after.collect()].map(|texts| texts.join("|")).join(" & ");
        assert_eq!(shown("(?:one|two)[a-z][a-z]three"), format!("({want})"));
        assert!(shown(&"(?:one|two)".repeat(64)).starts_with("(oneone"));
    }
}
