//! Telephone numbers: valid ones in E.164, everything else left as it was said.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest number that E.164 allows: `+` and fifteen digits. Some countries' own patterns allow more.
const LONGEST: usize = 16;

/// A valid number in E.164 form, such as `+15095550196`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads `raw` as a number dialled from `country` (ISO 3166 alpha-2, such as `US`).
    ///
    /// `None` when it is not a valid number: service codes, extensions, withheld markers and words
    /// stay what they are, because guessing would merge strangers.
    #[must_use]
    pub fn parse(raw: &str, country: &str) -> Option<Self> {
        let digits = raw.chars().filter(char::is_ascii_digit).count();
        if !(7..=15).contains(&digits) || raw.contains(['*', '#']) {
            return None;
        }
        let country = country.to_ascii_uppercase().parse().ok();
        let number = phonenumber::parse(country, raw).ok()?;
        // North American 555 numbers are set aside for stories and tests, and are accepted as possible
        // numbers; anything else must be valid.
        let plausible = phonenumber::is_valid(&number) || is_fictional(&number);
        let e164 = plausible.then(|| number.format().mode(phonenumber::Mode::E164).to_string())?;
        (e164.len() <= LONGEST).then_some(Self(e164))
    }

    /// The E.164 text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// North American numbers whose exchange is 555.
fn is_fictional(number: &phonenumber::PhoneNumber) -> bool {
    let national = number.national().value();
    number.code().value() == 1
        && (2_000_000_000..10_000_000_000).contains(&national)
        && national / 10_000 % 1_000 == 555
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::PhoneNumber;

    #[test]
    fn valid_numbers_become_e164() {
        for (raw, country, want) in [
            ("(509) 555-0196", "US", "+15095550196"),
            ("+1 509 555 0196", "DE", "+15095550196"),
            ("020 7946 0018", "GB", "+442079460018"),
            ("030 901820", "DE", "+4930901820"),
        ] {
            let got = PhoneNumber::parse(raw, country).map(|number| number.to_string());
            assert_eq!(got.as_deref(), Some(want), "{raw}");
        }
    }

    #[test]
    fn no_number_has_more_digits_than_e164_allows() {
        assert_eq!(PhoneNumber::parse("471-508-555-010 906", "DE"), None, "17 digits with its country code");
    }

    #[test]
    fn what_is_not_a_number_stays_raw() {
        for raw in ["911", "*67", "201", "anonymous", "", "0000000000000000", "VOIPMSG"] {
            assert_eq!(PhoneNumber::parse(raw, "US"), None, "{raw}");
        }
    }
}
