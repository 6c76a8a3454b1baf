//! Records what intake found: one call for each recording, wherever and however often it lies.

use super::error::Fault;
use super::event::{Step, log};
use super::row::CallerColumns;
use super::seen::{bytes, remember, shown};
use super::{Result, Store, unreadable};
use crate::domain::{CallId, Found, Millis};
use rusqlite::{Connection, OptionalExtension, params};

/// What recording a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A message not recorded before (or until now only as a file that cannot be read).
    New(CallId),
    /// A message known already.
    Known(CallId),
}

impl Recorded {
    /// The call, new or not.
    #[must_use]
    pub const fn id(self) -> CallId {
        match self {
            Self::New(id) | Self::Known(id) => id,
        }
    }
}

impl Store {
    /// Records a complete recording.
    ///
    /// Its identity is the SHA-256 of its sound with the telephone system's id, never the path. Of a known
    /// one only the path and the stamp are brought up to date; it is not heard again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_found(&mut self, found: &Found, now: Millis) -> Result<Recorded> {
        self.write(|tx| record(tx, found, now))
    }

    /// Records many in one transaction, in order, answering in that order: all of them or, on an error, none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_batch(&mut self, found: &[Found], now: Millis) -> Result<Vec<Recorded>> {
        self.write(|tx| found.iter().map(|found| record(tx, found, now)).collect())
    }
}

/// [`Store::record_found`] within a transaction.
fn record(tx: &Connection, found: &Found, now: Millis) -> std::result::Result<Recorded, Fault> {
    let unreadable = unreadable::superseded_by(tx, found)?;
    let recorded = if let Some(id) = known(tx, found, now)? {
        move_to(tx, id, found)?;
        if let Some(other) = unreadable {
            unreadable::join(tx, other.id, id, now)?;
        }
        Recorded::Known(id)
    } else if let Some(other) = unreadable {
        unreadable::now_readable(tx, &other, found, now)?;
        Recorded::New(other.id)
    } else {
        Recorded::New(insert(tx, found, now)?)
    };
    remember(tx, &found.stamp, recorded.id())?;
    Ok(recorded)
}

/// The call with the identity of `found`.
fn known(tx: &Connection, found: &Found, now: Millis) -> std::result::Result<Option<CallId>, Fault> {
    let message_id = found.message_id.as_deref().unwrap_or_default();
    let id = tx
        .prepare_cached("SELECT id FROM call WHERE audio_sha256 = ?1 AND message_id = ?2")?
        .query_row(params![found.audio_sha256, message_id], |row| row.get(0).map(CallId))
        .optional()?;
    if id.is_some() || message_id.is_empty() {
        return Ok(id);
    }
    // Asterisk adds the id to a message that has none when the mailbox is first opened. The same sound,
    // caller and moment under an id that was missing before is that message, not another.
    let caller = CallerColumns::from(&found.caller);
    let id = tx
        .prepare_cached(
            "SELECT id FROM call WHERE audio_sha256 = ?1 AND message_id = ''
             AND received_ms = ?2 AND caller_number = ?3 AND caller_raw = ?4",
        )?
        .query_row(params![found.audio_sha256, found.received.0, caller.number, caller.raw], |row| {
            row.get(0).map(CallId)
        })
        .optional()?;
    if let Some(id) = id {
        tx.prepare_cached("UPDATE call SET message_id = ?2 WHERE id = ?1")?
            .execute(params![id.0, message_id])?;
        log(tx, id, now, Step::Identified, message_id)?;
    }
    Ok(id)
}

/// Records where a known call lies now.
fn move_to(tx: &Connection, id: CallId, found: &Found) -> std::result::Result<(), Fault> {
    tx.prepare_cached("UPDATE call SET path = ?2 WHERE id = ?1 AND path <> ?2")?
        .execute(params![id.0, bytes(&found.stamp.path)])?;
    Ok(())
}

/// Records a new call.
fn insert(tx: &Connection, found: &Found, now: Millis) -> std::result::Result<CallId, Fault> {
    let caller = CallerColumns::from(&found.caller);
    let id = tx
        .prepare_cached(
            "INSERT INTO call (audio_sha256, message_id, path, caller_number, caller_raw, caller_name,
                               caller_folded, received_ms, found_ms, state)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'found')",
        )?
        .insert(params![
            found.audio_sha256,
            found.message_id.as_deref().unwrap_or_default(),
            bytes(&found.stamp.path),
            caller.number,
            caller.raw,
            caller.name,
            caller.folded,
            found.received.0,
            now.0
        ])?;
    log(tx, CallId(id), now, Step::Found, &shown(&found.stamp.path))?;
    Ok(CallId(id))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, found, stamp};
    use super::{Recorded, Store};
    use crate::domain::{CallState, Found, Millis};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    const NOW: Millis = Millis(1_000);
    const LATER: Millis = Millis(2_000);

    fn at(path: &str, found: Found) -> Found {
        Found { stamp: stamp(path, 77), ..found }
    }

    #[test]
    fn recording_the_same_again_changes_nothing() {
        let mut home = TestStore::new();
        let first = home.store.record_found(&found(1), NOW).unwrap();
        let Recorded::New(id) = first else { panic!("{first:?}") };
        let before = home.store.call(id).unwrap();
        assert_eq!(home.store.record_found(&found(1), LATER).unwrap(), Recorded::Known(id));
        assert_eq!(home.store.call(id).unwrap(), before);
        assert_eq!(home.steps(id), ["found"]);
    }

    #[test]
    fn a_filed_call_seen_elsewhere_is_not_worked_on_again() {
        let mut home = TestStore::new();
        let id = home.add_in(1, CallState::Filed);
        let moved = at("/spool/Old/msg0000.wav", found(1));
        assert_eq!(home.store.record_found(&moved, LATER).unwrap(), Recorded::Known(id));
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.path), (CallState::Filed, moved.stamp.path.clone()));
        assert!(home.store.is_known(&moved.stamp).unwrap());
        assert!(home.store.next_due(LATER).unwrap().is_none());
    }

    #[test]
    fn a_duplicate_in_two_paths_is_one_call_and_both_are_known() {
        let mut home = TestStore::new();
        let copy = at("/spool/copy.wav", found(1));
        let recorded = home.store.record_batch(&[found(1), copy.clone()], NOW).unwrap();
        assert_eq!(recorded[0].id(), recorded[1].id());
        assert!(home.store.is_known(&found(1).stamp).unwrap() && home.store.is_known(&copy.stamp).unwrap());
        let paths = home.store.paths(recorded[0].id()).unwrap();
        assert_eq!(paths, [copy.stamp.path, found(1).stamp.path]);
    }

    #[test]
    fn two_files_that_swap_names_keep_their_identities() {
        let mut home = TestStore::new();
        let (one, two) = (home.add(1), home.add(2));
        let (path_one, path_two) = (found(1).stamp.path, found(2).stamp.path);
        let swapped = [
            Found { stamp: stamp(path_two.to_str().unwrap(), 1), ..found(1) },
            Found { stamp: stamp(path_one.to_str().unwrap(), 2), ..found(2) },
        ];
        let recorded = home.store.record_batch(&swapped, LATER).unwrap();
        assert_eq!(recorded, [Recorded::Known(one), Recorded::Known(two)]);
        assert_eq!(home.store.call(one).unwrap().unwrap().path, path_two);
        assert_eq!(home.store.call(two).unwrap().unwrap().path, path_one);
        assert!(!home.store.is_known(&found(1).stamp).unwrap());
        assert!(home.store.is_known(&swapped[1].stamp).unwrap());
    }

    #[test]
    fn the_same_sound_under_two_ids_is_two_calls() {
        let mut home = TestStore::new();
        let with = |id: &str| Found { message_id: Some(id.to_owned()), ..found(1) };
        let one = home.store.record_found(&with("1-a"), NOW).unwrap();
        let two = home.store.record_found(&at("/spool/b.wav", with("1-b")), NOW).unwrap();
        assert!(matches!(two, Recorded::New(_)));
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn an_id_that_is_added_later_does_not_make_a_second_call() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let with_id = at("/spool/msg0000.wav", Found { message_id: Some("1-a".to_owned()), ..found(1) });
        assert_eq!(home.store.record_found(&with_id, LATER).unwrap(), Recorded::Known(id));
        assert_eq!(home.store.record_found(&with_id, LATER).unwrap(), Recorded::Known(id));
        assert_eq!(home.steps(id), ["found", "identified"]);
        // Left at another moment, it is another message that sounds the same.
        let other = Found { message_id: Some("2-b".to_owned()), received: Millis(5), ..found(1) };
        assert!(matches!(home.store.record_found(&other, LATER).unwrap(), Recorded::New(_)));
    }

    #[test]
    fn a_path_that_is_not_utf8_and_the_largest_numbers_come_back() {
        let mut home = TestStore::new();
        let mut odd = found(1);
        odd.stamp.path = OsStr::from_bytes(b"/spool/caf\xe9/\xff\n.wav").into();
        odd.stamp.inode = u64::MAX;
        odd.stamp.device = u64::MAX - 1;
        odd.stamp.modified_ns = i64::MIN;
        let id = home.store.record_found(&odd, NOW).unwrap().id();
        let dir = home.close();
        let store = Store::open(dir.path()).unwrap();
        let call = store.call(id).unwrap().unwrap();
        assert_eq!(call.path, odd.stamp.path);
        assert_eq!((call.caller, call.received, call.found), (odd.caller.clone(), odd.received, NOW));
        assert_eq!(call.audio_sha256.as_deref(), Some(odd.audio_sha256.as_str()));
        assert!(store.is_known(&odd.stamp).unwrap());
        odd.stamp.inode = 0;
        assert!(!store.is_known(&odd.stamp).unwrap());
    }

    #[test]
    fn a_batch_is_recorded_whole_or_not_at_all() {
        let mut home = TestStore::new();
        home.store
            .conn
            .execute_batch(
                "CREATE TEMP TRIGGER refuse BEFORE INSERT ON call WHEN new.received_ms = 3000
                 BEGIN SELECT RAISE(ABORT, 'refused'); END",
            )
            .unwrap();
        home.store.record_batch(&[found(1), found(2), found(3)], NOW).unwrap_err();
        assert!(!home.store.is_known(&found(1).stamp).unwrap());
        assert_eq!(home.store.counts().unwrap().found, 0);
        home.store.record_batch(&[found(1), found(2)], NOW).unwrap();
        assert_eq!(home.store.counts().unwrap().found, 2);
    }
}
