//! The queue: which call is to be worked on next, and when.

use super::error::Fault;
use super::event::{Step, log};
use super::row::{SELECT_CALL, call};
use super::steps::state_of;
use super::{Result, Store, StoreError};
use crate::domain::{Call, CallId, CallState, Millis};
use rusqlite::params;

impl Store {
    /// The call to be worked on next: found, heard and not yet judged, or deferred and due at `now`.
    /// The one received first comes first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_due(&self, now: Millis) -> Result<Option<Call>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(&format!(
                "{SELECT_CALL} WHERE state IN ('found', 'heard', 'deferred')
                 AND (state <> 'deferred' OR next_try_ms <= ?1)
                 ORDER BY received_ms, call.id LIMIT 1"
            ))?;
            let mut rows = statement.query([now.0])?;
            rows.next()?.map(|row| call(conn, row)).transpose()
        })
    }

    /// When the first of the deferred calls is due; it may be past.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn next_try(&self) -> Result<Option<Millis>> {
        self.read(|conn| {
            let first: Option<i64> = conn
                .prepare_cached("SELECT min(next_try_ms) FROM call WHERE state = 'deferred'")?
                .query_row([], |row| row.get(0))?;
            Ok(first.map(Millis))
        })
    }

    /// Records that work on a call begins, and answers how often it has begun by now.
    ///
    /// Called before hearing and before judging, so that a message that kills dime itself is noticed after the
    /// restart. A deferred call becomes found again; a heard one stays heard.
    ///
    /// # Errors
    /// [`StoreError::Transition`] for a call that is filed or held, [`StoreError::NoCall`] for none.
    pub fn begin_attempt(&mut self, id: CallId, now: Millis) -> Result<u32> {
        self.write(|tx| {
            match state_of(tx, id)? {
                CallState::Found | CallState::Heard | CallState::Deferred => {}
                from @ (CallState::Filed | CallState::Held) => {
                    return Err(Fault::from(StoreError::Transition { id, from, to: CallState::Heard }));
                }
            }
            let attempts = tx
                .prepare_cached(
                    "UPDATE call SET attempts = attempts + 1, next_try_ms = NULL, problem = '',
                            state = CASE state WHEN 'deferred' THEN 'found' ELSE state END
                     WHERE id = ?1 RETURNING attempts",
                )?
                .query_row(params![id.0], |row| row.get::<_, u32>(0))?;
            log(tx, id, now, Step::Attempt, &attempts.to_string())?;
            Ok(attempts)
        })
    }

    /// Takes the attempt just begun back: it ended for a reason that is not the message's, such as dime being
    /// stopped in good order or a missing model. Answers how many attempts are left on record.
    ///
    /// # Errors
    /// [`StoreError::Transition`] for a call that is not found or heard, [`StoreError::NoCall`] for none.
    pub fn call_off_attempt(&mut self, id: CallId, now: Millis) -> Result<u32> {
        self.write(|tx| {
            let from = state_of(tx, id)?;
            if !matches!(from, CallState::Found | CallState::Heard) {
                return Err(Fault::from(StoreError::Transition { id, from, to: CallState::Found }));
            }
            let attempts = tx
                .prepare_cached(
                    "UPDATE call SET attempts = max(attempts - 1, 0) WHERE id = ?1 RETURNING attempts",
                )?
                .query_row([id.0], |row| row.get::<_, u32>(0))?;
            log(tx, id, now, Step::CalledOff, "")?;
            Ok(attempts)
        })
    }
}

impl Store {
    /// How often hearing the call has failed since it was found, retried or recorded anew. An attempt that was killed
    /// with dime is no failure.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn failures(&self, id: CallId) -> Result<u32> {
        self.read(|conn| {
            let mut count = conn.prepare_cached(
                "SELECT count(*) FROM event WHERE call_id = ?1 AND step = 'deferred' AND id >
                 (SELECT coalesce(max(id), 0) FROM event WHERE call_id = ?1 AND step IN ('retried', 'replaced'))",
            )?;
            Ok(count.query_row([id.0], |row| row.get(0))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::StoreError;
    use super::super::testing::TestStore;
    use crate::domain::{CallId, CallState, Millis};

    fn due(home: &TestStore, now: i64) -> Option<CallId> {
        home.store.next_due(Millis(now)).unwrap().map(|call| call.id)
    }

    #[test]
    fn the_oldest_received_comes_first_whatever_the_order_of_finding() {
        let mut home = TestStore::new();
        let newer = home.add(9);
        let older = home.add(3);
        assert_eq!(due(&home, 0), Some(older));
        home.store.held(older, "broken", Millis(1)).unwrap();
        assert_eq!(due(&home, 0), Some(newer));
    }

    #[test]
    fn received_at_the_same_moment_the_smaller_id_comes_first() {
        let mut home = TestStore::new();
        let mut twin = super::super::testing::found(2);
        twin.received = Millis(1_000);
        let first = home.store.record_found(&twin, Millis(0)).unwrap().id();
        let second = home.add(1);
        assert!(first < second);
        assert_eq!(due(&home, 0), Some(first));
    }

    #[test]
    fn a_deferred_call_waits_for_its_time() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Deferred);
        assert_eq!(home.store.next_try().unwrap(), Some(Millis(5_000)));
        assert_eq!(due(&home, 4_999), None);
        assert_eq!(due(&home, 5_000), Some(id));
        home.store.begin_attempt(id, Millis(5_000)).unwrap();
        assert_eq!(home.store.next_try().unwrap(), None);
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.next_try, call.problem), (CallState::Found, None, None));
    }

    #[test]
    fn next_try_is_the_earliest() {
        let mut home = TestStore::new();
        let (one, two) = (home.add(1), home.add(2));
        home.store.deferred(one, "x", Millis(900), Millis(1)).unwrap();
        home.store.deferred(two, "x", Millis(800), Millis(1)).unwrap();
        assert_eq!(home.store.next_try().unwrap(), Some(Millis(800)));
    }

    #[test]
    fn heard_and_not_judged_is_due_and_filed_and_held_are_not() {
        for (state, is_due) in [
            (CallState::Found, true),
            (CallState::Heard, true),
            (CallState::Filed, false),
            (CallState::Held, false),
        ] {
            let mut home = TestStore::new();
            home.add_in(1, state);
            assert_eq!(due(&home, 10_000).is_some(), is_due, "{state}");
        }
    }

    #[test]
    fn attempts_are_counted_before_the_work_and_survive_a_restart() {
        let mut home = TestStore::new();
        let id = home.add(1);
        assert_eq!(home.store.begin_attempt(id, Millis(1)).unwrap(), 1);
        let dir = home.close();
        let mut store = super::Store::open(dir.path()).unwrap();
        assert_eq!(store.next_due(Millis(2)).unwrap().unwrap().attempts, 1);
        assert_eq!(store.begin_attempt(id, Millis(2)).unwrap(), 2);
    }

    #[test]
    fn a_heard_call_stays_heard_when_work_on_it_begins_again() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Heard);
        assert_eq!(home.store.begin_attempt(id, Millis(1)).unwrap(), 1);
        assert_eq!(home.state(id), CallState::Heard);
    }

    #[test]
    fn no_attempt_begins_on_what_is_done() {
        for state in [CallState::Filed, CallState::Held] {
            let mut home = TestStore::new();
            let id = home.add_in(1, state);
            let steps = home.steps(id);
            let error = home.store.begin_attempt(id, Millis(1)).unwrap_err();
            assert!(matches!(error, StoreError::Transition { from, .. } if from == state), "{error}");
            assert_eq!(home.steps(id), steps);
        }
        let error = TestStore::new().store.begin_attempt(CallId(7), Millis(1)).unwrap_err();
        assert!(matches!(error, StoreError::NoCall(CallId(7))), "{error}");
    }

    #[test]
    fn an_attempt_that_was_called_off_does_not_count() {
        let mut home = TestStore::new();
        let id = home.add(1);
        home.store.begin_attempt(id, Millis(1)).unwrap();
        assert_eq!(home.store.call_off_attempt(id, Millis(2)).unwrap(), 0);
        assert_eq!(home.store.call_off_attempt(id, Millis(2)).unwrap(), 0);
        assert_eq!(home.store.begin_attempt(id, Millis(3)).unwrap(), 1);
        home.store.held(id, "broken", Millis(4)).unwrap();
        home.store.call_off_attempt(id, Millis(5)).unwrap_err();
    }

    #[test]
    fn an_attempt_that_was_killed_is_no_failure() {
        let mut home = TestStore::new();
        let id = home.add(1);
        for _ in 0..3 {
            home.store.begin_attempt(id, Millis(1)).unwrap();
        }
        assert_eq!(home.store.failures(id).unwrap(), 0);
        home.store.deferred(id, "busy", Millis(5), Millis(2)).unwrap();
        assert_eq!(home.store.failures(id).unwrap(), 1);
        home.store.retry(id, Millis(3)).unwrap();
        assert_eq!(home.store.failures(id).unwrap(), 0);
    }
}
