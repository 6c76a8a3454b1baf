//! From the folders into the store.

use super::Watching;
use super::service::Pulse;
use crate::domain::{FileStamp, Found, Millis, Unreadable};
use crate::intake::{Arrival, Desk, Fleeting, FolderProblem, Hints, NotYet, Scanner, identify};
use crate::pipeline::{LineError, Meanwhile};
use crate::store::{Recorded, Store};
use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// So many recordings are recorded in one transaction.
const BATCH: usize = 200;

/// The shortest time between two scans: files come one after the other, and hints with each.
const PAUSE: Duration = Duration::from_millis(20);

/// Scans take no more than a fifth of the time.
const SHARE: u32 = 4;

/// A folder that cannot be read is tried again after so many settling times.
const FOLDER_BACK: u32 = 5;

/// Something that was found.
#[derive(Debug)]
pub(super) enum News {
    /// So many new messages.
    Found(usize),
    /// A file that looks like a recording cannot be read; it is held.
    Unreadable(Unreadable),
    /// A folder cannot be read now.
    FolderProblem(FolderProblem),
}

/// Reads the folders and records what is new.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) watching: Watching,
    scanner: Scanner,
    /// How many messages are not complete yet.
    pub(super) growing: usize,
    /// Folders that could not be read at the last scan, so that each trouble is told once.
    pub(super) troubled: Vec<PathBuf>,
    /// E-mails without a message in them, and forgotten messages, so that each is read once.
    nothing: HashSet<FileStamp>,
    /// When the last scan began, and how long it took.
    last: Option<(Instant, Duration)>,
    /// A hint was used up, and no scan has followed yet.
    pub(super) owed: bool,
    stop: CancellationToken,
}

impl Intake {
    /// Ends a scan early when `stop` is cancelled.
    pub(super) fn new(watching: Watching, stop: CancellationToken) -> Self {
        let Watching { folders, settle, max_bytes, country, .. } = &watching;
        Self {
            scanner: Scanner::new(folders.clone(), *settle, *max_bytes, country.clone()),
            watching,
            growing: 0,
            troubled: Vec::new(),
            nothing: HashSet::new(),
            last: None,
            owed: false,
            stop,
        }
    }

    /// Scans the folders and records everything new, or what there is time for when stopped. Blocks.
    pub(super) fn take_in(
        &mut self,
        store: &mut Store,
        now: Millis,
        pulse: &Pulse,
    ) -> Result<Vec<News>, LineError> {
        let begun = Instant::now();
        self.owed = false;
        let (watching, stop, nothing) = (&self.watching, &self.stop, &self.nothing);
        let (batch, still_nothing, news) = (Vec::new(), HashSet::new(), Vec::new());
        let mut counter = Counter {
            store,
            watching,
            stop,
            now,
            pulse,
            batch,
            nothing,
            still_nothing,
            news,
            added: 0,
            changing: 0,
            copied: 0,
        };
        let scan = self.scanner.scan(&mut counter).and_then(|scan| counter.record().map(|()| scan));
        let Counter { mut news, added, changing, still_nothing, .. } = counter;
        self.last = Some((begun, begun.elapsed()));
        if added > 0 {
            news.push(News::Found(added));
        }
        match scan {
            Err(Interruption::Failed(error)) => return Err(error),
            Err(Interruption::Stopped) => {}
            Ok(scan) => {
                self.nothing = still_nothing;
                self.growing = scan.growing + changing;
                let (old, new): (Vec<_>, Vec<_>) =
                    scan.problems.into_iter().partition(|problem| self.troubled.contains(&problem.path));
                self.troubled = old.iter().chain(&new).map(|problem| problem.path.clone()).collect();
                news.extend(new.into_iter().map(News::FolderProblem));
            }
        }
        Ok(news)
    }

    /// How long until the next scan, hints apart: until a growing message may be complete, else until the folders
    /// are to be read anew in any case.
    pub(super) fn wait(&self) -> Duration {
        let since = self.last.map_or(Duration::MAX, |(begun, _)| begun.elapsed());
        let Watching { settle, rescan, .. } = self.watching;
        let every = match (self.growing, self.troubled.is_empty()) {
            (1.., _) => settle / 2,
            // No hint tells that a folder is back.
            (0, false) => settle * FOLDER_BACK,
            (0, true) => rescan,
        };
        every.min(rescan).saturating_sub(since)
    }

    /// How long a hint has to wait: files come one after the other.
    pub(super) fn pause(&self) -> Duration {
        let since_end = |(begun, took): (Instant, Duration)| begun.elapsed().saturating_sub(took);
        self.last.map_or(Duration::ZERO, |last| PAUSE.max(last.1 * SHARE).saturating_sub(since_end(last)))
    }
}

/// Takes in what comes while a message is heard.
pub(super) struct WhileHearing<'a> {
    pub(super) intake: &'a mut Intake,
    /// Without hints, what comes is taken in afterwards.
    pub(super) hints: Option<&'a Hints>,
    pub(super) pulse: &'a Pulse,
    pub(super) news: Vec<News>,
}

impl Meanwhile for WhileHearing<'_> {
    async fn due(&mut self) {
        let Some(hints) = self.hints else { return std::future::pending().await };
        if !self.intake.owed {
            tokio::select! {
                () = hints.changed() => {}
                () = tokio::time::sleep(self.intake.wait()) => {}
            }
            self.intake.owed = true;
        }
        tokio::time::sleep(self.intake.pause()).await;
    }

    fn act(&mut self, store: &mut Store, now: Millis) -> Result<(), LineError> {
        self.news.extend(self.intake.take_in(store, now, self.pulse)?);
        Ok(())
    }
}

/// Why a scan ends early.
enum Interruption {
    Stopped,
    Failed(LineError),
}

impl<E: Into<LineError>> From<E> for Interruption {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Where arrivals are taken in.
struct Counter<'a> {
    store: &'a mut Store,
    watching: &'a Watching,
    stop: &'a CancellationToken,
    now: Millis,
    pulse: &'a Pulse,
    batch: Vec<Arrival>,
    /// What the last scan read and found no message in.
    nothing: &'a HashSet<FileStamp>,
    /// The same of this scan.
    still_nothing: HashSet<FileStamp>,
    news: Vec<News>,
    /// New calls.
    added: usize,
    /// Messages that changed while they were read.
    changing: usize,
    /// Copies that were made. Where many come at once, nothing is deleted at once.
    copied: usize,
}

impl Desk for Counter<'_> {
    type Error = Interruption;

    fn is_known(&mut self, stamp: &FileStamp) -> Result<bool, Interruption> {
        self.pulse.beat();
        if self.stop.is_cancelled() {
            return Err(Interruption::Stopped);
        }
        if self.nothing.contains(stamp) {
            self.still_nothing.insert(stamp.clone());
            return Ok(true);
        }
        Ok(self.store.is_known(stamp)?)
    }

    fn is_told(&mut self, stamp: &FileStamp) -> Result<bool, Interruption> {
        Ok(self.nothing.contains(stamp) || self.store.is_told(stamp)?)
    }

    fn arrived(&mut self, arrival: Arrival) -> Result<(), Interruption> {
        self.batch.push(arrival);
        if self.batch.len() < BATCH { Ok(()) } else { self.record() }
    }

    fn unreadable(&mut self, file: Unreadable) -> Result<(), Interruption> {
        if matches!(self.store.record_unreadable(&file, self.now)?, Recorded::New(_)) {
            self.added += 1;
            self.news.push(News::Unreadable(file));
        }
        Ok(())
    }
}

impl Counter<'_> {
    /// Reads the arrivals of the batch and records them.
    fn record(&mut self) -> Result<(), Interruption> {
        let mut found = Vec::with_capacity(self.batch.len());
        for arrival in std::mem::take(&mut self.batch) {
            self.pulse.beat();
            if self.stop.is_cancelled() {
                break;
            }
            match self.identify(&arrival)? {
                Ok(message) => found.push(message),
                Err(NotYet::Changing) => self.changing += 1,
                Err(NotYet::Unreadable(file)) => self.unreadable(*file)?,
                Err(NotYet::NoMessage) => drop(self.still_nothing.insert(arrival.recording().clone())),
            }
        }
        for (found, recorded) in found.iter().zip(self.store.record_batch(&found, self.now)?) {
            match recorded {
                Recorded::New(_) => self.added += 1,
                // Perhaps filed long ago.
                Recorded::Known(_) => self.store.drop_copy(&found.audio_sha256, &found.ending)?,
                Recorded::Forgotten => {
                    self.store.drop_copy(&found.audio_sha256, &found.ending)?;
                    self.still_nothing.extend(found.beside.iter().chain([&found.stamp]).cloned());
                }
            }
        }
        Ok(())
    }

    /// Reads `arrival`, and keeps a copy of its sound where it may be gone before it is heard. The copy is there
    /// before the call is: after a kill in between it is one too many, never one too few.
    fn identify(&mut self, arrival: &Arrival) -> Result<Result<Found, NotYet>, Interruption> {
        let Watching { country, max_bytes, .. } = self.watching;
        let is_copied = match arrival.fleeting() {
            Fleeting::Yes => true,
            Fleeting::Perhaps => self.copied < BATCH || self.store.keeps_copies(),
            Fleeting::No => self.store.keeps_copies(),
        };
        let mut draft = is_copied.then(|| self.store.draft()).transpose()?;
        let copy = draft.as_mut().map(|draft| draft.file() as &mut dyn Write);
        let found = identify(arrival, country, *max_bytes, copy)
            .map_err(|source| LineError::Store(self.store.cannot_copy(source)))?;
        if let (Ok(found), Some(draft)) = (&found, draft) {
            self.store.keep(draft, found)?;
            self.copied += 1;
        }
        Ok(found)
    }
}
