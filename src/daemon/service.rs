//! What systemd is told, where it listens.

use super::Summary;
use sd_notify::NotifyState;

/// Ready for work.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// What was done so far.
pub(super) fn status(summary: &Summary) {
    let Summary { lead, review, spam, empty, deferred, held, .. } = summary;
    let status = format!(
        "since start: {lead} lead, {review} review, {spam} spam, {empty} empty; {deferred} deferred, {held} held"
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
