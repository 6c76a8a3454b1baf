//! What is forgotten: a caller with everything left of them, or the words of calls filed long ago.

use super::error::Fault;
use super::filter::{BY_NUMBER, BY_RAW, Who};
use super::row::{CallerColumns, folded};
use super::seen::bytes;
use super::{Result, Store, StoreError};
use crate::domain::{CallId, Fingerprint, Found, Millis};
use rusqlite::{Connection, OptionalExtension, params};
use std::fs;
use std::path::{Path, PathBuf};

/// What is left of a caller who is forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// How many calls there were.
    pub calls: usize,
    /// Where recordings of them may still lie: dime only reads there.
    pub recordings: Vec<PathBuf>,
    /// Older copies of the database, made before it was changed for a new dime, which held the caller too: removed.
    pub backups: usize,
}

impl Store {
    /// The calls of `who`: the number or the marker shown, or the whole name shown. Not calls that only mention them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn calls_to_forget(&self, who: &Who) -> Result<Vec<CallId>> {
        let (condition, value) = match who {
            Who::Number(number) => (BY_NUMBER, number.as_str().to_owned()),
            Who::Raw(raw) => (BY_RAW, raw.clone()),
            Who::Named(name) => {
                ("?1 <> '' AND (caller_folded = ?1 OR lower(caller_raw) = ?1)", folded(name.trim()))
            }
        };
        self.read(|conn| {
            let mut statement =
                conn.prepare(&format!("SELECT id FROM call WHERE {condition} ORDER BY id"))?;
            let calls = statement.query_map([value], |row| row.get(0).map(CallId))?;
            Ok(calls.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Removes these calls and everything of them, also from what `SQLite` leaves in the file, from dime's copies of
    /// recordings and from older copies of the database. The same recordings are not taken in again.
    ///
    /// # Errors
    /// When the database or the state folder cannot be written.
    pub fn forget(&mut self, calls: &[CallId], now: Millis) -> Result<Forgotten> {
        let mut recordings = Vec::new();
        for &id in calls {
            recordings.extend(self.paths(id)?.into_iter().filter(|path| path.exists()));
        }
        let sounds = self.write(|tx| {
            // What is deleted is overwritten.
            tx.pragma_update(None, "secure_delete", true)?;
            let mut sounds = Vec::new();
            for &id in calls {
                sounds.extend(forget(tx, id, now)?);
            }
            Ok(sounds)
        })?;
        self.drop_orphans(sounds)?;
        let backups = self.remove_backups()?;
        self.outside_transactions(|conn| {
            conn.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
            Ok(())
        })?;
        Ok(Forgotten { calls: calls.len(), recordings, backups })
    }

    /// Forgets the words of calls filed before `before`: transcripts, what they name, and what reasons quote. Labels,
    /// callers, times and reasons stay. How many calls had any.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget_words(&mut self, before: Millis) -> Result<usize> {
        let forgotten = self.write(|tx| {
            let mut due = tx.prepare_cached(
                "SELECT call.id FROM call JOIN verdict ON verdict.call_id = call.id
                 LEFT JOIN hearing ON hearing.call_id = call.id
                 WHERE state = 'filed' AND filed_ms < ?1 AND (text <> '' OR told_text <> '')",
            )?;
            let due = due.query_map([before.0], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
            tx.pragma_update(None, "secure_delete", true)?;
            for id in &due {
                tx.prepare_cached("UPDATE hearing SET text = '', words = '[]' WHERE call_id = ?1")?.execute([id])?;
                tx.prepare_cached("UPDATE call SET told_text = '' WHERE id = ?1")?.execute([id])?;
                tx.prepare_cached("DELETE FROM mention WHERE call_id = ?1")?.execute([id])?;
                tx.prepare_cached(
                    "UPDATE verdict SET reasons = (SELECT coalesce(json_group_array(json_set(value, '$.quote', '')), '[]')
                                                   FROM json_each(reasons)) WHERE call_id = ?1",
                )?
                .execute([id])?;
            }
            Ok(due.len())
        })?;
        if forgotten > 0 {
            // What was overwritten is in the log of writes until that is begun anew.
            self.outside_transactions(|conn| Ok(conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?))?;
        }
        Ok(forgotten)
    }

    /// How many calls were forgotten with their callers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn forgotten(&self) -> Result<u64> {
        self.read(|conn| {
            let count = conn.query_row("SELECT count(*) FROM forgotten", [], |row| row.get::<_, i64>(0))?;
            Ok(count.cast_unsigned())
        })
    }

    /// Removes the copies of the database that were made before migrations.
    fn remove_backups(&self) -> Result<usize> {
        let mut removed = 0;
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let error = |source| StoreError::Folder { path: dir.to_owned(), source };
        for file in fs::read_dir(dir).map_err(error)?.flatten() {
            if file.file_name().as_encoded_bytes().starts_with(b"dime.db.before-") {
                fs::remove_file(file.path()).map_err(error)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// Forgets one call; the SHA-256 and the ending of its sound.
fn forget(tx: &Connection, id: CallId, now: Millis) -> std::result::Result<Option<(String, String)>, Fault> {
    let call = tx
        .prepare_cached(
            "SELECT audio_sha256, path, caller_number, caller_raw, ending FROM call WHERE id = ?1",
        )?
        .query_row([id.0], |row| {
            let sound: Option<String> = row.get(0)?;
            let caller: (String, String) = (row.get(2)?, row.get(3)?);
            let trace = match &sound {
                Some(sound) => trace_of_sound(sound, &caller.0, &caller.1),
                None => trace_of_path(&row.get::<_, Vec<u8>>(1)?),
            };
            let ending: String = row.get(4)?;
            Ok((sound.map(|sound| (sound, ending)), trace))
        })
        .optional()?;
    let Some((sound, trace)) = call else { return Ok(None) };
    tx.prepare_cached("INSERT INTO forgotten (trace, forgotten_ms) VALUES (?1, ?2)")?
        .execute(params![trace, now.0])?;
    if let Some((sound, _)) = &sound {
        tx.prepare_cached("INSERT OR IGNORE INTO forgotten_sound (trace) VALUES (?1)")?
            .execute([Fingerprint::of(sound.as_bytes())])?;
    }
    tx.prepare_cached("DELETE FROM mark WHERE call_id = ?1")?.execute([id.0])?;
    tx.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([id.0])?;
    tx.prepare_cached("DELETE FROM event WHERE call_id = ?1")?.execute([id.0])?;
    Ok(sound)
}

/// Whether this message was forgotten with its caller. Where nobody is told, the sound decides.
pub(super) fn is_forgotten(tx: &Connection, found: &Found) -> std::result::Result<bool, Fault> {
    let caller = CallerColumns::from(&found.told.caller);
    if (caller.number, caller.raw) == ("", "") {
        let mut statement =
            tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM forgotten_sound WHERE trace = ?1)")?;
        return Ok(statement.query_row([Fingerprint::of(found.audio_sha256.as_bytes())], |row| row.get(0))?);
    }
    has_trace(tx, &trace_of_sound(&found.audio_sha256, caller.number, caller.raw))
}

/// Whether what could not be read at `path` was forgotten.
pub(super) fn is_forgotten_path(tx: &Connection, path: &Path) -> std::result::Result<bool, Fault> {
    has_trace(tx, &trace_of_path(bytes(path)))
}

fn has_trace(tx: &Connection, trace: &str) -> std::result::Result<bool, Fault> {
    let mut statement = tx.prepare_cached("SELECT EXISTS (SELECT 1 FROM forgotten WHERE trace = ?1)")?;
    Ok(statement.query_row([trace], |row| row.get(0))?)
}

/// What tells this sound of this caller again and nothing else.
fn trace_of_sound(sound: &str, number: &str, raw: &str) -> String {
    Fingerprint::of(format!("{sound}\n{number}\n{raw}").as_bytes())
}

fn trace_of_path(path: &[u8]) -> String {
    Fingerprint::of(path)
}

#[cfg(test)]
mod tests {
    use super::super::filter::Who;
    use super::super::testing::{TestStore, caller, found, heard, stamp, unreadable, verdict};
    use super::super::{Recorded, Store};
    use crate::domain::{CallId, CallState, Label, Millis, PhoneNumber, Told};
    use std::fs;

    const NOW: Millis = Millis(9_000);

    fn who() -> Who {
        Who::Number(PhoneNumber::parse("+15095550196", "US").unwrap())
    }

    /// Every byte dime keeps.
    fn everything(home: &TestStore) -> Vec<u8> {
        let files =
            fs::read_dir(home.dir()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
        files.flat_map(|path| fs::read(path).unwrap()).collect()
    }

    fn holds(bytes: &[u8], words: &str) -> bool {
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    }

    #[test]
    fn nothing_is_left_of_a_forgotten_caller_but_a_count() {
        let mut home = TestStore::new();
        let id = home.add(1);
        home.store.heard(id, &heard("a most peculiar proposal"), NOW).unwrap();
        home.store.filed(id, &verdict(Label::Spam), NOW).unwrap();
        home.store.mark(id, Label::Lead, NOW).unwrap();
        let mut other = found(2);
        other.told.caller = caller("+12065550142");
        let other = home.store.record_found(&other, NOW).unwrap().id();
        fs::write(home.dir().join("dime.db.before-v4"), "+15095550196").unwrap();
        assert!(holds(&everything(&home), "a most peculiar") && holds(&everything(&home), "+15095550196"));
        let calls = home.store.calls_to_forget(&who()).unwrap();
        assert_eq!(calls, [id]);
        let forgotten = home.store.forget(&calls, NOW).unwrap();
        assert_eq!((forgotten.calls, forgotten.backups), (1, 1));
        let left = everything(&home);
        for words in ["a most peculiar", "+15095550196", "msg0001"] {
            assert!(!holds(&left, words), "{words}");
        }
        assert!(home.store.call(other).unwrap().is_some());
        assert_eq!(home.store.forgotten().unwrap(), 1);
    }

    #[test]
    fn a_forgotten_recording_that_still_lies_there_is_not_taken_in_again() {
        let mut home = TestStore::new();
        let id = home.add(1);
        let unread = home.store.record_unreadable(&unreadable("/spool/broken.wav"), NOW).unwrap().id();
        home.store.forget(&[id, unread], NOW).unwrap();
        assert_eq!(home.store.record_found(&found(1), NOW).unwrap(), Recorded::Forgotten);
        assert_eq!(
            home.store.record_unreadable(&unreadable("/spool/broken.wav"), NOW).unwrap(),
            Recorded::Forgotten
        );
        // Nor when its caller is told no more.
        let mut alone = found(1);
        (alone.stamp, alone.told) = (stamp("/spool/c.wav", 8), Told::default());
        assert_eq!(home.store.record_found(&alone, NOW).unwrap(), Recorded::Forgotten);
        // The same silence of another caller, and another message of the same caller, are taken.
        let mut other = found(1);
        (other.stamp, other.told.caller) = (stamp("/spool/b.wav", 9), caller("+12065550142"));
        assert!(matches!(home.store.record_found(&other, NOW).unwrap(), Recorded::New(_)));
        home.add(2);
    }

    #[test]
    fn only_whom_the_owner_names_is_forgotten() {
        let mut home = TestStore::new();
        home.add(1);
        let named = |name: &str| Who::Named(name.to_owned());
        assert_eq!(home.store.calls_to_forget(&named("josé example")).unwrap().len(), 1);
        for nobody in [named("josé"), named(""), Who::Raw(String::new()), Who::Raw("201".to_owned())] {
            assert!(home.store.calls_to_forget(&nobody).unwrap().is_empty(), "{nobody:?}");
        }
    }

    #[test]
    fn the_history_of_a_call_that_is_there_cannot_be_deleted() {
        let mut home = TestStore::new();
        let id = home.add(1);
        home.store.conn.execute("DELETE FROM event", []).unwrap_err();
        assert_eq!(home.steps(id), ["found"]);
    }

    #[test]
    fn words_are_forgotten_in_time_and_the_verdict_stays() {
        let mut home = TestStore::new();
        let file = |home: &mut TestStore, n, at| -> CallId {
            let id = home.add(n);
            home.store.heard(id, &heard("hello"), Millis(at)).unwrap();
            home.store.filed(id, &verdict(Label::Spam), Millis(at)).unwrap();
            id
        };
        let (old, new) = (file(&mut home, 1, 1_000), file(&mut home, 2, 5_000));
        assert_eq!(home.store.forget_words(Millis(2_000)).unwrap(), 1);
        assert_eq!(home.store.forget_words(Millis(2_000)).unwrap(), 0);
        let dir = home.close();
        let store = Store::open(dir.path()).unwrap();
        let old = store.call(old).unwrap().unwrap();
        assert_eq!((old.state, old.label()), (CallState::Filed, Some(Label::Spam)));
        assert_eq!(old.heard.unwrap().transcript.text, "");
        let judged = old.verdict.unwrap();
        assert_eq!(
            (judged.reasons[0].quote.as_str(), judged.reasons[0].rule.as_str()),
            ("", "linkedin-discovery")
        );
        assert_eq!(judged.mentions, crate::domain::Mentions::default());
        assert_eq!(store.call(new).unwrap().unwrap().heard.unwrap().transcript.text, "hello");
    }
}
