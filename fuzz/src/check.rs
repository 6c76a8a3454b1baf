//! What must be true of everything that dime reads from outside, whatever the bytes.

pub mod sound;

use crate::domain::safe::one_line;
use crate::domain::{Caller, Millis, Told};

/// Where numbers without a country code are dialled from.
pub const COUNTRY: &str = "US";

/// 1970 to 2106: no reader takes a moment that is further away.
const TIMES_MS: std::ops::Range<i64> = 0..4_294_967_296_000;

/// Checks all that a telephone system is said to tell.
///
/// # Panics
/// When something of it is not as every reader promises.
pub fn told(told: &Told) {
    caller(&told.caller);
    text(told.message_id.as_deref(), 200);
    text(told.mailbox.as_deref(), 201);
    text(told.transcript.as_deref(), 200_000);
    received(told.received);
    assert!(told.seconds.is_none_or(|seconds| seconds <= 86_400), "{:?}", told.seconds);
}

/// Checks who is said to have called.
///
/// # Panics
/// When a number is not E.164, or a name or a marker is empty, long, or not safe to print.
pub fn caller(caller: &Caller) {
    let number = caller.number.as_ref().map(crate::domain::PhoneNumber::as_str);
    assert!(number.is_none_or(is_e164), "{number:?} is not E.164");
    assert!(caller.number.is_none() || caller.raw_number.is_none(), "{caller:?}: which of the two?");
    text(caller.raw_number.as_deref(), 200);
    text(caller.name.as_deref(), 200);
}

/// Checks when a message is said to have been left.
///
/// # Panics
/// When that is absurd.
pub fn received(received: Option<Millis>) {
    assert!(received.is_none_or(|at| TIMES_MS.contains(&at.0)), "{received:?}");
}

/// Checks that `text` is nothing, or one line that is safe to print, of at most `most` characters.
///
/// # Panics
/// When it is not.
pub fn text(text: Option<&str>, most: usize) {
    let Some(text) = text else { return };
    assert!(!text.is_empty(), "an empty text");
    assert_eq!(text, one_line(text), "not one clean line");
    assert!(text.chars().count() <= most, "{} characters, not {most}", text.chars().count());
}

/// `+`, and up to fifteen digits of which the first is not 0.
fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}
