//! The linear model: a weight for each word, each pair of neighbours, and a few counts.

use super::{LearnedError, number};
use std::collections::HashMap;
use std::ops::Range;

const FILE: &str = "models/judge/phrases.tsv";

/// Stands before the first word and behind the last.
const START: &str = "<s>";
const END: &str = "</s>";

/// Lengths, in words, beyond which a message counts as longer.
const LENGTHS: &[usize] = &[6, 12, 25, 60, 100];

/// A count of some words: by how much it is stretched, and the words.
const DENSITIES: &[(&str, f32, &[&str])] = &[
    ("you", 10.0, &["you", "your", "yours"]),
    ("your", 20.0, &["your"]),
    ("me", 10.0, &["i", "me", "my", "mine"]),
    ("my", 20.0, &["my"]),
    ("we", 15.0, &["we", "us", "our", "ours"]),
    ("our", 20.0, &["our", "ours"]),
];

/// Kinds of word that are counted, up to three.
const KINDS: &[&str] = &["#owner", "#business", "#town", "#service", "#day", "#month", "#n", "#phone"];

/// Most that a density counts for.
const DENSEST: f32 = 2.0;

/// The weights.
#[derive(Debug)]
pub(super) struct Phrases {
    bias: f32,
    words: HashMap<String, f32>,
    pairs: HashMap<String, f32>,
    counts: HashMap<String, f32>,
}

impl Phrases {
    /// Reads lines of a weight, a tab, what it is of (`word`, `pair`, `count` or `bias`), a tab, and which.
    pub(super) fn parse(text: &str) -> Result<Self, LearnedError> {
        let mut phrases =
            Self { bias: 0.0, words: HashMap::new(), pairs: HashMap::new(), counts: HashMap::new() };
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with("# ")) {
            let wrong =
                LearnedError { file: FILE, line: index + 1, problem: "not a weight, a kind and a name" };
            let mut parts = line.splitn(3, '\t');
            let weight = parts.next().and_then(|weight| weight.parse::<f32>().ok());
            let Some(((weight, kind), name)) = weight.zip(parts.next()).zip(parts.next()) else {
                return Err(wrong);
            };
            match kind {
                "bias" => phrases.bias = weight,
                "word" => _ = phrases.words.insert(name.to_owned(), weight),
                "pair" => _ = phrases.pairs.insert(name.to_owned(), weight),
                "count" => _ = phrases.counts.insert(name.to_owned(), weight),
                _ => return Err(wrong),
            }
        }
        Ok(phrases)
    }

    /// Gives every weight to the words that it is of.
    pub(super) fn read(&self, words: &[&str], give: &mut impl FnMut(Range<usize>, f32)) {
        let nowhere = 0..0;
        give(nowhere.clone(), self.bias);
        let mut seen = std::collections::HashSet::with_capacity(words.len() * 2);
        for (at, word) in words.iter().enumerate() {
            if let Some(weight) = self.words.get(*word).filter(|_| seen.insert((*word, ""))) {
                give(at..at + 1, *weight);
            }
        }
        let mut pair = String::new();
        for end in 0..=words.len() {
            let first = end.checked_sub(1).and_then(|at| words.get(at)).copied().unwrap_or(START);
            let second = words.get(end).copied().unwrap_or(END);
            pair.clear();
            pair.push_str(first);
            pair.push(' ');
            pair.push_str(second);
            if let Some(weight) = self.pairs.get(&pair).filter(|_| seen.insert((first, second))) {
                give(end.saturating_sub(1)..(end + 1).min(words.len()), *weight);
            }
        }
        self.count(words, give);
    }

    fn count(&self, words: &[&str], give: &mut impl FnMut(Range<usize>, f32)) {
        let mut add = |name: &str, value: f32| {
            if let Some(weight) = self.counts.get(name) {
                give(0..0, weight * value);
            }
        };
        let spoken = words.len();
        let least = number(spoken.max(8));
        for (name, stretch, list) in DENSITIES {
            let count = number(words.iter().filter(|word| list.contains(word)).count());
            add(name, (stretch * count / least).min(DENSEST));
        }
        for kind in KINDS {
            let count = number(words.iter().filter(|word| *word == kind).count().min(3));
            add(kind, count / 2.0);
        }
        add("length", (number(spoken.max(1)) / 40.0).ln());
        for length in LENGTHS.iter().filter(|length| spoken > **length) {
            add(&format!("longer than {length}"), 1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Phrases;

    #[test]
    fn every_weight_counts_once_and_goes_to_its_words() {
        let text = "# about\n0.5\tbias\t\n1.0\tword\tapple\n2.0\tpair\tan apple\n4.0\tpair\tapple </s>\n8.0\tcount\tlonger than 6\n";
        let phrases = Phrases::parse(text).expect("phrases");
        let mut given = Vec::new();
        phrases.read(&["an", "apple", "or", "an", "apple"], &mut |range, weight| given.push((range, weight)));
        assert_eq!(given, [(0..0, 0.5), (1..2, 1.0), (0..2, 2.0), (4..5, 4.0)]);
        assert!(Phrases::parse("1.0\tnonsense\tx\n").is_err());
    }
}
