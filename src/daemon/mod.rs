//! The loop that never ends: look for new recordings, take each through the pipeline, wait for a hint.

mod idle;
mod intake;
mod metrics;
mod report;
mod rounds;
mod service;

pub use report::{Event, Summary};
pub use service::{reloaded, reloading};

use crate::domain::{HearingStep, Millis};
use crate::intake::{Folder, Hints, Scanner};
use crate::judge::Judge;
use crate::pipeline::{Ear, Line, LineError, Outcome};
use rounds::Reports;
use service::Pulse;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
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
    /// Where the service's numbers are written; nowhere when absent.
    pub metrics_file: Option<PathBuf>,
}

/// What the owner has changed, for a daemon that runs.
#[derive(Debug)]
pub struct Renewal<E> {
    /// Judges from now on.
    pub judge: Judge,
    /// Hears from now on; `None`: the one that does so already.
    pub ear: Option<E>,
    /// What is watched from now on.
    pub watching: Watching,
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
    pulse: Pulse,
    reports: Reports,
}

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// A daemon that tells `observer` what happens.
    #[must_use]
    pub fn new(line: Line<E>, watching: Watching, observer: O) -> Self {
        Self {
            line,
            scanner: scanner(&watching),
            watching,
            observer,
            summary: Summary::default(),
            growing: 0,
            troubled: Vec::new(),
            pulse: Pulse::of_process(),
            reports: Reports::default(),
        }
    }

    /// Works until `stop` is cancelled, even in mid-message: that one is begun again next time. What comes through
    /// `renewals` takes effect between two messages.
    ///
    /// # Errors
    /// [`LineError`] when no call at all can go on.
    pub async fn watch(
        mut self,
        stop: &CancellationToken,
        mut renewals: mpsc::Receiver<Renewal<E>>,
    ) -> Result<(), LineError> {
        let mut hints = hints(&self.watching);
        service::ready();
        let mut renewal = None;
        while !stop.is_cancelled() {
            if let Some(new) = renewal.take().or_else(|| renewals.try_recv().ok()) {
                self.renew(new);
                hints = self::hints(&self.watching);
            }
            let scanned = Instant::now();
            hints.renew();
            self.take_in(stop)?;
            while self.work_one(stop).await?
                && !hints.pending()
                && renewals.is_empty()
                && scanned.elapsed() < self.watching.rescan
            {}
            self.report()?;
            let wait = self.wait(scanned)?;
            renewal = self.idle(wait, Some(&hints), &mut renewals, stop).await?;
            if renewal.is_none() {
                // A recording in the making gives a hint with every write: not a scan for each.
                let wait = (self.watching.settle / 2).saturating_sub(scanned.elapsed());
                renewal = self.idle(wait, None, &mut renewals, stop).await?;
            }
        }
        service::stopping();
        Ok(())
    }

    fn renew(&mut self, new: Renewal<E>) {
        self.line.renew(new.judge, new.ear);
        self.scanner = scanner(&new.watching);
        self.watching = new.watching;
        (self.observer)(Event::Renewed);
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
            self.report()?;
            if worked {
                idle_since = Instant::now();
            }
            if stop.is_cancelled() || self.growing == 0 || idle_since.elapsed() > patience {
                self.report_now()?;
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
        let begun = Instant::now();
        let mut sound = Duration::ZERO;
        let (observer, pulse) = (&mut self.observer, &mut self.pulse);
        let mut on_step = |step| {
            if let HearingStep::Decoded { audio_ms } = step {
                sound = Duration::from_millis(audio_ms);
            }
            pulse.beat();
            observer(Event::Step(step));
        };
        let outcome = tokio::select! {
            () = stop.cancelled() => None,
            outcome = self.line.work(call.clone(), &mut on_step) => Some(outcome?),
        };
        let Some(outcome) = outcome else {
            self.line.call_off()?;
            return Ok(false);
        };
        self.pulse.beat();
        self.summary.count(&outcome);
        if matches!(outcome, Outcome::Filed(_)) && !sound.is_zero() {
            self.reports.heard += sound;
            self.reports.hearing += begun.elapsed();
        }
        (self.observer)(Event::Finished(&call, &outcome));
        self.report()?;
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

fn scanner(watching: &Watching) -> Scanner {
    Scanner::new(watching.folders.clone(), watching.settle, watching.max_bytes)
}

fn hints(watching: &Watching) -> Hints {
    Hints::new(watching.folders.iter().map(|folder| (folder.path.clone(), folder.recursive)).collect())
}
