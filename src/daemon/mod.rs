//! The loop that never ends: look for new recordings, take each through the pipeline, wait for a hint.

mod intake;
mod report;
mod service;

pub use report::{Event, Summary};

use crate::domain::{FileStamp, Millis};
use crate::intake::{Folder, Hints, Scanner};
use crate::pipeline::{Ear, Line, LineError};
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What the daemon watches and how patiently.
#[derive(Debug, Clone)]
pub struct Watching {
    /// The folders.
    pub folders: Vec<Folder>,
    /// A file is complete when left alone for so long.
    pub settle: Duration,
    /// The longest time between two scans.
    pub rescan: Duration,
    /// The largest recording that is taken, in bytes.
    pub max_bytes: u64,
    /// ISO 3166 country of numbers without a country code.
    pub country: String,
}

/// Watches folders and works through what they hold.
pub struct Daemon<E, O> {
    line: Line<E>,
    scanner: Scanner,
    watching: Watching,
    observer: O,
    summary: Summary,
    growing: usize,
    /// Folders that could not be read at the last scan, so that each trouble is told once.
    troubled: Vec<PathBuf>,
    /// E-mails without a message in them, so that each is read once.
    nothing: HashSet<FileStamp>,
}

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// A daemon that tells `observer` what happens.
    #[must_use]
    pub fn new(line: Line<E>, watching: Watching, observer: O) -> Self {
        let folders = watching.folders.clone();
        let scanner = Scanner::new(folders, watching.settle, watching.max_bytes, watching.country.clone());
        Self {
            line,
            scanner,
            watching,
            observer,
            summary: Summary::default(),
            growing: 0,
            troubled: Vec::new(),
            nothing: HashSet::new(),
        }
    }

    /// Works until `stop` is cancelled, even in mid-message: that one is begun again next time.
    ///
    /// # Errors
    /// [`LineError`] when no call at all can go on.
    pub async fn watch(mut self, stop: &CancellationToken) -> Result<(), LineError> {
        let folders = self.watching.folders.iter();
        let mut hints = Hints::new(folders.map(|folder| (folder.path.clone(), folder.recursive)).collect());
        service::ready();
        while !stop.is_cancelled() {
            let scanned = Instant::now();
            hints.renew();
            self.take_in(stop)?;
            while self.work_one(stop).await? && !hints.pending() && scanned.elapsed() < self.watching.rescan {
            }
            service::status(&self.summary);
            let wait = self.wait(scanned)?;
            tokio::select! {
                () = stop.cancelled() => {}
                () = hints.changed() => {}
                () = tokio::time::sleep(wait) => {}
            }
            // A recording in the making gives a hint with every write: not a scan for each.
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep((self.watching.settle / 2).saturating_sub(scanned.elapsed())) => {}
            }
        }
        service::stopping();
        Ok(())
    }

    /// Deals with what is there now, waiting for files that are still settling, and returns what was done.
    ///
    /// A file that goes on growing for ten times the settling time is left for the next run.
    ///
    /// # Errors
    /// [`LineError`] when no call at all can go on.
    pub async fn once(mut self, stop: &CancellationToken) -> Result<Summary, LineError> {
        let patience = self.watching.settle * 10;
        let mut idle_since = Instant::now();
        loop {
            self.take_in(stop)?;
            let mut worked = false;
            while self.work_one(stop).await? {
                worked = true;
            }
            if worked {
                idle_since = Instant::now();
            }
            if stop.is_cancelled() || self.growing == 0 || idle_since.elapsed() > patience {
                self.summary.growing = self.growing;
                self.summary.unread_folders = self.troubled.len();
                self.summary.stopped = stop.is_cancelled();
                return Ok(self.summary);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(self.watching.settle / 2) => {}
            }
        }
    }

    /// Takes the next call that is due as far as it goes; `false` when there is none, or when stopped.
    async fn work_one(&mut self, stop: &CancellationToken) -> Result<bool, LineError> {
        if stop.is_cancelled() {
            return Ok(false);
        }
        let now = self.line.now();
        let Some(call) = tokio::task::block_in_place(|| self.line.store().next_due(now))? else {
            return Ok(false);
        };
        (self.observer)(Event::Started(&call));
        let observer = &mut self.observer;
        let mut on_step = |step| observer(Event::Step(step));
        let outcome = tokio::select! {
            () = stop.cancelled() => None,
            outcome = self.line.work(call.clone(), &mut on_step) => Some(outcome?),
        };
        let Some(outcome) = outcome else {
            self.line.call_off()?;
            return Ok(false);
        };
        self.summary.count(&outcome);
        (self.observer)(Event::Finished(&call, &outcome));
        Ok(true)
    }

    /// How long to sleep: until the next scan, a settling file or a deferred call, whichever comes first.
    fn wait(&mut self, scanned: Instant) -> Result<Duration, LineError> {
        let mut wait = self.watching.rescan.saturating_sub(scanned.elapsed());
        if self.growing > 0 {
            wait = wait.min(self.watching.settle / 2);
        }
        let now = self.line.now();
        if let Some(Millis(at)) = tokio::task::block_in_place(|| self.line.store().next_try())? {
            let until = u64::try_from(at.saturating_sub(now.0)).unwrap_or(0);
            wait = wait.min(Duration::from_millis(until));
        }
        Ok(wait)
    }
}
