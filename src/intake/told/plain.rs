//! Text, ids and times from outside, made plain. What is absurd is not told.

use crate::domain::Millis;
use crate::domain::safe::one_line;
use jiff::Timestamp;
use std::borrow::Cow;

/// The longest name or id that is kept, in characters.
pub(super) const NAME_CHARS: usize = 200;

/// The longest number that is kept as it was shown, in characters.
pub(super) const NUMBER_CHARS: usize = 100;

/// The longest transcript that is kept, in characters: some hours of speech.
const TRANSCRIPT_CHARS: usize = 200_000;

/// A message longer than a day was not left by anybody.
const LONGEST_SECONDS: u32 = 86_400;

/// 1990 to 2100, seconds since 1970: outside of it a telephone system's clock is not set.
const TIMES: std::ops::RangeInclusive<i64> = 631_152_000..=4_102_444_800;

/// `bytes` as text: UTF-8 where they are, else Latin-1, which every sequence of bytes is.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    }
}

/// `text` on one line without control characters, cut after `most` characters; `None` when nothing is left.
pub(super) fn line(text: &str, most: usize) -> Option<String> {
    let end = text.char_indices().nth(most.saturating_mul(4)).map_or(text.len(), |(at, _)| at);
    let clean = one_line(text.get(..end).unwrap_or_default());
    let cut: String = clean.chars().take(most).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// An id, whole: cut short, it might be another message's. `None` when empty or absurdly long.
pub(super) fn id(text: &str) -> Option<String> {
    if text.chars().nth(NAME_CHARS * 4).is_some() {
        return None;
    }
    let clean = one_line(text);
    (!clean.is_empty() && clean.chars().nth(NAME_CHARS).is_none()).then_some(clean)
}

/// `user@context`, or either alone.
pub(super) fn mailbox(user: &str, context: &str) -> Option<String> {
    match (line(user, NAME_CHARS / 2), line(context, NAME_CHARS / 2)) {
        (Some(user), Some(context)) => Some(format!("{user}@{context}")),
        (user, context) => user.or(context),
    }
}

/// A transcript on one line.
pub(super) fn transcript(text: &str) -> Option<String> {
    line(text, TRANSCRIPT_CHARS)
}

/// Whole seconds from a number of them, rounded down; `None` when absurd.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let whole = text.trim().split('.').next()?;
    whole.parse().ok().filter(|seconds| *seconds <= LONGEST_SECONDS)
}

/// A moment, in seconds since 1970.
pub(super) fn epoch(seconds: i64) -> Option<Millis> {
    TIMES.contains(&seconds).then(|| Millis(seconds.saturating_mul(1_000)))
}

/// A moment, in seconds since 1970 as digits.
pub(super) fn epoch_text(text: &str) -> Option<Millis> {
    epoch(text.trim().parse().ok()?)
}

/// A moment in RFC 3339 with its offset.
pub(super) fn rfc3339(text: &str) -> Option<Millis> {
    let at: Timestamp = text.trim().parse().ok()?;
    TIMES.contains(&at.as_second()).then(|| Millis::from(at))
}

#[cfg(test)]
mod tests {
    use super::{epoch, id, line, mailbox, rfc3339, seconds, text};

    #[test]
    fn text_is_cut_and_cleaned() {
        assert_eq!(text(b"Jos\xe9"), "José");
        assert_eq!(line("a\u{1b}[1m\nb", 200).as_deref(), Some("a [1m b"));
        assert_eq!(line(&"é".repeat(100_000), 200).unwrap().chars().count(), 200);
        assert_eq!(line(" \u{202e}\0 ", 200), None);
        assert_eq!(mailbox("201", "default").as_deref(), Some("201@default"));
        assert_eq!(mailbox("201", " ").as_deref(), Some("201"));
    }

    #[test]
    fn what_is_absurd_is_not_told() {
        assert_eq!(id(&"7".repeat(201)), None, "cut, it might be another's");
        assert_eq!(id("  "), None);
        assert_eq!(seconds("99999999999"), None);
        assert_eq!(seconds("12.9"), Some(12));
        assert_eq!(epoch(0), None);
        assert_eq!(epoch(i64::MAX), None);
        assert_eq!(rfc3339("2026-03-14T09:12:44"), None, "whose clock?");
        assert_eq!(rfc3339("2026-03-14T09:12:44-07:00").unwrap().0, 1_773_504_764_000);
    }
}
