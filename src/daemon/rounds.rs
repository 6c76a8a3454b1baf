//! What is told after each round and each message, at most once a second: the status line, the numbers, being stuck.

use super::metrics::{self, Numbers};
use super::{Daemon, Event, service};
use crate::domain::Millis;
use crate::pipeline::{Ear, LineError};
use std::time::{Duration, Instant};
use tokio::task::block_in_place;

/// The shortest time between two reports.
const PAUSE: Duration = Duration::from_secs(1);

/// How often old words are forgotten.
const FORGETTING: Duration = Duration::from_hours(1);

/// What was told, and what reports need beyond the store.
#[derive(Debug, Default)]
pub(super) struct Reports {
    last: Option<Instant>,
    /// Something has happened since.
    owed: bool,
    is_stuck: bool,
    /// When words were last looked through for what is too old.
    last_forgetting: Option<Instant>,
    /// The last attempt to write the numbers failed.
    is_unwritten: bool,
    pub(super) last_scan: Option<Millis>,
    /// Length of everything that was heard since the start.
    pub(super) heard: Duration,
    /// How long that took.
    pub(super) hearing: Duration,
}

impl Reports {
    /// How long until a report that is owed may be made; `None` when none is.
    pub(super) fn due(&self) -> Option<Duration> {
        let pause = || self.last.map_or(Duration::ZERO, |last| PAUSE.saturating_sub(last.elapsed()));
        self.owed.then(pause)
    }
}

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// Tells what has happened, or notes that it is to be told as soon as a second has gone by.
    pub(super) fn report(&mut self) -> Result<(), LineError> {
        self.reports.owed = true;
        self.report_if_due()
    }

    /// Forgets words that are old enough, once an hour.
    pub(super) fn forget_words(&mut self) -> Result<(), LineError> {
        let Some(kept) = self.intake.watching.words else { return Ok(()) };
        if self.reports.last_forgetting.is_some_and(|last| last.elapsed() < FORGETTING) {
            return Ok(());
        }
        let before = self.line.now().before(kept);
        let forgotten = block_in_place(|| self.line.store().forget_words(before))?;
        if forgotten > 0 {
            (self.observer)(Event::WordsForgotten(forgotten));
        }
        self.reports.last_forgetting = Some(Instant::now());
        Ok(())
    }

    /// Tells what is owed, unless that is too early.
    pub(super) fn report_if_due(&mut self) -> Result<(), LineError> {
        if self.reports.due().is_some_and(|wait| wait.is_zero()) { self.report_now() } else { Ok(()) }
    }

    /// Tells what has happened.
    pub(super) fn report_now(&mut self) -> Result<(), LineError> {
        let now = self.line.now();
        let store = self.line.store();
        let (counts, last_digest) =
            block_in_place(|| Ok::<_, LineError>((store.counts()?, store.last_sent()?)))?;
        let Reports { last_scan, heard, hearing, .. } = self.reports;
        let is_stuck = counts.oldest_waiting.is_some_and(|waiting| waiting.is_stuck(now));
        if is_stuck != self.reports.is_stuck {
            (self.observer)(if is_stuck { Event::Stuck(counts.waiting()) } else { Event::Unstuck });
        }
        service::status(&self.summary, &counts, is_stuck);
        let numbers = Numbers { counts, now, last_digest, last_scan, heard, hearing };
        let written = self.intake.watching.metrics_file.as_deref().map(|file| {
            let written = block_in_place(|| metrics::write(file, &numbers));
            written.map_err(|error| format!("{}: {error}", file.display()))
        });
        let problem = written.and_then(Result::err);
        if let Some(problem) = problem.as_deref().filter(|_| !self.reports.is_unwritten) {
            (self.observer)(Event::Unwritten(problem));
        }
        self.reports.is_unwritten = problem.is_some();
        self.reports.is_stuck = is_stuck;
        self.reports.owed = false;
        self.reports.last = Some(Instant::now());
        Ok(())
    }
}
