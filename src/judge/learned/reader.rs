//! The network: each word is a vector, filters look at windows of neighbouring words, and what they find most of, and
//! on average, is added up.
//!
//! A filter is linear in the words of its window, so what a word brings to each filter at each place of the window is
//! computed once a word and kept; reading a message is then adding rows of numbers.

use super::rows::rows;
use super::{LearnedError, number};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

const FILE: &str = "models/judge/reader.tsv";

/// The word that stands for every unknown one.
pub(super) const UNKNOWN: &str = "<unknown>";

/// The most words of a message that are read: two minutes of speech.
const LONGEST: usize = 300;

/// The network.
#[derive(Debug)]
pub(super) struct Reader {
    words: HashMap<String, usize>,
    /// A vector for each word.
    vectors: Vec<Vec<f32>>,
    filters: Vec<Filters>,
    unknown: usize,
    bias: f32,
    /// For each word what it brings to each filter at each place of its window, once it was asked for.
    brings: Vec<OnceLock<Vec<f32>>>,
}

/// Filters of one width.
#[derive(Debug)]
struct Filters {
    /// How many words they look at; odd, the middle one is the word they stand at.
    width: usize,
    /// For each place of the window, each filter and each number of a vector, in that order.
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// What the strongest place of each filter counts.
    most: Vec<f32>,
    /// What the average of each filter counts.
    average: Vec<f32>,
}

impl Reader {
    /// Reads rows: `word NAME`, and for each width `W place N filter M`, `W bias`, `W most`, `W average`; `bias`.
    pub(super) fn parse(text: &str) -> Result<Self, LearnedError> {
        let mut words = HashMap::new();
        let mut vectors = Vec::new();
        let mut bias = 0.0;
        let mut filters: Vec<Filters> = Vec::new();
        let mut last = 0;
        for (index, row) in rows(FILE, text).enumerate() {
            let (name, numbers) = row?;
            last = index + 1;
            let wrong = || LearnedError { file: FILE, line: last, problem: "not a row of the network" };
            let mut parts = name.split(' ');
            match (parts.next(), parts.next()) {
                (Some("word"), Some(word)) => {
                    words.insert(word.to_owned(), vectors.len());
                    vectors.push(numbers);
                }
                (Some("bias"), None) => bias = *numbers.first().ok_or_else(wrong)?,
                (Some(width), Some(what)) => {
                    let width = width.parse().map_err(|_| wrong())?;
                    if filters.last().is_none_or(|last| last.width != width) {
                        let empty = Vec::new;
                        filters.push(Filters {
                            width,
                            weights: empty(),
                            bias: empty(),
                            most: empty(),
                            average: empty(),
                        });
                    }
                    let filter = filters.last_mut().ok_or_else(wrong)?;
                    match what {
                        "place" => filter.weights.extend(numbers),
                        "bias" => filter.bias = numbers,
                        "most" => filter.most = numbers,
                        "average" => filter.average = numbers,
                        _ => return Err(wrong()),
                    }
                }
                _ => return Err(wrong()),
            }
        }
        let size = vectors.first().map_or(0, Vec::len);
        let fits = |filter: &Filters| {
            let count = filter.bias.len();
            filter.width % 2 == 1
                && count > 0
                && filter.most.len() == count
                && filter.average.len() == count
                && filter.weights.len() == filter.width * count * size
        };
        let whole = size > 0 && vectors.iter().all(|vector| vector.len() == size) && filters.iter().all(fits);
        let unknown = words.get(UNKNOWN).copied().filter(|_| whole);
        let unknown =
            unknown.ok_or(LearnedError { file: FILE, line: last, problem: "the sizes do not fit" })?;
        let brings = vectors.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { words, vectors, filters, unknown, bias, brings })
    }

    /// `word`, or the word that stands for all unknown ones.
    pub(super) fn known<'a>(&self, word: &'a str) -> &'a str {
        if self.words.contains_key(word) { word } else { UNKNOWN }
    }

    /// Gives what each filter finds to the words of the window where it finds it.
    pub(super) fn read(&self, words: &[&str], give: &mut impl FnMut(Range<usize>, f32)) {
        give(0..0, self.bias);
        let known =
            words.iter().take(LONGEST).map(|word| self.words.get(*word).copied().unwrap_or(self.unknown));
        let known: Vec<usize> = known.collect();
        let brings: Vec<&[f32]> = known.iter().map(|word| self.brings(*word)).collect();
        // The order in which the network was trained to average: by the root of the length.
        let average = 1.0 / (number(known.len().max(1)).sqrt() * 3.0);
        let mut offset = 0;
        for filters in &self.filters {
            let count = filters.bias.len();
            let half = filters.width / 2;
            let mut best = vec![(0.0_f32, 0_usize); count];
            let mut sums = vec![0.0_f32; count];
            let mut found = vec![0.0_f32; count];
            for at in 0..known.len() {
                found.copy_from_slice(&filters.bias);
                for place in 0..filters.width {
                    let Some(row) = (at + place).checked_sub(half).and_then(|word| brings.get(word)) else {
                        continue;
                    };
                    let from = offset + place * count;
                    let Some(row) = row.get(from..from + count) else { continue };
                    for (sum, part) in found.iter_mut().zip(row) {
                        *sum += part;
                    }
                }
                let mut given = 0.0;
                for (((value, best), sum), average) in
                    found.iter().zip(&mut best).zip(&mut sums).zip(&filters.average)
                {
                    let value = value.max(0.0);
                    if value > best.0 {
                        *best = (value, at);
                    }
                    *sum += value;
                    given += value * average;
                }
                give(window(at, half, known.len()), given * average);
            }
            for ((value, at), weight) in best.iter().zip(&filters.most) {
                give(window(*at, half, known.len()), value * weight);
            }
            offset += filters.width * count;
        }
    }

    /// What a word brings to each filter, width after width, place after place.
    fn brings(&self, word: usize) -> &[f32] {
        let Some((once, vector)) = self.brings.get(word).zip(self.vectors.get(word)) else { return &[] };
        once.get_or_init(|| {
            let weights = self.filters.iter().flat_map(|filters| filters.weights.chunks(vector.len()));
            weights.map(|weights| weights.iter().zip(vector).map(|(one, other)| one * other).sum()).collect()
        })
    }
}

/// The words that filters `half` to each side look at around `at`.
fn window(at: usize, half: usize, length: usize) -> Range<usize> {
    at.saturating_sub(half)..(at + half + 1).min(length)
}

#[cfg(test)]
mod tests {
    use super::Reader;

    /// Two words with vectors of one number, one filter that looks at one word and one that looks at three.
    const TINY: &str = "word <unknown>\t1\t00\nword a\t1\t02\nword b\t1\tff\n\
                        1 place 0 filter 0\t1\t01\n1 bias\t1\t00\n1 most\t1\t03\n1 average\t1\t00\n\
                        3 place 0 filter 0\t1\t01\n3 place 1 filter 0\t1\t00\n3 place 2 filter 0\t1\t02\n\
                        3 bias\t1\t01\n3 most\t1\t01\n3 average\t1\t00\nbias\t1\t05\n";

    fn sum(words: &[&str]) -> (f32, Vec<(std::ops::Range<usize>, f32)>) {
        let mut given = Vec::new();
        Reader::parse(TINY).expect("reader").read(words, &mut |range, amount| given.push((range, amount)));
        given.retain(|(_, amount)| *amount != 0.0);
        (given.iter().map(|(_, amount)| amount).sum(), given)
    }

    #[test]
    fn filters_find_their_strongest_place() {
        // Width 1: a is 2, three times that. Width 3 at the middle word: 1 + 1·(-1) + 2·2 = 4.
        assert_eq!(sum(&["b", "c", "a"]), (15.0, vec![(0..0, 5.0), (2..3, 6.0), (0..3, 4.0)]));
        assert_eq!(sum(&[]), (5.0, vec![(0..0, 5.0)]));
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        assert!(Reader::parse(&TINY.replace("3 most\t1\t01\n", "")).is_err());
        assert!(Reader::parse(&TINY.replace("word a\t1\t02", "word a\t1\t0202")).is_err());
        assert!(Reader::parse(&TINY.replace("<unknown>", "c")).is_err());
        assert!(Reader::parse("").is_err());
    }
}
