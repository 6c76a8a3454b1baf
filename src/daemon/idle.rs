//! Waiting: until the time is over or something has come, with the watchdog fed and what is owed told meanwhile.

use super::{Daemon, Event, Renewal};
use crate::intake::Hints;
use crate::pipeline::{Ear, LineError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// Waits for `wait`, or until a hint (where `hints` are heeded), a renewal or the stop comes; the renewal is the
    /// answer.
    pub(super) async fn idle(
        &mut self,
        wait: Duration,
        hints: Option<&Hints>,
        renewals: &mut mpsc::Receiver<Renewal<E>>,
    ) -> Result<Option<Renewal<E>>, LineError> {
        let hint = async {
            match hints {
                Some(hints) => hints.changed().await,
                None => std::future::pending().await,
            }
        };
        let mut hint = std::pin::pin!(hint);
        let begun = Instant::now();
        loop {
            self.pulse.beat();
            let left = wait.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            let sleep = left.min(self.pulse.longest_sleep()).min(self.reports.due().unwrap_or(left));
            tokio::select! {
                () = self.stop.cancelled() => return Ok(None),
                () = &mut hint => return Ok(None),
                Some(renewal) = renewals.recv() => return Ok(Some(renewal)),
                () = tokio::time::sleep(sleep) => {}
            }
            self.report_if_due()?;
        }
    }
}
