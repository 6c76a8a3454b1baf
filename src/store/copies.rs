//! dime's own copies of recordings: for as long as a message waits to be heard, since a telephone system may delete
//! it at once, or because the owner wants to keep them.

use super::open::ensure_folder;
use super::{Result, Store, StoreError};
use crate::domain::{CallId, Found};
use rusqlite::OptionalExtension;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where they lie in the state folder.
const FOLDER: &str = "audio";

/// How a draft's name begins: no SHA-256 does.
const DRAFT: &str = "draft-";

/// A copy in the making; gone when it is dropped.
#[derive(Debug)]
pub struct Draft(NamedTempFile);

impl Draft {
    /// To write the sound to.
    pub fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }
}

impl Store {
    /// Begins a copy, which nobody else can read.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn draft(&self) -> Result<Draft> {
        let folder = self.audio();
        ensure_folder(&folder)?;
        let draft = tempfile::Builder::new().prefix(DRAFT).tempfile_in(&folder);
        draft.map(Draft).map_err(|source| StoreError::Folder { path: folder, source })
    }

    /// Keeps a copy of what was found, on the disk when this returns.
    ///
    /// # Errors
    /// When the state folder cannot be written.
    pub fn keep(&self, draft: Draft, found: &Found) -> Result<()> {
        let path = self.copy_at(&found.audio_sha256, &found.ending);
        let error = |source| StoreError::Folder { path: path.clone(), source };
        draft.0.as_file().sync_all().map_err(error)?;
        draft.0.persist(&path).map_err(|persisting| error(persisting.error))?;
        File::open(self.audio()).and_then(|folder| folder.sync_all()).map_err(error)
    }

    /// The copy of a call's sound, where there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn copy_of(&self, id: CallId) -> Result<Option<PathBuf>> {
        let named = self.read(|conn| {
            let mut sound = conn.prepare_cached(
                "SELECT audio_sha256, ending FROM call WHERE id = ?1 AND audio_sha256 IS NOT NULL",
            )?;
            Ok(sound.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })?;
        let copy = named.map(|(sound, ending): (String, String)| self.copy_at(&sound, &ending));
        Ok(copy.filter(|copy| copy.exists()))
    }

    /// Lets the copies stay when their calls are filed.
    pub const fn keep_copies(&mut self, stay: bool) {
        self.keeps_copies = stay;
    }

    /// Whether copies stay when their calls are filed.
    #[must_use]
    pub const fn keeps_copies(&self) -> bool {
        self.keeps_copies
    }

    /// The error of a copy that cannot be written.
    #[must_use]
    pub fn cannot_copy(&self, source: io::Error) -> StoreError {
        StoreError::Folder { path: self.audio(), source }
    }

    /// Removes the copy of this sound, unless a call still waits for it, or has it and copies stay.
    ///
    /// # Errors
    /// When the state folder cannot be written or the database read.
    pub fn drop_copy(&self, sha256: &str, ending: &str) -> Result<()> {
        self.drop_unless(sha256, ending, self.wanted())
    }

    /// Removes the copies of these sounds, each with its ending, that are of no call any more.
    pub(super) fn drop_orphans(&self, sounds: impl IntoIterator<Item = (String, String)>) -> Result<()> {
        sounds.into_iter().try_for_each(|(sound, ending)| self.drop_unless(&sound, &ending, "1"))
    }

    /// Removes the copy of this sound unless a call has it of which `condition` is true.
    fn drop_unless(&self, sha256: &str, ending: &str, condition: &str) -> Result<()> {
        let copy = self.copy_at(sha256, ending);
        if !copy.exists() {
            return Ok(());
        }
        let is_wanted: bool = self.read(|conn| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM call WHERE audio_sha256 = ?1 AND {condition})");
            Ok(conn.prepare_cached(&sql)?.query_row([sha256], |row| row.get(0))?)
        })?;
        if is_wanted { Ok(()) } else { remove(&copy) }
    }

    /// What is true of a call whose copy is not to go.
    const fn wanted(&self) -> &'static str {
        if self.keeps_copies { "1" } else { "state <> 'filed'" }
    }

    /// Removes what a kill has left: drafts, and copies that no call waits for, unless copies stay. Only the daemon
    /// may, since only it makes them.
    ///
    /// # Errors
    /// When the state folder or the database cannot be read or written.
    pub fn tidy_copies(&self) -> Result<()> {
        let wanted = self.read(|conn| {
            let condition = self.wanted();
            let sql = format!("SELECT audio_sha256 FROM call WHERE audio_sha256 IS NOT NULL AND {condition}");
            let mut statement = conn.prepare(&sql)?;
            let wanted =
                statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<BTreeSet<String>>>()?;
            Ok(wanted)
        })?;
        let folder = self.audio();
        let files = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            files => files.map_err(|source| StoreError::Folder { path: folder, source })?,
        };
        for path in files.flatten().map(|file| file.path()) {
            if !sound_of(&path).is_some_and(|sha256| wanted.contains(sha256)) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Where the copy of this sound is or would be.
    fn copy_at(&self, sha256: &str, ending: &str) -> PathBuf {
        self.audio().join(format!("{sha256}.{ending}"))
    }

    fn audio(&self) -> PathBuf {
        self.path.with_file_name(FOLDER)
    }
}

/// The SHA-256 in a copy's name.
fn sound_of(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(|source| StoreError::Folder { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, caller, found, heard, stamp, verdict};
    use crate::domain::{CallId, Label, Millis};
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    /// Keeps a copy of recording `n`.
    fn keep(home: &TestStore, n: u8) {
        let mut draft = home.store.draft().unwrap();
        draft.file().write_all(b"sound").unwrap();
        home.store.keep(draft, &found(n)).unwrap();
    }

    fn has_copy(home: &TestStore, n: u8) -> bool {
        home.store.copy_at(&found(n).audio_sha256, "wav").exists()
    }

    fn file(home: &mut TestStore, id: CallId) {
        home.store.heard(id, &heard("hello"), Millis(2)).unwrap();
        home.store.filed(id, &verdict(Label::Lead), Millis(2)).unwrap();
    }

    #[test]
    fn a_copy_is_there_for_dime_alone_until_its_call_is_filed() {
        let mut home = TestStore::new();
        keep(&home, 1);
        let id = home.add(1);
        let copy = home.store.copy_of(id).unwrap().unwrap();
        assert_eq!(copy.extension().unwrap(), "wav");
        assert_eq!(fs::read(&copy).unwrap(), b"sound");
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(copy.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        file(&mut home, id);
        assert_eq!(home.store.copy_of(id).unwrap(), None);
    }

    #[test]
    fn a_copy_that_another_call_waits_for_stays() {
        let mut home = TestStore::new();
        keep(&home, 1);
        let first = home.add(1);
        let mut other = found(1);
        (other.stamp, other.told.caller) = (stamp("/spool/b.wav", 99), caller("+12065550142"));
        let second = home.store.record_found(&other, Millis(1)).unwrap().id();
        file(&mut home, first);
        assert!(has_copy(&home, 1));
        file(&mut home, second);
        assert!(!has_copy(&home, 1));
    }

    #[test]
    fn the_copy_of_a_sound_that_was_recorded_anew_goes() {
        let mut home = TestStore::new();
        let mut first = found(1);
        first.told.message_id = Some("1-a".to_owned());
        first.stamp = stamp("/spool/msg_1-a.wav", 1);
        let mut anew = first.clone();
        anew.audio_sha256 = found(2).audio_sha256;
        anew.stamp.inode = 99;
        keep(&home, 1);
        home.store.record_found(&first, Millis(1)).unwrap();
        keep(&home, 2);
        home.store.record_batch(&[anew], Millis(2)).unwrap();
        assert!(!has_copy(&home, 1));
        assert!(has_copy(&home, 2));
    }

    #[test]
    fn what_a_kill_left_is_removed_and_what_is_waited_for_stays() {
        let mut home = TestStore::new();
        home.add(1);
        for n in [1, 2] {
            keep(&home, n);
        }
        let left = home.store.draft().unwrap().0.keep().unwrap().1;
        home.store.tidy_copies().unwrap();
        assert!(!left.exists());
        assert!(has_copy(&home, 1));
        assert!(!has_copy(&home, 2));
    }

    #[test]
    fn copies_stay_when_they_are_to() {
        let mut home = TestStore::new();
        home.store.keep_copies(true);
        keep(&home, 1);
        let id = home.add(1);
        file(&mut home, id);
        home.store.tidy_copies().unwrap();
        home.store.drop_copy(&found(1).audio_sha256, "wav").unwrap();
        assert!(has_copy(&home, 1));
        // But not those of forgotten calls, which are copied before they are recognised.
        keep(&home, 2);
        home.store.drop_copy(&found(2).audio_sha256, "wav").unwrap();
        assert!(!has_copy(&home, 2));
    }
}
