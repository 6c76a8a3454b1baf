//! Which calls the next letter tells of, and which letters have gone out.

use super::calls::list;
use super::error::Fault;
use super::{Result, Store};
use crate::domain::{Call, Millis};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A letter that is planned or sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRecord {
    /// Its number, never used twice.
    pub id: i64,
    /// When it was planned.
    pub planned: Millis,
    /// How often sending it failed.
    pub tries: u32,
    /// Why the last try failed; empty before.
    pub problem: String,
    /// When a mail server took it.
    pub sent: Option<Millis>,
}

impl Store {
    /// The calls filed or held since the last letter that was sent: held ones first, then the newest received.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn untold(&self) -> Result<Vec<Call>> {
        self.read(|conn| told(conn, i64::MAX))
    }

    /// The letter to be sent now and the calls it tells of: one that is planned and not sent, else a new one.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn plan_digest(&mut self, now: Millis) -> Result<(DigestRecord, Vec<Call>)> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO digest (upto_event, planned_ms)
                 SELECT (SELECT coalesce(max(id), 0) FROM event), ?1
                 WHERE NOT EXISTS (SELECT 1 FROM digest WHERE sent_ms IS NULL)",
                [now.0],
            )?;
            let (planned, upto) = tx.query_row(
                "SELECT id, planned_ms, tries, problem, sent_ms, upto_event FROM digest WHERE sent_ms IS NULL",
                [],
                |row| Ok((record(row)?, row.get("upto_event")?)),
            )?;
            Ok((planned, told(tx, upto)?))
        })
    }

    /// Records that a mail server has taken the letter.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn digest_sent(&mut self, id: i64, now: Millis) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE digest SET sent_ms = ?2 WHERE id = ?1 AND sent_ms IS NULL",
                params![id, now.0],
            )?;
            Ok(())
        })
    }

    /// Records that sending the letter failed.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn digest_failed(&mut self, id: i64, problem: &str) -> Result<()> {
        self.write(|tx| {
            tx.execute(
                "UPDATE digest SET tries = tries + 1, problem = ?2 WHERE id = ?1",
                params![id, problem],
            )?;
            Ok(())
        })
    }

    /// The newest letter, planned or sent; `None` before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_digest(&self) -> Result<Option<DigestRecord>> {
        self.read(|conn| {
            let newest = conn
                .prepare_cached(
                    "SELECT id, planned_ms, tries, problem, sent_ms FROM digest ORDER BY id DESC LIMIT 1",
                )?
                .query_row([], record)
                .optional()?;
            Ok(newest)
        })
    }

    /// When a mail server last took a letter; `None` before the first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_sent(&self) -> Result<Option<Millis>> {
        self.read(|conn| {
            let sent: Option<i64> =
                conn.prepare_cached("SELECT max(sent_ms) FROM digest")?.query_row([], |row| row.get(0))?;
            Ok(sent.map(Millis))
        })
    }

    /// What tells this installation from every other: twelve hexadecimal digits, which never change.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn installation(&self) -> Result<String> {
        self.read(|conn| Ok(conn.query_row("SELECT id FROM installation", [], |row| row.get(0))?))
    }
}

/// The calls that were filed or held after the last letter that was sent, up to the step `upto`. The numbers of
/// steps tell, not clocks, which may be set back.
fn told(conn: &Connection, upto: i64) -> std::result::Result<Vec<Call>, Fault> {
    list(
        conn,
        "WHERE state IN ('filed', 'held') AND call.id IN (
             SELECT call_id FROM event
             WHERE id > (SELECT coalesce(max(upto_event), 0) FROM digest WHERE sent_ms IS NOT NULL) AND id <= ?1
               AND step IN ('filed', 'held', 'unreadable'))
         ORDER BY state = 'held' DESC, received_ms DESC, call.id DESC",
        vec![upto.into()],
    )
}

fn record(row: &Row<'_>) -> rusqlite::Result<DigestRecord> {
    Ok(DigestRecord {
        id: row.get("id")?,
        planned: Millis(row.get("planned_ms")?),
        tries: row.get("tries")?,
        problem: row.get("problem")?,
        sent: row.get::<_, Option<i64>>("sent_ms")?.map(Millis),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::super::testing::TestStore;
    use crate::domain::{Call, CallState, Label, Millis};

    fn ids(calls: &[Call]) -> Vec<i64> {
        calls.iter().map(|call| call.id.0).collect()
    }

    #[test]
    fn a_letter_tells_of_everything_since_the_last_one_sent() {
        let mut home = TestStore::new();
        let filed = home.add_in(1, CallState::Filed);
        let held = home.add_in(2, CallState::Held);
        home.add_in(3, CallState::Found);
        assert_eq!(ids(&home.store.untold().unwrap()), [held.0, filed.0]);
        let (first, told) = home.store.plan_digest(Millis(10)).unwrap();
        assert_eq!(ids(&told), [held.0, filed.0]);
        home.store.digest_sent(first.id, Millis(11)).unwrap();
        assert!(home.store.untold().unwrap().is_empty());
        // The clock is set back: what comes is told all the same.
        let late = home.add_in(4, CallState::Filed);
        let (second, told) = home.store.plan_digest(Millis(5)).unwrap();
        assert!(second.id > first.id);
        assert_eq!(ids(&told), [late.0]);
    }

    #[test]
    fn a_letter_that_is_not_sent_stays_the_same_one_whatever_comes() {
        let mut home = TestStore::new();
        home.add_in(1, CallState::Filed);
        let (planned, told) = home.store.plan_digest(Millis(10)).unwrap();
        home.store.digest_failed(planned.id, "no answer").unwrap();
        let late = home.add_in(2, CallState::Filed);
        let (again, told_again) = home.store.plan_digest(Millis(20)).unwrap();
        assert_eq!((again.id, again.planned, again.tries), (planned.id, Millis(10), 1));
        assert_eq!(again.problem, "no answer");
        assert_eq!(ids(&told_again), ids(&told));
        home.store.digest_sent(again.id, Millis(21)).unwrap();
        assert_eq!(home.store.last_digest().unwrap().unwrap().sent, Some(Millis(21)));
        assert_eq!(ids(&home.store.plan_digest(Millis(22)).unwrap().1), [late.0]);
        assert_eq!(home.store.last_sent().unwrap(), Some(Millis(21)), "the newest is not sent");
    }

    #[test]
    fn a_call_that_is_marked_meanwhile_is_told_by_its_new_label_and_only_once() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Filed);
        let (planned, _) = home.store.plan_digest(Millis(10)).unwrap();
        home.store.mark(id, Label::Spam, Millis(11)).unwrap();
        let (_, told) = home.store.plan_digest(Millis(12)).unwrap();
        assert_eq!(told[0].label(), Some(Label::Spam));
        home.store.digest_sent(planned.id, Millis(13)).unwrap();
        home.store.unmark(id, Millis(14)).unwrap();
        assert!(home.store.untold().unwrap().is_empty(), "a mark is no news to the owner");
    }

    #[test]
    fn no_two_installations_are_called_the_same() {
        let (one, other) = (TestStore::new(), TestStore::new());
        let id = one.store.installation().unwrap();
        assert!(id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert_ne!(id, other.store.installation().unwrap());
        let dir = one.close();
        assert_eq!(Store::open(dir.path()).unwrap().installation().unwrap(), id);
    }

    #[test]
    fn a_held_message_that_is_heard_later_is_told_again() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Held);
        let (planned, _) = home.store.plan_digest(Millis(10)).unwrap();
        home.store.digest_sent(planned.id, Millis(11)).unwrap();
        home.store.retry(id, Millis(12)).unwrap();
        home.store.held(id, "still broken", Millis(13)).unwrap();
        assert_eq!(ids(&home.store.untold().unwrap()), [id.0]);
    }
}
