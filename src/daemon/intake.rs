//! From the folders into the store.

use super::{Daemon, Event};
use crate::domain::{FileStamp, Millis, Unreadable};
use crate::intake::{NotYet, identify};
use crate::pipeline::{Ear, LineError};
use crate::store::Recorded;
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

/// So many recordings are recorded in one transaction.
const BATCH: usize = 200;

impl<E: Ear, O: FnMut(Event<'_>) + Send> Daemon<E, O> {
    /// Scans the folders and records everything new, or what there is time for when stopped.
    pub(super) fn take_in(&mut self, stop: &CancellationToken) -> Result<(), LineError> {
        let (store, pulse) = (self.line.store(), &mut self.pulse);
        let scan = block_in_place(|| {
            self.scanner.scan(|stamp| {
                pulse.beat();
                // When stopped, nothing more is of interest.
                if stop.is_cancelled() { Ok(true) } else { store.is_known(stamp) }
            })
        })?;
        self.pulse.beat();
        self.reports.last_scan = Some(self.line.now());
        self.growing = scan.growing.len();
        for problem in scan.problems.iter().filter(|problem| !self.troubled.contains(&problem.path)) {
            (self.observer)(Event::FolderProblem(problem));
        }
        self.troubled = scan.problems.iter().map(|problem| problem.path.clone()).collect();
        let mut added = 0;
        for file in scan.unreadable.iter().take_while(|_| !stop.is_cancelled()) {
            self.pulse.beat();
            added += self.take_unreadable(file)?;
        }
        for stamps in scan.ready.chunks(BATCH) {
            added += self.take_batch(stamps, stop)?;
        }
        if added > 0 {
            (self.observer)(Event::Found(added));
        }
        Ok(())
    }

    fn take_batch(&mut self, stamps: &[FileStamp], stop: &CancellationToken) -> Result<usize, LineError> {
        let now = self.line.now();
        let country = self.watching.country.clone();
        let mut unreadable = Vec::new();
        let mut found = Vec::with_capacity(stamps.len());
        for stamp in stamps {
            if stop.is_cancelled() {
                break;
            }
            self.pulse.beat();
            match block_in_place(|| identify(stamp, &country)) {
                Ok(recording) => found.push(recording),
                Err(NotYet::Changing) => self.growing += 1,
                Err(NotYet::Unreadable(file)) => unreadable.push(file),
            }
        }
        let recorded = block_in_place(|| self.line.store().record_batch(&found, now))?;
        let mut added = recorded.iter().filter(|recorded| is_new(recorded)).count();
        for file in unreadable {
            added += self.take_unreadable(&file)?;
        }
        Ok(added)
    }

    fn take_unreadable(&mut self, file: &Unreadable) -> Result<usize, LineError> {
        let now: Millis = self.line.now();
        let recorded = block_in_place(|| self.line.store().record_unreadable(file, now))?;
        if !is_new(&recorded) {
            return Ok(0);
        }
        self.summary.held += 1;
        (self.observer)(Event::Unreadable(file));
        Ok(1)
    }
}

const fn is_new(recorded: &Recorded) -> bool {
    matches!(recorded, Recorded::New(_))
}
