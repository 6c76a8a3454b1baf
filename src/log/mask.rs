//! Makes a telephone number in a text unreadable.

use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// With a country code and anything usual between the digits; seven digits or more in a row; an American number
/// in its usual groups.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\+[0-9][0-9 .()-]{5,}[0-9]|[0-9]{7,}|\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4,}").ok()
});

/// At most so many digits in front stay, and fewer where fewer than [`HIDDEN`] would be hidden.
const FRONT: usize = 4;
const HIDDEN: usize = 5;
const BACK: usize = 2;

/// `text` with the middle of every telephone number in it as asterisks: `+1509*****96`. Whatever looks like a
/// number is taken for one, dates without a mark in them too.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    match &*NUMBER {
        Some(number) => number.replace_all(text, |found: &Captures<'_>| starred(&found[0])),
        None => Cow::Borrowed("(not shown)"),
    }
}

fn starred(number: &str) -> String {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let front = FRONT.min(digits.saturating_sub(HIDDEN + BACK));
    let hidden = front..digits.saturating_sub(BACK);
    let mut seen = 0_usize;
    let star = |c: char| {
        if !c.is_ascii_digit() {
            return c;
        }
        seen += 1;
        if hidden.contains(&(seen - 1)) { '*' } else { c }
    };
    number.chars().map(star).collect()
}

#[cfg(test)]
mod tests {
    use super::masked;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        for (text, shown) in [
            ("+15095550196", "+1509*****96"),
            (
                "/spool/20260316-133950_+15095550134_x.wav: gone",
                "/spool/2*****16-133950_+1509*****34_x.wav: gone",
            ),
            ("5550196", "*****96"),
            ("call +1 (509) 555-0196.", "call +1 (509) ***-**96."),
            ("509-555-0196, (509) 555.0196", "509-***-**96, (509) ***.**96"),
            ("+442071234567", "+4420******67"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn what_is_no_number_stays() {
        for text in
            ["", "call 12", "2026-11-24 10:00", "192.168.100.200:2525", "82 MB of 123456", "dime.toml:3: é"]
        {
            assert_eq!(masked(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_seven_digits_in_a_row_are_left(text in "[0-9+ ()a-z.-]{0,60}") {
            let shown = masked(&text);
            prop_assert!(!shown.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 7), "{}", shown);
            prop_assert_eq!(shown.chars().count(), text.chars().count());
        }
    }
}
