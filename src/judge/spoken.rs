//! Telephone numbers spoken digit by digit, found in a row of tokens.

use super::token::{Kind, Token};

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

/// Digits of a North American number, without and with its country code.
const NORTH_AMERICAN: [usize; 2] = [10, 11];

/// Reads a telephone number at the start of `tokens`.
///
/// A pause may stand between two groups. A run too long for a number is cut where a North American one is
/// complete, so that "555 0196 extension" or a time after the number does not spoil it.
pub(super) fn read(tokens: &[Token]) -> Option<Spoken> {
    let mut digits = String::new();
    let mut best = None;
    let mut at = 0;
    while digits.len() <= *DIGITS.end() {
        let Some((group, length)) = group(tokens.get(at..).unwrap_or_default()) else { break };
        digits.push_str(&group);
        at += length;
        let whole = NORTH_AMERICAN.contains(&digits.len()) && (digits.len() == 10 || digits.starts_with('1'));
        if whole {
            best = Some(Spoken { digits: digits.clone(), length: at });
        }
        // One pause, or a pause and a filler the speaker leaves between groups, is not the end.
        if tokens.get(at).is_some_and(|token| token.kind != Kind::Word) {
            let next = tokens.get(at + 1..).unwrap_or_default();
            if self::group(next).is_none() || digits.len() == 10 {
                break;
            }
            at += 1;
        }
    }
    if DIGITS.contains(&digits.len()) && !(best.is_some() && digits.len() > 11) {
        // Trailing pause was only skipped when a group followed, so `at` ends on a digit.
        return Some(Spoken { digits, length: at });
    }
    best
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
    Some(match word {
        "zero" | "oh" | "o" => "0",
        "one" => "1",
        "two" => "2",
        "three" => "3",
        "four" => "4",
        "five" => "5",
        "six" => "6",
        "seven" => "7",
        "eight" => "8",
        "nine" | "niner" => "9",
        _ => return None,
    })
}

fn teen(word: &str) -> Option<&'static str> {
    Some(match word {
        "ten" => "10",
        "eleven" => "11",
        "twelve" => "12",
        "thirteen" => "13",
        "fourteen" => "14",
        "fifteen" => "15",
        "sixteen" => "16",
        "seventeen" => "17",
        "eighteen" => "18",
        "nineteen" => "19",
        _ => return None,
    })
}

fn ten(word: &str) -> Option<&'static str> {
    Some(match word {
        "twenty" => "2",
        "thirty" => "3",
        "forty" => "4",
        "fifty" => "5",
        "sixty" => "6",
        "seventy" => "7",
        "eighty" => "8",
        "ninety" => "9",
        _ => return None,
    })
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
        ] {
            assert_eq!(digits(text).as_deref(), Some(want), "{text}");
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
