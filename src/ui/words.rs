//! Small things in words: who called, when, how long.

use crate::domain::Millis;
use crate::domain::safe::one_line;
use jiff::tz::TimeZone;
use std::path::Path;

/// `2026-03-14 09:12` in `zone`.
#[must_use]
pub fn moment(at: Millis, zone: &TimeZone) -> String {
    zone.to_datetime(at.timestamp()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `850 ms`, `14.2 s`, `2 min 03 s`, `1 h 02 min`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds}.{} s", ms % 1_000 / 100),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// A path from outside, safe to print.
#[must_use]
pub fn one_line_path(path: &Path) -> String {
    one_line(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::{duration, moment};
    use crate::domain::{Caller, Millis};
    use jiff::tz::TimeZone;

    #[test]
    fn durations_read_well() {
        for (ms, want) in
            [(850, "850 ms"), (14_250, "14.2 s"), (123_000, "2 min 03 s"), (3_725_000, "1 h 02 min")]
        {
            assert_eq!(duration(ms), want);
        }
    }

    #[test]
    fn callers_cannot_drive_the_terminal() {
        let evil = Caller { name: Some("\u{1b}[2JPat\n".into()), ..Caller::default() };
        assert_eq!(evil.to_string(), "[2JPat");
        assert_eq!(Caller::default().to_string(), "unknown");
    }

    #[test]
    fn moments_are_in_the_owners_zone() {
        let zone = TimeZone::get("America/Los_Angeles").unwrap();
        assert_eq!(moment(Millis(1_773_504_000_000), &zone), "2026-03-14 09:00");
    }
}
