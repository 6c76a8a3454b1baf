//! Files that look like recordings and cannot be read: held for the owner, never dropped.

use super::error::Fault;
use super::event::{Step, log};
use super::forget::is_forgotten_path;
use super::intake::Recorded;
use super::row::{CallerColumns, Text};
use super::seen::{bytes, forget, shown};
use super::{Result, Store};
use crate::domain::{CallId, CallState, Found, Millis, Unreadable};
use rusqlite::{Connection, OptionalExtension, params};

/// A call that was never readable, as far as it matters here.
pub(super) struct Unread {
    /// The call.
    pub(super) id: CallId,
    /// How far it has come.
    state: CallState,
    /// What it is held for.
    problem: String,
    /// The number of its caller, as stored.
    caller_number: String,
}

impl Store {
    /// Records a file that cannot be read, as a held call. Its identity is the path.
    ///
    /// Seen again with the same problem, nothing happens; with another one, that is recorded. While the
    /// owner has it tried again, it is left alone. It stays when the file vanishes.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_unreadable(&mut self, file: &Unreadable, now: Millis) -> Result<Recorded> {
        self.write(|tx| {
            if is_forgotten_path(tx, &file.path)? {
                return Ok(Recorded::Forgotten);
            }
            // Whatever was read there before has to be read again once it can be.
            forget(tx, &file.path)?;
            let Some(known) = at_path(tx, bytes(&file.path))? else {
                return Ok(Recorded::New(insert(tx, file, now)?));
            };
            if known.state == CallState::Held && known.problem != file.problem {
                tx.prepare_cached("UPDATE call SET problem = ?2 WHERE id = ?1")?
                    .execute(params![known.id.0, file.problem])?;
                log(tx, known.id, now, Step::Unreadable, &file.problem)?;
            }
            Ok(Recorded::Known(known.id))
        })
    }
}

/// The unreadable call that `found` proves to be readable after all.
///
/// None when the two have different callers: phone systems renumber their files, so another message may
/// have taken the path, and the one that could not be read stays held.
pub(super) fn superseded_by(tx: &Connection, found: &Found) -> std::result::Result<Option<Unread>, Fault> {
    let unread = at_path(tx, bytes(&found.stamp.path))?;
    let number = CallerColumns::from(&found.told.caller).number;
    Ok(unread.filter(|unread| {
        unread.caller_number == number || unread.caller_number.is_empty() || number.is_empty()
    }))
}

/// Makes the unreadable call the one that was found, of which nothing is told yet.
pub(super) fn now_readable(
    tx: &Connection,
    unread: &Unread,
    found: &Found,
    now: Millis,
) -> std::result::Result<CallId, Fault> {
    tx.prepare_cached("UPDATE call SET audio_sha256 = ?2, ending = ?3, received_ms = ?4 WHERE id = ?1")?
        .execute(params![unread.id.0, found.audio_sha256, found.ending, found.received.0])?;
    // A retry may have got it heard in the meantime: then it has come further, and stays there.
    tx.prepare_cached(
        "UPDATE call SET state = 'found', problem = '', next_try_ms = NULL, attempts = 0
         WHERE id = ?1 AND state IN ('held', 'deferred')",
    )?
    .execute([unread.id.0])?;
    log(tx, unread.id, now, Step::Found, &shown(&found.stamp.path))?;
    Ok(unread.id)
}

/// Joins the unreadable call `from` to the known call `into` that it proved to be.
pub(super) fn join(
    tx: &Connection,
    from: CallId,
    into: CallId,
    now: Millis,
) -> std::result::Result<(), Fault> {
    // What the owner said of it stays said, unless the known call has a word of its own.
    tx.prepare_cached(
        "UPDATE mark SET undone_ms = ?3 WHERE call_id = ?1 AND undone_ms IS NULL
         AND EXISTS (SELECT 1 FROM mark WHERE call_id = ?2 AND undone_ms IS NULL)",
    )?
    .execute(params![from.0, into.0, now.0])?;
    tx.prepare_cached("UPDATE mark SET call_id = ?2 WHERE call_id = ?1")?.execute([from.0, into.0])?;
    tx.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([from.0])?;
    log(tx, from, now, Step::Joined, &format!("is call {into}"))?;
    log(tx, into, now, Step::Joined, &format!("call {from}, which could not be read, is this one"))
}

/// The call that was never readable at `path`.
fn at_path(tx: &Connection, path: &[u8]) -> std::result::Result<Option<Unread>, Fault> {
    let unread = tx
        .prepare_cached(
            "SELECT id, state, problem, caller_number FROM call WHERE audio_sha256 IS NULL AND path = ?1",
        )?
        .query_row([path], |row| {
            Ok(Unread {
                id: CallId(row.get("id")?),
                state: row.get::<_, Text<CallState>>("state")?.0,
                problem: row.get("problem")?,
                caller_number: row.get("caller_number")?,
            })
        })
        .optional()?;
    Ok(unread)
}

/// Records a new held call.
fn insert(tx: &Connection, file: &Unreadable, now: Millis) -> std::result::Result<CallId, Fault> {
    let caller = CallerColumns::from(&file.caller);
    let id = tx
        .prepare_cached(
            "INSERT INTO call (path, caller_number, caller_raw, caller_name, caller_folded,
                               received_ms, found_ms, state, problem)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'held', ?8)",
        )?
        .insert(params![
            bytes(&file.path),
            caller.number,
            caller.raw,
            caller.name,
            caller.folded,
            file.received.0,
            now.0,
            file.problem
        ])?;
    log(tx, CallId(id), now, Step::Unreadable, &file.problem)?;
    Ok(CallId(id))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, caller, found, heard, unreadable, verdict};
    use super::Recorded;
    use crate::domain::{CallId, CallState, Label, Millis, Unreadable};

    const NOW: Millis = Millis(1_000);
    const PATH: &str = "/spool/msg0001.wav";

    /// Records an unreadable file where recording 1 will lie.
    fn unread(home: &mut TestStore) -> CallId {
        let recorded = home.store.record_unreadable(&unreadable(PATH), NOW).unwrap();
        assert!(matches!(recorded, Recorded::New(_)));
        recorded.id()
    }

    #[test]
    fn it_is_held_once_and_for_its_latest_problem() {
        let mut home = TestStore::new();
        let id = unread(&mut home);
        assert_eq!(home.store.record_unreadable(&unreadable(PATH), NOW).unwrap(), Recorded::Known(id));
        assert_eq!(home.steps(id), ["unreadable"]);
        let worse = Unreadable { problem: "no permission".to_owned(), ..unreadable(PATH) };
        home.store.record_unreadable(&worse, NOW).unwrap();
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.problem.as_deref()), (CallState::Held, Some("no permission")));
        assert_eq!((call.audio_sha256, call.received), (None, Millis(7_000)));
        assert_eq!(home.steps(id), ["unreadable", "unreadable"]);
    }

    #[test]
    fn once_readable_it_is_found_under_the_same_number() {
        let mut home = TestStore::new();
        let id = unread(&mut home);
        assert_eq!(home.store.record_found(&found(1), NOW).unwrap(), Recorded::New(id));
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.problem), (CallState::Found, None));
        assert_eq!((call.caller, call.received), (found(1).told.caller, found(1).received));
        assert_eq!(call.audio_sha256, Some(found(1).audio_sha256));
        assert!(home.store.is_known(&found(1).stamp).unwrap());
        assert_eq!(home.store.record_found(&found(1), NOW).unwrap(), Recorded::Known(id));
    }

    #[test]
    fn when_it_proves_to_be_a_known_call_it_is_joined_to_that() {
        let mut home = TestStore::new();
        let mut elsewhere = found(1);
        elsewhere.stamp.path = "/spool/Old/msg0000.wav".into();
        let known = home.store.record_found(&elsewhere, NOW).unwrap().id();
        let id = unread(&mut home);
        assert_eq!(home.store.record_found(&found(1), NOW).unwrap(), Recorded::Known(known));
        assert_eq!(home.store.call(id).unwrap(), None);
        assert_eq!(home.steps(known), ["found", "joined"]);
        assert_eq!(home.steps(id), ["unreadable", "joined"]);
        assert_eq!(home.store.counts().unwrap().held, 0);
    }

    #[test]
    fn a_number_is_never_used_twice() {
        let mut home = TestStore::new();
        home.add(2);
        let id = unread(&mut home);
        let mut again = found(2);
        again.stamp.path = PATH.into();
        home.store.record_found(&again, NOW).unwrap();
        assert!(home.add(3) > id);
    }

    #[test]
    fn another_callers_message_that_took_the_path_does_not_take_its_place() {
        let mut home = TestStore::new();
        let file = Unreadable { caller: caller("+12065550142"), ..unreadable(PATH) };
        let id = home.store.record_unreadable(&file, NOW).unwrap().id();
        let recorded = home.store.record_found(&found(1), NOW).unwrap();
        assert!(matches!(recorded, Recorded::New(new) if new != id));
        assert_eq!(home.state(id), CallState::Held);
    }

    #[test]
    fn a_known_recording_that_becomes_unreadable_is_shown_and_read_again() {
        let mut home = TestStore::new();
        let known = home.add_in(1, CallState::Filed);
        let held = unread(&mut home);
        assert_ne!(known, held);
        assert_eq!(home.state(known), CallState::Filed);
        assert!(!home.store.is_known(&found(1).stamp).unwrap());
        assert_eq!(home.store.record_found(&found(1), NOW).unwrap(), Recorded::Known(known));
        assert_eq!(home.store.call(held).unwrap(), None);
    }

    #[test]
    fn the_owners_retry_is_not_undone_by_the_next_scan() {
        let mut home = TestStore::new();
        let id = unread(&mut home);
        home.store.retry(id, NOW).unwrap();
        home.store.record_unreadable(&unreadable(PATH), NOW).unwrap();
        assert_eq!(home.state(id), CallState::Found);
    }

    #[test]
    fn what_a_retry_got_heard_and_filed_is_not_done_twice() {
        let mut home = TestStore::new();
        let id = unread(&mut home);
        home.store.retry(id, NOW).unwrap();
        home.store.heard(id, &heard("hello"), NOW).unwrap();
        home.store.filed(id, &verdict(Label::Lead), NOW).unwrap();
        home.store.record_found(&found(1), NOW).unwrap();
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.audio_sha256), (CallState::Filed, Some(found(1).audio_sha256)));
    }
}
