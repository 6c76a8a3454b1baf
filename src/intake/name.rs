//! What a recording's file name says of the caller and the time.

use crate::domain::safe::one_line;
use crate::domain::{Caller, Millis, PhoneNumber};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use regex::Regex;
use std::path::Path;
use std::sync::LazyLock;

/// What could be read from a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FromName {
    /// The caller's number, or the marker in its place.
    pub caller: Caller,
    /// When the message was left.
    pub received: Option<Millis>,
}

/// `2026-03-14T09_12_44Z`, `20260314-091244`, `2026-03-14 09.12.44`, with or without a zone letter.
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) (?:^|[^0-9+]) (?<year>20\d\d) [-_.]? (?<month>\d\d) [-_.]? (?<day>\d\d)
          [-_.T\ ]{1,2} (?<hour>\d\d) [-_.:hH]? (?<minute>\d\d) (?: [-_.:mM]? (?<second>\d\d) )? (?<utc>Z)? (?:[^0-9]|$)",
    )
    .ok()
});

/// A number with its country code, or at least ten digits with the usual separators between them.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[^0-9+])(\+\d[\d\-. ]{6,17}\d|\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4,9})(?:[^0-9]|$)").ok()
});

/// What telephone systems write when they show no number, in lower case.
pub(in crate::intake) const MARKERS: [&str; 6] =
    ["anonymous", "withheld", "private", "restricted", "unavailable", "unknown"];

/// One of those words.
static WITHHELD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("(?i)(?:^|[^a-z])({})(?:[^a-z]|$)", MARKERS.join("|"))).ok());

/// Reads the caller and the time from the file name of `path`.
///
/// `country` (ISO 3166) is where numbers without a country code are dialled from; with an empty one they are
/// not read. A time without `Z` is in this machine's zone. What is not there is `None`: nothing is guessed.
#[must_use]
pub fn from_name(path: &Path, country: &str) -> FromName {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let (received, rest) = take_time(&stem);
    FromName { caller: caller(&rest, country), received }
}

/// The time in `text`, written as in a file name; without `Z` it is in this machine's zone.
pub(in crate::intake) fn time(text: &str) -> Option<Millis> {
    take_time(text).0
}

/// The moment that a clock in `zone` showed so; `None` when it never does.
pub(in crate::intake) fn moment(date: [i16; 3], clock: [i8; 3], zone: TimeZone) -> Option<Millis> {
    let ([year, month, day], [hour, minute, second]) = (date, clock);
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let at = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(Millis::from(at.to_zoned_datetime(zone).ok()?.timestamp()))
}

/// The time in `stem`, and the rest without it: its digits must not be taken for a telephone number.
fn take_time(stem: &str) -> (Option<Millis>, String) {
    let found = TIME.as_ref().and_then(|time| time.captures(stem)).and_then(|captures| {
        let number = |name: &str| captures.name(name).and_then(|part| part.as_str().parse::<i16>().ok());
        let small = |name: &str| number(name).and_then(|value| i8::try_from(value).ok());
        let date = [number("year")?, number("month")?, number("day")?];
        let clock = [small("hour")?, small("minute")?, small("second").unwrap_or(0)];
        let zone = if captures.name("utc").is_some() { TimeZone::UTC } else { TimeZone::system() };
        let range =
            captures.name("year")?.start()..captures.name("second").or(captures.name("minute"))?.end();
        Some((moment(date, clock, zone)?, range))
    });
    match found {
        Some((received, range)) => {
            let mut rest = stem.to_owned();
            rest.replace_range(range, " ");
            (Some(received), rest)
        }
        None => (None, stem.to_owned()),
    }
}

fn caller(text: &str, country: &str) -> Caller {
    let first = |pattern: &Option<Regex>| {
        pattern.as_ref()?.captures(text)?.get(1).map(|found| found.as_str().to_owned())
    };
    let Some(digits) = first(&NUMBER) else {
        return Caller { raw_number: first(&WITHHELD).map(|word| word.to_lowercase()), ..Caller::default() };
    };
    match longest_number(&digits, country) {
        Some(number) => Caller { number: Some(number), ..Caller::default() },
        None => Caller { raw_number: Some(one_line(&digits)), ..Caller::default() },
    }
}

/// The longest beginning of `digits`, ending at a separator, that is a number: what comes after it may count copies.
fn longest_number(digits: &str, country: &str) -> Option<PhoneNumber> {
    let mut part = digits;
    loop {
        if let Some(number) = PhoneNumber::parse(part, country) {
            return Some(number);
        }
        part = part.rsplit_once(['-', '.', ' '])?.0;
    }
}

#[cfg(test)]
mod tests {
    use super::from_name;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    fn read(name: &str) -> (Option<String>, Option<String>, Option<String>) {
        let told = from_name(Path::new(name), "US");
        (
            told.caller.number.map(|number| number.to_string()),
            told.caller.raw_number,
            told.received.map(|received| received.timestamp().to_string()),
        )
    }

    #[test]
    fn numbers_and_times_are_read() {
        let number = Some("+15095550196".to_owned());
        let time = Some("2026-03-14T09:12:44Z".to_owned());
        for name in [
            "20260314-091244Z_+15095550196_linkedin.wav",
            "+15095550196 - Voicemail - 2026-03-14T09_12_44Z.mp3",
            "vm_5095550196_2026-03-14T09-12-44Z.wav",
            "(509) 555-0196 2026-03-14 09.12.44Z.wav",
            "2026-03-14T09_12_44Z +1 509 555 0196-2.wav",
        ] {
            assert_eq!(read(name), (number.clone(), None, time.clone()), "{name}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        assert_eq!(read("msg0001.wav"), (None, None, None));
        assert_eq!(read("20261399-256199_hello.wav").2, None, "no such date");
        assert_eq!(read("anonymous-3.wav").1.as_deref(), Some("anonymous"));
        assert_eq!(read("0000000000.wav").1.as_deref(), Some("0000000000"), "not a valid number");
        assert_eq!(read("20260314-091244Z.wav").0, None, "a time is not a number");
    }

    #[test]
    fn what_stands_in_a_numbers_place_is_one_clean_line() {
        assert_eq!(read("+1 509  509 56.wav").1.as_deref(), Some("+1 509 509 56"));
    }

    #[test]
    fn names_that_are_not_text_are_no_trouble() {
        let told = from_name(Path::new(OsStr::from_bytes(b"\xff\n\x1b[31m+15095550196\xfe.wav")), "US");
        assert_eq!(told.caller.number.unwrap().as_str(), "+15095550196");
    }
}
