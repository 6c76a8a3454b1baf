//! How many calls there are of each kind, how long the queue has waited, and whether the file is sound.

use super::{Result, Store, StoreError};
use crate::domain::{CallId, Millis};
use rusqlite::OptionalExtension;
use serde::Serialize;
use std::time::Duration;

/// A message that waits longer than this to be heard is stuck.
const TOO_LONG: Duration = Duration::from_hours(1);

/// Numbers for `doctor` and the service's status line: calls in each state, and calls with each label
/// (the owner's, else the judge's; none before a call is judged or marked).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Complete recordings not yet heard.
    pub found: u64,
    /// Heard, not yet judged.
    pub heard: u64,
    /// Done.
    pub filed: u64,
    /// To be tried again.
    pub deferred: u64,
    /// Given up, for the owner to see.
    pub held: u64,
    /// Worth calling back.
    pub lead: u64,
    /// For the owner to decide.
    pub review: u64,
    /// Pitches.
    pub spam: u64,
    /// Messages in which nobody speaks.
    pub empty: u64,
    /// The waiting call that was found first.
    pub oldest_waiting: Option<Waiting>,
}

/// A call that is still to be heard or judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The call.
    pub id: CallId,
    /// When the message was left.
    pub received: Millis,
    /// When dime first saw it: the wait that dime answers for.
    pub found: Millis,
}

impl Waiting {
    /// Whether it has waited for too long at `now`.
    #[must_use]
    pub fn is_stuck(&self, now: Millis) -> bool {
        self.found.after(TOO_LONG) < now
    }
}

impl Counts {
    /// How many calls are still to be heard or judged.
    #[must_use]
    pub const fn waiting(&self) -> u64 {
        self.found + self.heard + self.deferred
    }
}

impl Store {
    /// Counts the calls.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn counts(&self) -> Result<Counts> {
        self.read(|conn| {
            let counts = conn.prepare_cached(COUNT)?.query_row([], |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
                Ok(Counts {
                    found: count("found")?,
                    heard: count("heard")?,
                    filed: count("filed")?,
                    deferred: count("deferred")?,
                    held: count("held")?,
                    lead: count("lead")?,
                    review: count("review")?,
                    spam: count("spam")?,
                    empty: count("empty")?,
                    oldest_waiting: None,
                })
            })?;
            let oldest_waiting = conn
                .prepare_cached(
                    "SELECT id, received_ms, found_ms FROM call WHERE state IN ('found', 'heard', 'deferred')
                     ORDER BY found_ms, received_ms, id LIMIT 1",
                )?
                .query_row([], |row| {
                    Ok(Waiting {
                        id: CallId(row.get(0)?),
                        received: Millis(row.get(1)?),
                        found: Millis(row.get(2)?),
                    })
                })
                .optional()?;
            Ok(Counts { oldest_waiting, ..counts })
        })
    }

    /// What is wrong with the database file, a line each; empty when it is sound.
    ///
    /// # Errors
    /// When the database cannot be read for another reason than damage.
    pub fn integrity(&self) -> Result<Vec<String>> {
        let check = self.read(|conn| {
            let mut statement = conn.prepare("PRAGMA quick_check")?;
            let lines =
                statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
            Ok(lines)
        });
        match check {
            // Too damaged even to be checked.
            Err(StoreError::Corrupt { detail, .. }) => Ok(vec![detail]),
            Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
            Err(error) => Err(error),
        }
    }
}

/// Every number of [`Counts`], in one pass.
const COUNT: &str = "
    SELECT count(*) FILTER (WHERE state = 'found') AS found,
           count(*) FILTER (WHERE state = 'heard') AS heard,
           count(*) FILTER (WHERE state = 'filed') AS filed,
           count(*) FILTER (WHERE state = 'deferred') AS deferred,
           count(*) FILTER (WHERE state = 'held') AS held,
           count(*) FILTER (WHERE counts = 'lead') AS lead,
           count(*) FILTER (WHERE counts = 'review') AS review,
           count(*) FILTER (WHERE counts = 'spam') AS spam,
           count(*) FILTER (WHERE counts = 'empty') AS empty
    FROM (SELECT state, coalesce(mark.label, verdict.label) AS counts FROM call
          LEFT JOIN verdict ON verdict.call_id = call.id
          LEFT JOIN mark ON mark.call_id = call.id AND mark.undone_ms IS NULL)";

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, unreadable};
    use super::{Counts, Waiting};
    use crate::domain::{CallId, CallState, Label, Millis};

    #[test]
    fn an_empty_house_counts_nothing() {
        assert_eq!(TestStore::new().store.counts().unwrap(), Counts::default());
    }

    #[test]
    fn every_call_counts_once_by_state_and_by_the_label_that_counts() {
        let mut home = TestStore::new();
        home.add_in(9, CallState::Filed);
        let corrected = home.add_in(8, CallState::Filed);
        home.store.mark(corrected, Label::Spam, Millis(3)).unwrap();
        home.add_in(7, CallState::Found);
        home.add_in(6, CallState::Heard);
        home.add_in(5, CallState::Deferred);
        home.add_in(4, CallState::Held);
        home.store.record_unreadable(&unreadable("/spool/broken.wav"), Millis(4)).unwrap();
        let counts = home.store.counts().unwrap();
        let oldest = Waiting { id: CallId(5), received: Millis(5_000), found: Millis(1_000) };
        assert_eq!(
            counts,
            Counts {
                found: 1,
                heard: 1,
                filed: 2,
                deferred: 1,
                held: 2,
                lead: 1,
                review: 0,
                spam: 1,
                empty: 0,
                oldest_waiting: Some(oldest),
            }
        );
    }

    #[test]
    fn a_sound_file_has_no_problems() {
        let mut home = TestStore::new();
        home.add(1);
        assert_eq!(home.store.integrity().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn damage_inside_the_file_is_reported_not_an_error() {
        let mut home = TestStore::new();
        for n in 0..200 {
            home.add(n);
        }
        let dir = home.close();
        let path = dir.path().join("dime.db");
        let mut bytes = std::fs::read(&path).unwrap();
        // Page 1 holds the schema and stays; the pages after it are overwritten.
        bytes[8_192..40_960].fill(0x5a);
        std::fs::write(&path, bytes).unwrap();
        let store = super::Store::open_read_only(dir.path()).unwrap();
        assert!(!store.integrity().unwrap().is_empty());
    }
}
