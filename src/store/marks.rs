//! What the owner says a call is, in place of the judge.

use super::error::Fault;
use super::event::{Step, log};
use super::steps::state_of;
use super::{Result, Store, StoreError};
use crate::domain::{CallId, Label, Millis};
use rusqlite::{Connection, OptionalExtension, params};

impl Store {
    /// Marks a call, in place of any earlier mark; the same mark again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotAMark`] for [`Label::Empty`], [`StoreError::NoCall`] for an unknown call.
    pub fn mark(&mut self, id: CallId, label: Label, now: Millis) -> Result<()> {
        if label == Label::Empty {
            return Err(StoreError::NotAMark(label));
        }
        self.write(|tx| {
            state_of(tx, id)?;
            if marked(tx, id)?.as_deref() == Some(label.as_str()) {
                return Ok(());
            }
            undo(tx, id, now)?;
            tx.prepare_cached("INSERT INTO mark (call_id, label, marked_ms) VALUES (?1, ?2, ?3)")?
                .execute(params![id.0, label.as_str(), now.0])?;
            log(tx, id, now, Step::Marked, label.as_str())
        })
    }

    /// Takes a mark back, so that the judge's label counts again. Whether there was one.
    ///
    /// # Errors
    /// [`StoreError::NoCall`] for an unknown call.
    pub fn unmark(&mut self, id: CallId, now: Millis) -> Result<bool> {
        self.write(|tx| {
            state_of(tx, id)?;
            let Some(label) = marked(tx, id)? else {
                return Ok(false);
            };
            undo(tx, id, now)?;
            log(tx, id, now, Step::Unmarked, &label)?;
            Ok(true)
        })
    }
}

/// The mark that counts.
fn marked(tx: &Connection, id: CallId) -> std::result::Result<Option<String>, Fault> {
    Ok(tx
        .prepare_cached("SELECT label FROM mark WHERE call_id = ?1 AND undone_ms IS NULL")?
        .query_row([id.0], |row| row.get(0))
        .optional()?)
}

/// Ends the mark that counts, keeping it as history.
fn undo(tx: &Connection, id: CallId, now: Millis) -> std::result::Result<(), Fault> {
    tx.prepare_cached("UPDATE mark SET undone_ms = ?2 WHERE call_id = ?1 AND undone_ms IS NULL")?
        .execute(params![id.0, now.0])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::StoreError;
    use super::super::testing::{TestStore, found, unreadable};
    use crate::domain::{Call, CallId, CallState, Label, Millis};

    const NOW: Millis = Millis(3_000);

    fn call(home: &TestStore, id: CallId) -> Call {
        home.store.call(id).unwrap().unwrap()
    }

    #[test]
    fn the_owners_word_counts_until_it_is_taken_back() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Filed);
        home.store.mark(id, Label::Spam, NOW).unwrap();
        home.store.mark(id, Label::Spam, NOW).unwrap();
        assert_eq!((call(&home, id).marked, call(&home, id).label()), (Some(Label::Spam), Some(Label::Spam)));
        home.store.mark(id, Label::Review, NOW).unwrap();
        assert_eq!(call(&home, id).marked, Some(Label::Review));
        assert!(home.store.unmark(id, NOW).unwrap());
        assert!(!home.store.unmark(id, NOW).unwrap());
        assert_eq!((call(&home, id).marked, call(&home, id).label()), (None, Some(Label::Lead)));
        assert_eq!(home.steps(id), ["found", "heard", "filed", "marked", "marked", "unmarked"]);
        let kept: i64 = home.store.conn.query_row("SELECT count(*) FROM mark", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 2);
    }

    #[test]
    fn a_call_that_nobody_could_hear_can_be_marked() {
        let mut home = TestStore::new();
        let id = home.store.record_unreadable(&unreadable("/spool/a.wav"), NOW).unwrap().id();
        home.store.mark(id, Label::Lead, NOW).unwrap();
        assert_eq!(call(&home, id).label(), Some(Label::Lead));
    }

    #[test]
    fn the_mark_follows_a_call_that_is_joined_to_another() {
        let mut home = TestStore::new();
        let known = home.add(1);
        let unread = home.store.record_unreadable(&unreadable("/spool/a.wav"), NOW).unwrap().id();
        home.store.mark(unread, Label::Lead, NOW).unwrap();
        let mut again = found(1);
        again.stamp.path = "/spool/a.wav".into();
        home.store.record_found(&again, NOW).unwrap();
        assert_eq!(home.store.call(unread).unwrap(), None);
        assert_eq!(call(&home, known).marked, Some(Label::Lead));
    }

    #[test]
    fn the_marks_of_joined_calls_do_not_collide() {
        let mut home = TestStore::new();
        let known = home.add(1);
        let unread = home.store.record_unreadable(&unreadable("/spool/a.wav"), NOW).unwrap().id();
        home.store.mark(unread, Label::Lead, NOW).unwrap();
        home.store.mark(known, Label::Spam, NOW).unwrap();
        let mut again = found(1);
        again.stamp.path = "/spool/a.wav".into();
        home.store.record_found(&again, NOW).unwrap();
        assert_eq!(call(&home, known).marked, Some(Label::Spam));
    }

    #[test]
    fn only_a_known_call_and_only_an_owners_label() {
        let mut home = TestStore::new();
        let id = home.add(1);
        assert!(matches!(home.store.mark(id, Label::Empty, NOW), Err(StoreError::NotAMark(Label::Empty))));
        assert!(matches!(home.store.mark(CallId(9), Label::Spam, NOW), Err(StoreError::NoCall(CallId(9)))));
        assert!(matches!(home.store.unmark(CallId(9), NOW), Err(StoreError::NoCall(CallId(9)))));
    }
}
