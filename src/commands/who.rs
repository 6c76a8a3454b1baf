//! A caller as the owner names one on the command line.

use crate::domain::PhoneNumber;
use crate::store::Who;

/// A number in any usual way of writing it, else what a telephone system shows in a number's place, else part
/// of a name.
pub(super) fn who(text: &str, country: &str) -> Who {
    let text = text.trim();
    match PhoneNumber::parse(text, country) {
        Some(number) => Who::Number(number),
        None if is_marker(text) => Who::Raw(text.to_lowercase()),
        None => Who::Named(text.to_owned()),
    }
}

/// Extensions, numbers that are not valid, and the words for a number that is not shown.
fn is_marker(text: &str) -> bool {
    let words = ["anonymous", "withheld", "private", "restricted", "unavailable", "unknown"];
    let is_dialled = |c: char| c.is_ascii_digit() || "+-. ()*#".contains(c);
    (text.contains(|c: char| c.is_ascii_digit()) && text.chars().all(is_dialled))
        || words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::who;
    use crate::store::Who;

    #[test]
    fn numbers_markers_and_names_are_told_apart() {
        assert!(matches!(who("(509) 555-0196", "US"), Who::Number(_)));
        assert_eq!(who("201", "US"), Who::Raw("201".into()));
        assert_eq!(who("+19995670123", "US"), Who::Raw("+19995670123".into()), "no such area");
        assert_eq!(who("Anonymous", "US"), Who::Raw("anonymous".into()));
        assert_eq!(who("Acme Dental 4", "US"), Who::Named("Acme Dental 4".into()));
    }
}
