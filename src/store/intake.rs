//! Records what intake found: one call for each recording, wherever and however often it lies.

use super::error::Fault;
use super::event::{Step, log};
use super::forget::is_forgotten;
use super::identity::{self, Same, Sound};
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
    /// A message that was forgotten with its caller: nothing is recorded of it.
    Forgotten,
}

#[cfg(test)]
impl Recorded {
    /// The call, new or not.
    pub(crate) fn id(self) -> CallId {
        match self {
            Self::New(id) | Self::Known(id) => id,
            Self::Forgotten => panic!("forgotten"),
        }
    }
}

impl Store {
    /// Records a complete recording.
    ///
    /// A known one is not heard again, unless other sound took its place under the same path and id (the caller
    /// recorded it anew); what was not known of it is learned.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_found(&mut self, found: &Found, now: Millis) -> Result<Recorded> {
        let (recorded, replaced) = self.write(|tx| record(tx, found, now))?;
        self.drop_orphans(replaced)?;
        Ok(recorded)
    }

    /// Records many in one transaction, in order, answering in that order: all of them or, on an error, none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record_batch(&mut self, found: &[Found], now: Millis) -> Result<Vec<Recorded>> {
        let (recorded, replaced): (_, Vec<_>) = self.write(|tx| {
            let recorded: std::result::Result<Vec<_>, Fault> =
                found.iter().map(|found| record(tx, found, now)).collect();
            Ok(recorded?.into_iter().unzip())
        })?;
        self.drop_orphans(replaced.into_iter().flatten())?;
        Ok(recorded)
    }
}

/// The SHA-256 of a sound, and the ending of a file of it.
type SoundName = (String, String);

/// [`Store::record_found`] within a transaction; and the sound whose place was taken.
fn record(
    tx: &Connection,
    found: &Found,
    now: Millis,
) -> std::result::Result<(Recorded, Option<SoundName>), Fault> {
    if is_forgotten(tx, found)? {
        return Ok((Recorded::Forgotten, None));
    }
    let mut replaced = None;
    let unreadable = unreadable::superseded_by(tx, found)?;
    let same = identity::find(tx, found)?;
    let id = match (&same, &unreadable) {
        (Some(same), _) => same.id,
        (None, Some(other)) => unreadable::now_readable(tx, other, found, now)?,
        (None, None) => insert(tx, found, now)?,
    };
    let learned = identity::learn(tx, id, found)?;
    if let Some(Same { sound, .. }) = same {
        if sound == Sound::Anew {
            replaced = replace(tx, id, found, now)?;
        }
        if sound != Sound::Other {
            move_to(tx, id, found)?;
        }
        if learned {
            log(tx, id, now, Step::Identified, found.told.message_id.as_deref().unwrap_or_default())?;
        }
        if let Some(other) = unreadable {
            unreadable::join(tx, other.id, id, now)?;
        }
    }
    remember(tx, &found.stamp, false, id)?;
    for stamp in &found.beside {
        remember(tx, stamp, true, id)?;
    }
    Ok((if same.is_some() { Recorded::Known(id) } else { Recorded::New(id) }, replaced))
}

/// Lets a call be heard anew, whose sound has been replaced; the sound before.
fn replace(
    tx: &Connection,
    id: CallId,
    found: &Found,
    now: Millis,
) -> std::result::Result<Option<SoundName>, Fault> {
    let before = tx
        .prepare_cached("SELECT audio_sha256, ending FROM call WHERE id = ?1 AND audio_sha256 IS NOT NULL")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    tx.prepare_cached(
        "UPDATE call SET audio_sha256 = ?2, ending = ?3, state = 'found', problem = '', next_try_ms = NULL,
                         attempts = 0 WHERE id = ?1",
    )?
    .execute(params![id.0, found.audio_sha256, found.ending])?;
    log(tx, id, now, Step::Replaced, &shown(&found.stamp.path))?;
    Ok(before)
}

/// Records where a known call lies now.
fn move_to(tx: &Connection, id: CallId, found: &Found) -> std::result::Result<(), Fault> {
    tx.prepare_cached("UPDATE call SET path = ?2 WHERE id = ?1 AND path <> ?2")?
        .execute(params![id.0, bytes(&found.stamp.path)])?;
    Ok(())
}

/// Records a new call, of which nothing is told yet.
fn insert(tx: &Connection, found: &Found, now: Millis) -> std::result::Result<CallId, Fault> {
    let id = tx
        .prepare_cached(
            "INSERT INTO call (audio_sha256, ending, path, received_ms, found_ms, state)
             VALUES (?1, ?2, ?3, ?4, ?5, 'found')",
        )?
        .insert(params![
            found.audio_sha256,
            found.ending,
            bytes(&found.stamp.path),
            found.received.0,
            now.0
        ])?;
    log(tx, CallId(id), now, Step::Found, &shown(&found.stamp.path))?;
    Ok(CallId(id))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, caller, found, heard, stamp, verdict};
    use super::{Recorded, Store};
    use crate::domain::{Attestation, CallState, Caller, Found, Label, Millis, Told};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    const NOW: Millis = Millis(1_000);
    const LATER: Millis = Millis(2_000);

    fn at(path: &str, found: Found) -> Found {
        Found { stamp: stamp(path, 77), ..found }
    }

    /// Recording 1 with the telephone system's own id and time, in milliseconds.
    fn told(id: &str, at: i64) -> Found {
        let told = Told { message_id: Some(id.to_owned()), received: Some(Millis(at)), ..found(1).told };
        Found { told, received: Millis(at), ..found(1) }
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
        let one = home.store.record_found(&told("1-a", 1_000_000), NOW).unwrap();
        let two = home.store.record_found(&at("/spool/b.wav", told("1-b", 1_003_000)), NOW).unwrap();
        assert!(matches!(two, Recorded::New(_)));
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn a_copy_under_an_id_of_its_own_is_the_same_call() {
        let mut home = TestStore::new();
        let id = home.store.record_found(&told("1-a", 1_000_000), NOW).unwrap().id();
        let copy = at("/spool/202/msg0000.wav", told("2-b", 1_001_000));
        assert_eq!(home.store.record_found(&copy, NOW).unwrap(), Recorded::Known(id));
        assert_eq!(home.steps(id), ["found"], "nothing is learned of it");
    }

    #[test]
    fn two_callers_who_left_the_same_sound_are_two_calls() {
        let mut home = TestStore::new();
        home.add(1);
        let mut other = at("/spool/b.wav", found(1));
        other.told.caller = caller("+12065550142");
        assert!(matches!(home.store.record_found(&other, NOW).unwrap(), Recorded::New(_)));
        other.stamp = stamp("/spool/c.wav", 78);
        other.told.caller = Caller { raw_number: Some("anonymous".to_owned()), ..Caller::default() };
        assert!(matches!(home.store.record_found(&other, NOW).unwrap(), Recorded::New(_)));
    }

    #[test]
    fn a_file_of_which_something_else_is_told_by_now_is_still_the_same_call() {
        let mut home = TestStore::new();
        let id = home.store.record_found(&told("1-a", 1_000_000), NOW).unwrap().id();
        let mut other = told("2-b", 9_000_000);
        other.told.caller = caller("+12065550142");
        // Renamed, beside the text of another message.
        other.stamp.path = "/spool/msg0000.wav".into();
        assert_eq!(home.store.record_found(&other, LATER).unwrap(), Recorded::Known(id));
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!(
            (call.caller, call.received),
            (found(1).told.caller, Millis(1_000_000)),
            "as it was known"
        );
    }

    #[test]
    fn another_format_of_a_message_is_not_heard_again() {
        let mut home = TestStore::new();
        let id = home.store.record_found(&told("1-a", 1_000_000), NOW).unwrap().id();
        home.store.heard(id, &heard("hello"), NOW).unwrap();
        let gsm = at("/spool/msg0001.gsm", Found { audio_sha256: "9".repeat(64), ..told("1-a", 1_000_000) });
        assert_eq!(home.store.record_found(&gsm, LATER).unwrap(), Recorded::Known(id));
        assert_eq!(home.state(id), CallState::Heard);
    }

    #[test]
    fn a_message_recorded_anew_is_heard_anew() {
        let mut home = TestStore::new();
        let path = "/spool/msg_1-a.wav";
        let id = home.store.record_found(&at(path, told("1-a", 1_000_000)), NOW).unwrap().id();
        home.store.heard(id, &heard("hello"), NOW).unwrap();
        home.store.filed(id, &verdict(Label::Spam), NOW).unwrap();
        let anew = Found { audio_sha256: "9".repeat(64), ..told("1-a", 1_000_000) };
        let anew = at(path, anew);
        assert_eq!(home.store.record_found(&anew, LATER).unwrap(), Recorded::Known(id));
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.audio_sha256), (CallState::Found, Some("9".repeat(64))));
        assert_eq!(home.steps(id), ["found", "heard", "filed", "replaced"]);
    }

    #[test]
    fn other_sound_beside_the_text_of_a_known_message_is_another_message() {
        let mut home = TestStore::new();
        let id = home.store.record_found(&told("1-a", 1_000_000), NOW).unwrap().id();
        for (path, sound) in [("/spool/msg0001.wav", "8"), ("/spool/msg0000.wav", "9")] {
            let other = Found { audio_sha256: sound.repeat(64), ..told("1-a", 1_000_000) };
            let recorded = home.store.record_found(&at(path, other), LATER).unwrap();
            assert!(matches!(recorded, Recorded::New(_)), "{path}");
        }
        assert_eq!(home.store.call(id).unwrap().unwrap().audio_sha256, Some(found(1).audio_sha256));
    }

    #[test]
    fn another_format_is_heard_where_the_first_is_gone() {
        let mut home = TestStore::new();
        let id = home.store.record_found(&told("1-a", 1_000_000), NOW).unwrap().id();
        let gsm = at("/spool/msg0001.gsm", Found { audio_sha256: "9".repeat(64), ..told("1-a", 1_000_000) });
        assert_eq!(home.store.record_found(&gsm, LATER).unwrap(), Recorded::Known(id));
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.state, call.audio_sha256), (CallState::Found, Some("9".repeat(64))));
        assert_eq!(call.path, gsm.stamp.path);
    }

    #[test]
    fn what_is_told_later_is_learned_and_what_is_known_stays() {
        let mut home = TestStore::new();
        let mut silent = found(1);
        silent.told = Told::default();
        let id = home.store.record_found(&silent, NOW).unwrap().id();
        let full = Told {
            caller: caller("+12065550142"),
            received: Some(Millis(9_000)),
            message_id: Some("1-a".to_owned()),
            mailbox: Some("201@default".to_owned()),
            attestation: Some(Attestation::B),
            transcript: Some("hello".to_owned()),
            seconds: Some(3),
        };
        let told = Found { told: full, received: Millis(9_000), ..found(1) };
        assert_eq!(home.store.record_found(&told, LATER).unwrap(), Recorded::Known(id));
        let call = home.store.call(id).unwrap().unwrap();
        assert_eq!((call.caller, call.received), (told.told.caller.clone(), Millis(9_000)));
        assert_eq!((call.mailbox.as_deref(), call.attestation), (Some("201@default"), Some(Attestation::B)));
        assert_eq!(call.told_transcript.as_deref(), Some("hello"));
        assert_eq!(home.steps(id), ["found", "identified"]);
        home.store.record_found(&silent, LATER).unwrap();
        assert_eq!(home.store.call(id).unwrap().unwrap().received, Millis(9_000));
        assert_eq!(home.steps(id), ["found", "identified"]);
    }

    #[test]
    fn what_lies_beside_is_known_too_and_is_not_taken_for_the_recording() {
        let mut home = TestStore::new();
        let txt = stamp("/spool/msg0001.txt", 900);
        let id = home.store.record_found(&Found { beside: vec![txt.clone()], ..found(1) }, NOW).unwrap().id();
        assert!(home.store.is_known(&txt).unwrap());
        assert_eq!(home.store.paths(id).unwrap(), [found(1).stamp.path]);
    }

    #[test]
    fn an_id_that_is_added_later_does_not_make_a_second_call() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let with_id = at("/spool/msg0000.wav", told("1-a", 5_000));
        assert_eq!(home.store.record_found(&with_id, LATER).unwrap(), Recorded::Known(id));
        assert_eq!(home.store.record_found(&with_id, LATER).unwrap(), Recorded::Known(id));
        assert_eq!(home.steps(id), ["found", "identified"]);
        // Left at another moment, it is another message that sounds the same.
        let other = Found { stamp: stamp("/spool/msg0002.wav", 79), ..told("2-b", 50_000) };
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
        assert_eq!((call.caller, call.received, call.found), (odd.told.caller.clone(), odd.received, NOW));
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
