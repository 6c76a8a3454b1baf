//! What systemd is told, where it listens.

use super::Summary;
use crate::store::Counts;
use sd_notify::NotifyState;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Feeds systemd's watchdog, where there is one. Whoever has done a piece of work calls [`Pulse::beat`]; nothing else
/// does, so that a service in which nothing moves any more is started again.
#[derive(Debug)]
pub(super) struct Pulse {
    /// The longest time between two beats; `None`: nobody listens.
    every: Option<Duration>,
    start: Instant,
    /// Milliseconds from the start to the last beat; 0 before the first.
    last_ms: AtomicU64,
}

impl Pulse {
    /// As the environment says.
    pub(super) fn of_process() -> Self {
        let every = sd_notify::watchdog_enabled().map(|patience| patience / 3);
        Self { every, start: Instant::now(), last_ms: AtomicU64::new(0) }
    }

    /// Work has advanced. More beats than anybody needs are left out.
    pub(super) fn beat(&self) {
        let Some(every) = self.every else { return };
        let now = self.start.elapsed();
        let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
        if last.is_zero() || now.saturating_sub(last) >= every / 4 {
            // The first millisecond counts as the second: 0 is before the first beat.
            let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX).max(1);
            self.last_ms.store(now, Ordering::Relaxed);
            tell(&[NotifyState::Watchdog]);
        }
    }

    /// The longest that an idle service may sleep before the next beat.
    pub(super) fn longest_sleep(&self) -> Duration {
        self.every.unwrap_or(Duration::MAX)
    }
}

/// Ready for work.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is being read anew.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "no clock to tell systemd the time by"),
    }
}

/// It was read, whether it was good or not.
pub fn reloaded() {
    ready();
}

/// What was done so far, how many wait, and whether one of them has waited for too long.
pub(super) fn status(summary: &Summary, counts: &Counts, is_stuck: bool) {
    let Summary { lead, review, spam, empty, deferred, held, .. } = summary;
    let waiting = counts.waiting();
    let stuck = if is_stuck { "stuck: " } else { "" };
    let status = format!(
        "{stuck}{waiting} waiting; since start: {lead} lead, {review} review, {spam} spam, {empty} empty; \
         {deferred} deferred, {held} held"
    );
    tell(&[NotifyState::Status(&status)]);
}

/// Going down.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
