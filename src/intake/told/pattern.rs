//! What an owner's own regular expression reads from a recording's path.

use super::Told;
use super::caller::caller;
use super::plain::{epoch_text, id, mailbox};
use crate::domain::Millis;
use crate::intake::name::{moment, time};
use jiff::tz::TimeZone;
use regex::{Captures, Regex};
use std::path::Path;

/// The groups that mean something.
const GROUPS: [&str; 12] =
    ["number", "name", "time", "year", "month", "day", "hour", "minute", "second", "epoch", "mailbox", "id"];

/// Groups of a moment that are of no use without each other; `second` may be missing.
const MOMENT: [&str; 5] = ["year", "month", "day", "hour", "minute"];

/// A regular expression with named groups, such as `^(?<number>\d+)-(?<epoch>\d+)\.wav$`.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Takes `text` for a regular expression with the groups `number`, `name`, `time` (written as dime reads it from
    /// names), or `year`, `month`, `day`, `hour`, `minute` and perhaps `second`, or `epoch` (seconds since 1970),
    /// `mailbox` and `id`.
    ///
    /// # Errors
    /// What is wrong with it: not a regular expression, none of these groups, or another one.
    pub fn new(text: &str) -> Result<Self, String> {
        let regex = Regex::new(text).map_err(|error| {
            // The lines before the last draw where in the expression it is.
            let told = error.to_string();
            let last = told.lines().last().unwrap_or_default();
            last.strip_prefix("error: ").unwrap_or(last).to_owned()
        })?;
        let names: Vec<&str> = regex.capture_names().flatten().collect();
        let known = || GROUPS.map(|name| format!("`{name}`")).join(", ");
        if names.is_empty() {
            return Err(format!("no named group, such as `(?<number>\\d+)`: there are {}", known()));
        }
        if let Some(name) = names.iter().find(|name| !GROUPS.contains(name)) {
            return Err(format!("the group `{name}` means nothing: there are {}", known()));
        }
        let of_moment = |name: &&&str| MOMENT.contains(*name) || **name == "second";
        let missing = MOMENT.iter().find(|name| !names.contains(name));
        match (names.iter().find(of_moment), missing) {
            (Some(given), Some(missing)) => {
                Err(format!("the group `{given}` is of no use without the group `{missing}`"))
            }
            _ => Ok(Self(regex)),
        }
    }

    /// What the file name of `path` tells; where the pattern does not fit it, what the whole path tells. `None` where
    /// it fits neither.
    ///
    /// A time without `Z` or an offset is in this machine's zone. `country` (ISO 3166) is where numbers without a
    /// country code are dialled from.
    #[must_use]
    pub fn read(&self, path: &Path, country: &str) -> Option<Told> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let whole = path.to_string_lossy();
        let found = self.0.captures(&name).or_else(|| self.0.captures(&whole))?;
        let group = |name: &str| found.name(name).map(|part| part.as_str().trim()).unwrap_or_default();
        Some(Told {
            caller: caller(group("name"), group("number"), country),
            received: received(&found),
            message_id: id(group("id")),
            mailbox: mailbox(group("mailbox"), ""),
            ..Told::default()
        })
    }
}

/// The first of the ways to tell the time that fits.
fn received(found: &Captures<'_>) -> Option<Millis> {
    let group = |name: &str| found.name(name).map(|part| part.as_str());
    let small = |name: &str| group(name)?.parse().ok();
    let parts = || {
        let date = [group("year")?.parse().ok()?, group("month")?.parse().ok()?, group("day")?.parse().ok()?];
        let second = match group("second") {
            Some(second) => second.parse().ok()?,
            None => 0,
        };
        moment(date, [small("hour")?, small("minute")?, second], TimeZone::system())
    };
    group("epoch").and_then(epoch_text).or_else(parts).or_else(|| time(group("time")?))
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::domain::Millis;
    use crate::intake::told::Told;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    fn read(pattern: &str, path: &str) -> Option<Told> {
        Pattern::new(pattern).unwrap().read(Path::new(path), "US")
    }

    #[test]
    fn groups_are_read_from_the_name_and_from_the_folders() {
        let told = read(
            r"/(?<mailbox>\d+)/(?<id>\w+)~(?<number>[^~]*)~(?<name>[^~]*)~(?<time>.*)\.wav$",
            "/calls/201/x7~5095550142~Pat Lee~2026-03-14T16_12_44Z.wav",
        )
        .unwrap();
        assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
        assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
        assert_eq!(told.mailbox.as_deref(), Some("201"));
        assert_eq!(told.message_id.as_deref(), Some("x7"));
        let told =
            read(r"^(?<number>\d*)-(?<epoch>\d+)\.", "/calls/201-5/5095550142-1773504764.wav").unwrap();
        assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
        assert_eq!(read(r"^(?<number>\d+)", "x.wav"), None);
    }

    #[test]
    fn a_time_may_be_given_in_parts() {
        let pattern =
            r"(?<day>\d\d)(?<month>\d\d)(?<year>\d{4})-(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)?";
        let at = |path: &str| read(pattern, path).unwrap().received;
        assert_eq!(at("14032026-0912.wav"), crate::intake::name::time("2026-03-14 09.12"));
        assert_eq!(at("14032026-091244.wav"), crate::intake::name::time("2026-03-14 09.12.44"));
        assert_eq!(at("31022026-0912.wav"), None, "there is no such day");
        assert_eq!(at("14032026-9912.wav"), None);
        assert_eq!(read(r"(?<epoch>\d+)", "99999999999999999999999").unwrap().received, None);
    }

    #[test]
    fn what_is_not_there_is_not_told() {
        let told = read(r"(?<number>\d*)_(?<name>.*?)_(?<id>.*)\.wav", "__.wav").unwrap();
        assert_eq!(told, Told::default());
        let told = read(r"(?<number>[^_]*)_", "anonymous_.wav").unwrap();
        assert_eq!(told.caller.raw_number.as_deref(), Some("anonymous"));
    }

    #[test]
    fn a_pattern_of_no_use_is_refused() {
        for (text, want) in [
            ("(", "unclosed group"),
            (r"\d+", "no named group"),
            (r"(\d+)", "no named group"),
            (r"(?<phone>\d+)", "the group `phone` means nothing: there are `number`"),
            (r"(?<year>\d+)(?<month>\d+)", "the group `year` is of no use without the group `day`"),
            (r"(?<number>\d{1000}{1000}{1000})", "size limit"),
        ] {
            let error = Pattern::new(text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_path_is_trouble(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            let pattern = Pattern::new(r"(?s)(?<number>.*)-(?<name>.*)-(?<time>.*)/?(?<id>.*)(?<mailbox>.*)").unwrap();
            let _ = pattern.read(Path::new(OsStr::from_bytes(&bytes)), "US");
        }
    }
}
