//! When a message that could not be heard is tried again, and when it is given up.

use std::time::Duration;

/// Waits after the first, second, … failure. A recogniser that died needs seconds, a share that is away needs
/// minutes, an administrator needs an hour. After the last one the message is held for the owner.
const WAITS: [Duration; 4] =
    [Duration::from_secs(30), Duration::from_mins(2), Duration::from_mins(10), Duration::from_hours(1)];

/// Attempts after which a message is held even though none of them failed: each time dime itself was
/// stopped while hearing it, and it may be the message that does it.
const TOO_MANY: u32 = 12;

/// How long to wait after failure number `failure` (from 1); `None` to give up.
pub(super) fn wait_after(failure: u32) -> Option<Duration> {
    let index = usize::try_from(failure.checked_sub(1)?).ok()?;
    WAITS.get(index).copied()
}

/// Whether a message was begun so often without an end that it must not be begun again.
pub(super) const fn is_suspect(attempts: u32) -> bool {
    attempts >= TOO_MANY
}

#[cfg(test)]
mod tests {
    use super::wait_after;

    #[test]
    fn waits_grow_and_end() {
        let waits: Vec<_> = (1..).map_while(wait_after).collect();
        assert_eq!(waits.len(), 4);
        assert!(waits.is_sorted());
        assert_eq!(wait_after(0), None);
    }
}
