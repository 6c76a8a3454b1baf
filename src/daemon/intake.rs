//! From the folders into the store.

use super::{Daemon, Event, Watching};
use crate::domain::{FileStamp, Millis, Unreadable};
use crate::intake::{Arrival, Desk, Identified, NotYet, identify};
use crate::pipeline::{Ear, LineError};
use crate::store::{Recorded, Store};
use std::collections::HashSet;
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

/// So many recordings are recorded in one transaction.
const BATCH: usize = 200;

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// Scans the folders and records everything new, or what there is time for when stopped.
    pub(super) fn take_in(&mut self, stop: &CancellationToken) -> Result<(), LineError> {
        let now = self.line.now();
        let store = self.line.store();
        let mut counter = Counter {
            store,
            watching: &self.watching,
            observer: &mut self.observer,
            stop,
            now,
            batch: Vec::new(),
            nothing: &self.nothing,
            still_nothing: HashSet::new(),
            added: 0,
            held: 0,
            changing: 0,
        };
        let scan = block_in_place(|| {
            let scan = self.scanner.scan(&mut counter);
            counter.record()?;
            scan
        });
        let Counter { added, held, changing, still_nothing, .. } = counter;
        self.summary.held += held;
        if added > 0 {
            (self.observer)(Event::Found(added));
        }
        let scan = match scan {
            Err(Interruption::Stopped) => return Ok(()),
            Err(Interruption::Failed(error)) => return Err(error),
            Ok(scan) => scan,
        };
        self.nothing = still_nothing;
        self.growing = scan.growing + changing;
        for problem in scan.problems.iter().filter(|problem| !self.troubled.contains(&problem.path)) {
            (self.observer)(Event::FolderProblem(problem));
        }
        self.troubled = scan.problems.into_iter().map(|problem| problem.path).collect();
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
struct Counter<'a, O> {
    store: &'a mut Store,
    watching: &'a Watching,
    observer: &'a mut O,
    stop: &'a CancellationToken,
    now: Millis,
    batch: Vec<Arrival>,
    /// What the last scan read and found no message in.
    nothing: &'a HashSet<FileStamp>,
    /// The same of this scan.
    still_nothing: HashSet<FileStamp>,
    /// New calls.
    added: usize,
    /// Of those, held ones.
    held: usize,
    /// Messages that changed while they were read.
    changing: usize,
}

impl<O: FnMut(Event<'_>)> Desk for Counter<'_, O> {
    type Error = Interruption;

    fn is_known(&mut self, stamp: &FileStamp) -> Result<bool, Interruption> {
        if self.stop.is_cancelled() {
            return Err(Interruption::Stopped);
        }
        if self.nothing.contains(stamp) {
            self.still_nothing.insert(stamp.clone());
            return Ok(true);
        }
        Ok(self.store.is_known(stamp)?)
    }

    fn arrived(&mut self, arrival: Arrival) -> Result<(), Interruption> {
        self.batch.push(arrival);
        if self.batch.len() < BATCH { Ok(()) } else { self.record() }
    }

    fn unreadable(&mut self, file: Unreadable) -> Result<(), Interruption> {
        let recorded = self.store.record_unreadable(&file, self.now)?;
        if matches!(recorded, Recorded::New(_)) {
            self.added += 1;
            self.held += 1;
            (self.observer)(Event::Unreadable(&file));
        }
        Ok(())
    }
}

impl<O: FnMut(Event<'_>)> Counter<'_, O> {
    /// Reads the arrivals of the batch and records them.
    fn record(&mut self) -> Result<(), Interruption> {
        let mut found = Vec::with_capacity(self.batch.len());
        for arrival in std::mem::take(&mut self.batch) {
            if self.stop.is_cancelled() {
                break;
            }
            match self.identify(&arrival)? {
                Ok(identified) => found.push(identified.found),
                Err(NotYet::Changing) => self.changing += 1,
                Err(NotYet::Unreadable(file)) => self.unreadable(*file)?,
                Err(NotYet::NoMessage) => drop(self.still_nothing.insert(arrival.recording().clone())),
            }
        }
        for (found, recorded) in found.iter().zip(self.store.record_batch(&found, self.now)?) {
            match recorded {
                Recorded::New(_) => self.added += 1,
                // Perhaps filed long ago.
                Recorded::Known(_) => self.store.drop_copy(&found.audio_sha256)?,
                Recorded::Forgotten => {
                    self.store.drop_copy(&found.audio_sha256)?;
                    self.still_nothing.insert(found.stamp.clone());
                }
            }
        }
        Ok(())
    }

    /// Reads `arrival`, and keeps a copy of its sound where it may be gone before it is heard. The copy is there
    /// before the call is: after a kill in between it is one too many, never one too few.
    fn identify(&mut self, arrival: &Arrival) -> Result<Result<Identified, NotYet>, Interruption> {
        let Watching { country, max_bytes, .. } = self.watching;
        let mut draft =
            if arrival.is_fleeting() || self.store.keeps_copies() { Some(self.store.draft()?) } else { None };
        let copy = draft.as_mut().map(|draft| draft.file() as &mut dyn std::io::Write);
        let identified = identify(arrival, country, *max_bytes, copy)
            .map_err(|source| LineError::Store(self.store.cannot_copy(source)))?;
        if let (Ok(Identified { found, ending }), Some(draft)) = (&identified, draft) {
            self.store.keep(draft, &found.audio_sha256, ending)?;
        }
        Ok(identified)
    }
}
