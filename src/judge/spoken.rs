//! Telephone numbers spoken digit by digit, found in a row of tokens.

use super::token::{Kind, Token};

/// Words for a figure, for ten to nineteen and for the tens, with their digits.
const FIGURES: &[(&str, &str)] = &[
    ("zero", "0"),
    ("oh", "0"),
    ("o", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("niner", "9"),
];
const TEENS: &[(&str, &str)] = &[
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
];
const TENS: &[(&str, &str)] = &[
    ("twenty", "2"),
    ("thirty", "3"),
    ("forty", "4"),
    ("fifty", "5"),
    ("sixty", "6"),
    ("seventy", "7"),
    ("eighty", "8"),
    ("ninety", "9"),
];

/// Every word of a number; an `o` alone need not be one.
pub(super) fn number_words() -> impl Iterator<Item = &'static str> {
    let digits = FIGURES.iter().chain(TEENS).chain(TENS).map(|(word, _)| *word).filter(|word| *word != "o");
    digits.chain(["hundred", "thousand"])
}

/// A number as spoken: its digits and how many tokens it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken {
    /// The digits, 7 to 15 of them.
    pub digits: String,
    /// How many tokens, from the first.
    pub length: usize,
}

/// Fewest digits of a number without its area code, most digits of any number (E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Digits of a North American number, without its country code.
const NATIONAL: usize = 10;

/// Words that may stand between two groups of one number: "nine three seven, and then five five five …".
const BETWEEN: &[&str] = &["and", "then", "that's"];

/// Most groups that are read in a row: a number of fifteen digits, each said alone, and another before it.
const MOST_GROUPS: usize = 32;

/// One group of a run, such as `triple five`.
struct Group {
    digits: String,
    /// First token after it.
    end: usize,
    /// Whether a pause or other words stand before it.
    apart: bool,
}

/// Reads a telephone number at the start of `tokens`.
///
/// Numbers are said in groups with pauses between them, and other figures may stand before ("after five, six
/// three zero …") or behind them ("… oh one nine six, nine to five"). A run of groups is therefore searched for
/// ten digits of the North American form that begin and end at a pause, and a number that begins later in the
/// run is left to be read from there.
pub(super) fn read(tokens: &[Token]) -> Option<Spoken> {
    if tokens.first().is_some_and(|token| token.text == "plus") {
        // With its country code: whole as it is.
        let spoken = local_or_foreign(&run(tokens.get(1..)?))?;
        return Some(Spoken { length: spoken.length + 1, ..spoken });
    }
    let run = run(tokens);
    let from = |first: usize| run.get(first..).and_then(national);
    let paused = |first: &usize| *first == 0 || run.get(*first).is_some_and(|group| group.apart);
    // A number that begins with 0 is of another country, whole as it is.
    let foreign = run.first().is_some_and(|group| group.digits.starts_with('0'));
    let starts = (0..run.len()).filter(paused).chain((0..run.len()).filter(|at| !foreign && !paused(at)));
    if let Some((first, spoken)) = { starts }.find_map(|first| Some((first, from(first)?))) {
        // What stands before a whole number is a figure of its own.
        return (first == 0).then_some(spoken);
    }
    prefix(&run).or_else(|| local_or_foreign(&run))
}

/// Digits of a North American number without its area code.
const LOCAL: usize = 7;

/// The groups said in a row from the start of `tokens`: pauses and small words may stand between them.
fn run(tokens: &[Token]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = 0;
    let mut apart = true;
    while groups.len() < MOST_GROUPS {
        if let Some((digits, length)) = group(tokens.get(at..).unwrap_or_default()) {
            groups.push(Group { digits, end: at + length, apart });
            at += length;
            apart = false;
        } else {
            // One pause, two small words at most.
            let skipped = tokens.get(at..).unwrap_or_default().iter().take(3);
            let skipped = skipped
                .take_while(|token| token.kind != Kind::Word || BETWEEN.contains(&token.text.as_str()))
                .count();
            if skipped == 0
                || groups.is_empty()
                || group(tokens.get(at + skipped..).unwrap_or_default()).is_none()
            {
                break;
            }
            at += skipped;
            apart = true;
        }
    }
    groups
}

/// Ten digits of the North American form, or eleven with the country code, that begin `run` and end where a
/// pause or the run ends.
fn national(run: &[Group]) -> Option<Spoken> {
    let mut digits = String::new();
    for (index, group) in run.iter().enumerate() {
        digits.push_str(&group.digits);
        let bare = digits.strip_prefix('1').filter(|rest| rest.len() == NATIONAL).unwrap_or(&digits);
        if bare.len() == NATIONAL && is_north_american(bare) {
            let ends = run.get(index + 1).is_none_or(|next| next.apart);
            return ends.then(|| Spoken { digits: digits.clone(), length: group.end });
        }
        if digits.len() > NATIONAL {
            return None;
        }
    }
    None
}

/// A number without its area code, or one of another country: the digits of `run` up to its last pause, or up
/// to the first pause where they make a local number.
fn local_or_foreign(run: &[Group]) -> Option<Spoken> {
    let mut digits = String::new();
    let mut best = None;
    for (index, group) in run.iter().enumerate() {
        digits.push_str(&group.digits);
        if run.get(index + 1).is_some_and(|next| !next.apart) {
            continue;
        }
        if digits.len() > *DIGITS.end() {
            break;
        }
        if DIGITS.contains(&digits.len()) {
            best = Some(Spoken { digits: digits.clone(), length: group.end });
        }
        if digits.len() == LOCAL && digits.as_bytes().first().is_some_and(|digit| *digit > b'1') {
            break;
        }
    }
    best
}

/// Ten digits that begin `run` though more follow without a pause: "… oh one nine six five o'clock".
fn prefix(run: &[Group]) -> Option<Spoken> {
    let mut digits = String::new();
    for group in run {
        digits.push_str(&group.digits);
        if digits.len() == NATIONAL && is_north_american(&digits) {
            return Some(Spoken { digits, length: group.end });
        }
    }
    None
}

/// Neither the area code nor the exchange begins with 0 or 1.
fn is_north_american(digits: &str) -> bool {
    let digits = digits.as_bytes();
    [0, 3].iter().all(|at| digits.get(*at).is_some_and(|digit| *digit > b'1'))
}

/// The digits of one group at the start of `tokens`, and how many tokens it takes.
fn group(tokens: &[Token]) -> Option<(String, usize)> {
    let word =
        |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word).map(|token| token.text.as_str());
    let first = word(0)?;
    if first.bytes().all(|byte| byte.is_ascii_digit()) && first.len() <= *DIGITS.end() {
        return Some((first.to_owned(), 1));
    }
    let times = match first {
        "double" => 2,
        "triple" => 3,
        _ => 1,
    };
    if times > 1 {
        let second = word(1)?;
        let digit = figure(second).or_else(|| {
            Some(second).filter(|text| text.len() == 1 && text.as_bytes().iter().all(u8::is_ascii_digit))
        })?;
        return Some((digit.repeat(times), 2));
    }
    if let Some(digit) = figure(first) {
        return Some(match word(1) {
            Some("hundred") => (format!("{digit}00"), 2),
            _ => (digit.to_owned(), 1),
        });
    }
    if let Some(teen) = teen(first) {
        return Some((teen.to_owned(), 1));
    }
    let ten = ten(first)?;
    Some(match word(1).and_then(figure).filter(|digit| *digit != "0") {
        Some(digit) => (format!("{ten}{digit}"), 2),
        None => (format!("{ten}0"), 1),
    })
}

fn figure(word: &str) -> Option<&'static str> {
    value(FIGURES, word)
}

fn teen(word: &str) -> Option<&'static str> {
    value(TEENS, word)
}

fn ten(word: &str) -> Option<&'static str> {
    value(TENS, word)
}

fn value(list: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    list.iter().find(|(name, _)| *name == word).map(|(_, digits)| *digits)
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::read;

    fn digits(text: &str) -> Option<String> {
        read(&tokens(text)).map(|spoken| spoken.digits)
    }

    #[test]
    fn numbers_as_people_say_them() {
        for (text, want) in [
            ("five oh nine, five five five, oh one nine six", "5095550196"),
            ("five zero five, five double five, zero one two six", "5055550126"),
            ("six three zero, triple five, zero one nine five", "6305550195"),
            ("nine thirty seven, triple five, zero one twenty two", "9375550122"),
            ("505-555-0196.", "5055550196"),
            ("505) 555 0196", "5055550196"),
            ("1 800 555 0190 press two", "18005550190"),
            ("eight hundred, 555, oh one seventy", "8005550170"),
            ("555-0196", "5550196"),
            ("505-555-0196, nine to five", "5055550196"),
            ("505 555 0196 nine to five", "5055550196"),
            ("937 and then 555, 0138", "9375550138"),
            ("+44 20 7946 0018", "442079460018"),
            ("plus four nine, three zero, nine zero one eight two zero", "4930901820"),
            ("zero two zero, seven nine four six, double zero one eight", "02079460018"),
        ] {
            assert_eq!(digits(text).as_deref(), Some(want), "{text}");
        }
    }

    /// The first number that can be read when figures stand before it.
    fn later(text: &str) -> Option<String> {
        let tokens = tokens(text);
        (0..tokens.len()).find_map(|at| read(&tokens[at..])).map(|spoken| spoken.digits)
    }

    #[test]
    fn a_figure_before_the_number_is_not_part_of_it() {
        for (text, want) in [
            ("after five, six three zero, triple five, zero one nine five", "6305550195"),
            ("till four, 828-555-0160", "8285550160"),
            ("after five six three zero triple five zero one nine five", "6305550195"),
            ("at three thirty. Nine seven oh, five five five, oh one four two. Lonnie", "9705550142"),
            ("extension 40. 888-555-0117", "8885550117"),
        ] {
            assert_eq!(later(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn other_figures_are_left_alone() {
        for text in [
            "twenty four hundred dollars",
            "one",
            "nine to five",
            "press one or two",
            "fourteen employees",
            "",
        ] {
            assert_eq!(digits(text), None, "{text}");
        }
    }
}
