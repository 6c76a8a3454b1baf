//! Why a file gives no sound, in words for its owner.

use std::time::Duration;

/// What is wrong with a recording. Trying again would not help: the file itself is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AudioError {
    /// Nothing in it.
    #[error("0 bytes: the file is empty")]
    Empty,
    /// More bytes than the configuration allows.
    #[error("{bytes} bytes large: the limit is {limit}")]
    TooLarge {
        /// Size of the file in bytes.
        bytes: u64,
        /// Most bytes that may be read.
        limit: u64,
    },
    /// Plays longer than the configuration allows.
    #[error("{}: the limit is {}", spoken_length(.length.as_ref()), spoken(.limit))]
    TooLong {
        /// How long it plays, where that is known without decoding all of it.
        length: Option<Duration>,
        /// Longest recording that is decoded.
        limit: Duration,
    },
    /// Something other than sound, such as `text` or `a PDF document`.
    #[error("{0}, not sound")]
    NotSound(&'static str),
    /// Sound in a format that is recognised and not read.
    #[error("{0} is not a format dime reads (ffmpeg can convert it)")]
    Unsupported(String),
    /// No known format.
    #[error("not in a sound format dime knows")]
    Unknown,
    /// A header and nothing after it; the value names the format.
    #[error("a {0} header without sound behind it")]
    NoSound(&'static str),
    /// Not one whole sample or frame.
    #[error("too short to hold any sound")]
    TooShort,
    /// A sample rate that no recording has, in hertz.
    #[error("{0} Hz sample rate")]
    SampleRate(u32),
    /// A number of channels that no recording has.
    #[error("{0} channels")]
    Channels(usize),
    /// The format is read, this file is broken.
    #[error("a damaged {format} file: {problem}")]
    Damaged {
        /// Name of the format.
        format: &'static str,
        /// What the decoder says of it.
        problem: String,
    },
}

impl AudioError {
    /// A file of `format` that is broken in the way `problem` says.
    pub(super) fn damaged(format: &'static str, problem: &dyn std::fmt::Display) -> Self {
        Self::Damaged { format, problem: problem.to_string() }
    }
}

/// `2 h 0 min 3 s long`, or that it is too long when its length is not known.
fn spoken_length(length: Option<&Duration>) -> String {
    length.map_or_else(|| "too long".to_owned(), |length| format!("{} long", spoken(length)))
}

/// A length for people, to the second, or to the tenth below ten seconds: `2 h 0 min 3 s`, `30 min`, `1.5 s`.
pub(super) fn spoken(length: &Duration) -> String {
    if length.as_secs() < 10 {
        let tenths = length.as_millis() / 100;
        return match tenths % 10 {
            0 => format!("{} s", tenths / 10),
            tenth => format!("{}.{tenth} s", tenths / 10),
        };
    }
    let (hours, minutes, seconds) =
        (length.as_secs() / 3_600, length.as_secs() / 60 % 60, length.as_secs() % 60);
    let mut words = Vec::new();
    if hours > 0 {
        words.push(format!("{hours} h"));
    }
    if minutes > 0 || (hours > 0 && seconds > 0) {
        words.push(format!("{minutes} min"));
    }
    if seconds > 0 {
        words.push(format!("{seconds} s"));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_as_people_say_it() {
        let error = |seconds, limit| AudioError::TooLong {
            length: Some(Duration::from_secs(seconds)),
            limit: Duration::from_secs(limit),
        };
        assert_eq!(error(7_203, 1_800).to_string(), "2 h 0 min 3 s long: the limit is 30 min");
        assert_eq!(error(3_600, 90).to_string(), "1 h long: the limit is 1 min 30 s");
        assert_eq!(spoken(&Duration::from_millis(1_560)), "1.5 s");
        assert_eq!(spoken(&Duration::from_millis(40)), "0 s");
        let unknown = AudioError::TooLong { length: None, limit: Duration::from_mins(30) };
        assert_eq!(unknown.to_string(), "too long: the limit is 30 min");
    }
}
