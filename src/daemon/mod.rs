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
use crate::intake::{Folder, Hints};
use crate::judge::Judge;
use crate::pipeline::{Ear, Line, LineError, Outcome};
use intake::{Intake, News, WhileHearing};
use rounds::Reports;
use service::Pulse;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::block_in_place;
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
    /// Whether dime's own copies of recordings stay when their calls are filed.
    pub audio_copies: bool,
    /// How long the words of filed calls are kept; `None` for ever.
    pub words: Option<Duration>,
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
    intake: Intake,
    observer: O,
    summary: Summary,
    stop: CancellationToken,
    pulse: Pulse,
    reports: Reports,
}

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// A daemon that tells `observer` what happens, until `stop` is cancelled.
    #[must_use]
    pub fn new(mut line: Line<E>, watching: Watching, stop: CancellationToken, observer: O) -> Self {
        line.store().keep_copies(watching.audio_copies);
        Self {
            line,
            intake: Intake::new(watching, stop.clone()),
            observer,
            summary: Summary::default(),
            stop,
            pulse: Pulse::of_process(),
            reports: Reports::default(),
        }
    }

    /// Works until it is stopped, even in mid-message: that one is begun again next time. What comes through `renewals`
    /// takes effect between two messages.
    ///
    /// # Errors
    /// [`LineError`] when no call at all can go on.
    pub async fn watch(mut self, mut renewals: mpsc::Receiver<Renewal<E>>) -> Result<(), LineError> {
        block_in_place(|| self.line.store().tidy_copies())?;
        let mut hints = hints(&self.intake.watching);
        service::ready();
        let mut renewal = None;
        while !self.stop.is_cancelled() {
            if let Some(new) = renewal.take().or_else(|| renewals.try_recv().ok()) {
                self.renew(new);
                hints = self::hints(&self.intake.watching);
            }
            hints.renew();
            self.take_in()?;
            while self.work_one(Some(&hints)).await? && !self.is_scan_due(&hints) && renewals.is_empty() {}
            self.forget_words()?;
            self.report()?;
            if !self.intake.owed {
                let wait = self.wait()?;
                renewal = self.idle(wait, Some(&hints), &mut renewals).await?;
            }
            if renewal.is_none() {
                renewal = self.idle(self.intake.pause(), None, &mut renewals).await?;
            }
        }
        service::stopping();
        Ok(())
    }

    fn renew(&mut self, new: Renewal<E>) {
        self.line.renew(new.judge, new.ear);
        self.line.store().keep_copies(new.watching.audio_copies);
        self.intake = Intake::new(new.watching, self.stop.clone());
        (self.observer)(Event::Renewed);
    }

    /// Deals with what is there now, waiting for files that are still settling, and returns what was done.
    ///
    /// A file that goes on growing for ten times the settling time is left for the next run.
    ///
    /// # Errors
    /// [`LineError`] when no call at all can go on.
    pub async fn once(mut self) -> Result<Summary, LineError> {
        block_in_place(|| self.line.store().tidy_copies())?;
        let patience = self.intake.watching.settle * 10;
        let mut idle_since = Instant::now();
        loop {
            self.take_in()?;
            let mut worked = false;
            while self.work_one(None).await? {
                worked = true;
            }
            self.report()?;
            if worked {
                idle_since = Instant::now();
            }
            let growing = self.intake.growing;
            if self.stop.is_cancelled() || growing == 0 || idle_since.elapsed() > patience {
                self.forget_words()?;
                self.report_now()?;
                self.summary.growing = growing;
                self.summary.unread_folders = self.intake.troubled.len();
                self.summary.stopped = self.stop.is_cancelled();
                return Ok(self.summary);
            }
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(self.intake.watching.settle / 2) => {}
            }
        }
    }

    /// Scans the folders and records everything new.
    fn take_in(&mut self) -> Result<(), LineError> {
        let now = self.line.now();
        let (store, pulse) = (self.line.store(), &self.pulse);
        let news = block_in_place(|| self.intake.take_in(store, now, pulse))?;
        self.tell(news);
        Ok(())
    }

    /// Tells what a scan has found.
    fn tell(&mut self, news: Vec<News>) {
        self.reports.last_scan = Some(self.line.now());
        for news in news {
            match news {
                News::Found(new) => (self.observer)(Event::Found(new)),
                News::FolderProblem(problem) => (self.observer)(Event::FolderProblem(&problem)),
                News::Unreadable(file) => {
                    self.summary.held += 1;
                    (self.observer)(Event::Unreadable(&file));
                }
            }
        }
    }

    /// Whether the folders are to be read before the next message is heard.
    fn is_scan_due(&self, hints: &Hints) -> bool {
        self.intake.owed || hints.pending() || self.intake.wait().is_zero()
    }

    /// Takes the next call that is due as far as it goes; `false` when there is none, or when stopped.
    async fn work_one(&mut self, hints: Option<&Hints>) -> Result<bool, LineError> {
        if self.stop.is_cancelled() {
            return Ok(false);
        }
        let now = self.line.now();
        let Some(call) = block_in_place(|| self.line.store().next_due(now))? else {
            return Ok(false);
        };
        (self.observer)(Event::Started(&call));
        let begun = Instant::now();
        let mut sound = Duration::ZERO;
        let (observer, pulse) = (&mut self.observer, &self.pulse);
        let mut on_step = |step| {
            if let HearingStep::Decoded { audio_ms } = step {
                sound = Duration::from_millis(audio_ms);
            }
            pulse.beat();
            observer(Event::Step(step));
        };
        let mut meanwhile = WhileHearing { intake: &mut self.intake, hints, pulse, news: Vec::new() };
        let outcome = tokio::select! {
            () = self.stop.cancelled() => None,
            outcome = self.line.work(call.clone(), &mut on_step, &mut meanwhile) => Some(outcome?),
        };
        let news = meanwhile.news;
        if !news.is_empty() {
            self.tell(news);
        }
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

    /// How long to sleep: until the next scan or a deferred call, whichever comes first.
    fn wait(&mut self) -> Result<Duration, LineError> {
        let wait = self.intake.wait();
        let now = self.line.now();
        let Some(Millis(at)) = block_in_place(|| self.line.store().next_try())? else {
            return Ok(wait);
        };
        let until = u64::try_from(at.saturating_sub(now.0)).unwrap_or(0);
        Ok(wait.min(Duration::from_millis(until)))
    }
}

fn hints(watching: &Watching) -> Hints {
    Hints::new(watching.folders.iter().map(|folder| (folder.path.clone(), folder.recursive)).collect())
}
