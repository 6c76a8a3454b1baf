//! Reads the watched folders and tells which messages are complete.

use super::arrival::{Arrival, Completeness, Sound, nearest, same_sound};
use super::folder::{Folder, FolderProblem};
use super::group::{Group, enters, group};
use super::list::{Listing, list};
use super::name::from_name;
use super::stamp::{quiet_for, stamp};
use crate::domain::{FileStamp, Millis, SourceKind, Unreadable};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A message of which something is missing is waited for so many settling times, then taken as it is.
const PATIENCE: u32 = 5;

/// For so long after a message was left a database is asked for it at every scan.
const TELLING: Duration = Duration::from_hours(24);

/// Endings, in lower case, of files that are taken for recordings: those the audio room decodes, and those it
/// names in its refusal. Anything else in a watched folder is somebody else's.
const ENDINGS: &[&str] = &[
    "wav", "wave", "wav16", "wav49", "gsm", "ulaw", "ul", "mu", "ulw", "pcm", "alaw", "al", "alw", "sln",
    "slin", "raw", "sln12", "sln16", "sln24", "sln32", "sln44", "sln48", "sln96", "sln192", "mp3", "m4a",
    "mp4", "aac", "3gp", "ogg", "oga", "opus", "flac", "aif", "aiff", "aifc", "caf", "webm", "mka", "amr",
    "awb", "wma", "g722", "au", "snd", "g729", "siren7", "siren14",
];

/// Whom a scan asks what is known, and tells what is new, as it goes: the folders may hold any number of messages.
pub trait Desk {
    /// Why the scan cannot go on.
    type Error;

    /// Whether exactly this file was recorded before.
    ///
    /// # Errors
    /// Ends the scan.
    fn is_known(&mut self, stamp: &FileStamp) -> Result<bool, Self::Error>;

    /// Whether the telephone system has told of the message in this known file.
    ///
    /// # Errors
    /// Ends the scan.
    fn is_told(&mut self, stamp: &FileStamp) -> Result<bool, Self::Error>;

    /// A complete message that was not known, or of which something is told by now.
    ///
    /// # Errors
    /// Ends the scan.
    fn arrived(&mut self, arrival: Arrival) -> Result<(), Self::Error>;

    /// Something that looks like a recording and cannot be one.
    ///
    /// # Errors
    /// Ends the scan.
    fn unreadable(&mut self, file: Unreadable) -> Result<(), Self::Error>;
}

/// What one reading of the folders came to.
#[derive(Debug, Default)]
pub struct Scan {
    /// How many messages are still changing, or have not been left alone for long enough.
    pub growing: usize,
    /// Folders that could not be read.
    pub problems: Vec<FolderProblem>,
}

/// Reads folders again and again, remembering only the files that are still changing.
#[derive(Debug)]
pub struct Scanner {
    folders: Vec<Arc<Folder>>,
    settle: Duration,
    max_bytes: u64,
    country: String,
    waiting: BTreeMap<PathBuf, Waiting>,
}

/// A message that has not been left alone for long enough yet.
#[derive(Debug)]
struct Waiting {
    stamps: Vec<FileStamp>,
    since: Instant,
}

impl Scanner {
    /// A scanner over `folders` for files left alone for `settle` and no larger than `max_bytes`; numbers without a
    /// country code are dialled from `country` (ISO 3166).
    #[must_use]
    pub fn new(folders: Vec<Folder>, settle: Duration, max_bytes: u64, country: String) -> Self {
        let folders = folders.into_iter().map(Arc::new).collect();
        Self { folders, settle, max_bytes, country, waiting: BTreeMap::new() }
    }

    /// Reads every folder once.
    ///
    /// # Errors
    /// Only what `desk` fails with; a folder or a file that cannot be read is part of the answer.
    pub fn scan<D: Desk>(&mut self, desk: &mut D) -> Result<Scan, D::Error> {
        let mut scan = Scan::default();
        let mut waiting = BTreeMap::new();
        for folder in self.folders.clone() {
            let enters = |listing: &Listing| enters(listing, &folder);
            list(&folder, &mut scan.problems, enters, |listing| {
                for group in group(listing, &folder) {
                    self.consider(group, &folder, desk, &mut waiting)?;
                }
                Ok(())
            })?;
        }
        scan.growing = waiting.len();
        self.waiting = waiting;
        Ok(scan)
    }

    /// Tells `desk` of the message if it is new and complete.
    fn consider<D: Desk>(
        &mut self,
        group: Group,
        folder: &Arc<Folder>,
        desk: &mut D,
        waiting: &mut BTreeMap<PathBuf, Waiting>,
    ) -> Result<(), D::Error> {
        let mut stamps = Vec::new();
        let mut refused = None;
        for path in group.recordings {
            match look(&path, self.max_bytes) {
                Look::Regular(metadata) => stamps.push(stamp(path, &metadata)),
                Look::Gone => {}
                Look::Not(problem) => refused = refused.or(Some((path, problem))),
            }
        }
        let beside = group.beside.and_then(|path| {
            let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
            Some(stamp(path, &metadata))
        });
        if let Some((path, problem)) = refused.filter(|_| stamps.is_empty()) {
            return desk.unreadable(unreadable(path, problem));
        }
        let mut known = true;
        for stamp in stamps.iter().chain(&beside) {
            known = known && desk.is_known(stamp)?;
        }
        if known && !self.is_told_by_now(group.kind, &stamps, folder, desk)? {
            return Ok(());
        }
        // Where one format holds sound, another without any is only remembered.
        let (heard, mut silent): (Vec<_>, Vec<_>) = stamps.into_iter().partition(|stamp| stamp.size > 0);
        let sounds =
            if heard.is_empty() { vec![Sound::of(std::mem::take(&mut silent))] } else { same_sound(heard) };
        // Of several messages under one name the text tells of one: the one that is as long as it says.
        let told =
            if sounds.len() > 1 { beside.as_ref().and_then(|text| nearest(text, &sounds)) } else { None };
        for (index, sound) in sounds.into_iter().enumerate() {
            let Sound { formats, lasts } = sound;
            let mut formats = formats.into_iter();
            let Some(recording) = formats.next() else { continue };
            let others = formats.chain(silent.drain(..)).collect();
            let beside = beside.clone().filter(|_| told.is_none_or(|told| told == index));
            let (kind, folder) = (group.kind, Arc::clone(folder));
            let arrival = Arrival { kind, recording, lasts, others, beside, folder };
            if self.is_complete(&arrival, waiting) {
                take(arrival, desk)?;
            }
        }
        Ok(())
    }

    /// Whether a database tells by now of a known message of which it told nothing so far: the row is written when the
    /// caller is done with listening to the message and recording it anew.
    fn is_told_by_now<D: Desk>(
        &self,
        kind: SourceKind,
        stamps: &[FileStamp],
        folder: &Arc<Folder>,
        desk: &mut D,
    ) -> Result<bool, D::Error> {
        let [recording] = stamps else { return Ok(false) };
        let is_recent = quiet_for(recording, SystemTime::now()).is_none_or(|alone| alone < TELLING);
        if kind != SourceKind::FreeSwitch
            || folder.database.is_none()
            || !is_recent
            || desk.is_told(recording)?
        {
            return Ok(false);
        }
        let (recording, folder) = (recording.clone(), Arc::clone(folder));
        let arrival = Arrival { kind, recording, lasts: None, others: Vec::new(), beside: None, folder };
        Ok(arrival
            .freeswitch(&self.country)
            .is_ok_and(|told| told.is_some_and(|told| told.received.is_some())))
    }

    /// Whether the message is complete; where not, it is put into `waiting`.
    fn is_complete(&mut self, arrival: &Arrival, waiting: &mut BTreeMap<PathBuf, Waiting>) -> bool {
        let patience = match arrival.completeness(&self.country) {
            Completeness::Proven => return true,
            Completeness::Likely => self.settle,
            Completeness::Doubtful => self.settle * PATIENCE,
        };
        let stamps: Vec<_> = arrival.stamps().cloned().collect();
        let path = &arrival.recording.path;
        // Not by the files' own times: the clock may have jumped, and a share's clock is another one.
        let before = self.waiting.remove(path).filter(|before| before.stamps == stamps);
        let since = before.map_or_else(Instant::now, |before| before.since);
        let is_complete = since.elapsed() >= patience;
        if !is_complete {
            waiting.insert(path.clone(), Waiting { stamps, since });
        }
        is_complete
    }
}

fn take<D: Desk>(arrival: Arrival, desk: &mut D) -> Result<(), D::Error> {
    if arrival.recording.size == 0 {
        let problem = "0 bytes: nothing was recorded".to_owned();
        return desk.unreadable(unreadable(arrival.recording.path, problem));
    }
    desk.arrived(arrival)
}

/// A file that cannot be read, with what its name and its own times tell.
pub(super) fn unreadable(path: PathBuf, problem: String) -> Unreadable {
    let told = from_name(&path, "");
    let seen = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified()).ok();
    let received = told.received.unwrap_or_else(|| millis(seen.unwrap_or(SystemTime::UNIX_EPOCH)));
    Unreadable { path, caller: told.caller, received, problem }
}

fn millis(at: SystemTime) -> Millis {
    jiff::Timestamp::try_from(at).map(Millis::from).unwrap_or_default()
}

enum Look {
    Regular(fs::Metadata),
    /// It went between listing and looking.
    Gone,
    Not(String),
}

/// What lies at `path`, links followed.
fn look(path: &Path, max_bytes: u64) -> Look {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return match fs::read_link(path) {
                Ok(target) => Look::Not(format!("a link to {}, which does not exist", target.display())),
                Err(_) => Look::Gone,
            };
        }
        Err(error) => return Look::Not(format!("cannot be looked at: {error}")),
    };
    let kind = metadata.file_type();
    if kind.is_file() {
        if metadata.len() > max_bytes {
            let (size, limit) = (metadata.len() / 1_000_000, max_bytes / 1_000_000);
            return Look::Not(format!("{size} MB large: the limit is {limit} MB (intake.max_megabytes)"));
        }
        return Look::Regular(metadata);
    }
    let what = if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Look::Not(format!("{what}, not a recording"))
}

/// Whether a file of this name is taken for a recording.
#[must_use]
pub fn is_recording(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::arrival::Arrival;
    use super::{Desk, FileStamp, Folder, FolderProblem, Scanner, Unreadable, is_recording};
    use std::convert::Infallible;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::time::Duration;

    /// What one scan said.
    #[derive(Default)]
    struct Scan {
        ready: Vec<Arrival>,
        unreadable: Vec<Unreadable>,
        growing: usize,
        problems: Vec<FolderProblem>,
    }

    /// To whom nothing is known.
    impl Desk for Scan {
        type Error = Infallible;

        fn is_known(&mut self, _: &FileStamp) -> Result<bool, Infallible> {
            Ok(false)
        }

        fn is_told(&mut self, _: &FileStamp) -> Result<bool, Infallible> {
            Ok(false)
        }

        fn arrived(&mut self, arrival: Arrival) -> Result<(), Infallible> {
            self.ready.push(arrival);
            Ok(())
        }

        fn unreadable(&mut self, file: Unreadable) -> Result<(), Infallible> {
            self.unreadable.push(file);
            Ok(())
        }
    }

    fn scanner(folder: &Path, settle_ms: u64) -> Scanner {
        let folder = Folder::at(folder.to_owned());
        Scanner::new(vec![folder], Duration::from_millis(settle_ms), 1_000_000, "US".to_owned())
    }

    fn scan(scanner: &mut Scanner) -> Scan {
        let mut desk = Scan::default();
        let super::Scan { growing, problems } = scanner.scan(&mut desk).unwrap();
        Scan { growing, problems, ..desk }
    }

    #[test]
    fn a_file_is_ready_only_when_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        fs::write(&file, "one").unwrap();
        let mut scanner = scanner(folder.path(), 200);
        assert_eq!(scan(&mut scanner).growing, 1);
        std::thread::sleep(Duration::from_millis(120));
        fs::write(&file, "one two").unwrap();
        std::thread::sleep(Duration::from_millis(120));
        assert_eq!(scan(&mut scanner).growing, 1, "it changed 120 ms ago");
        std::thread::sleep(Duration::from_millis(220));
        assert_eq!(scan(&mut scanner).ready.len(), 1);
    }

    #[test]
    fn a_file_from_the_future_is_ready_once_it_was_watched_long_enough() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let file = fs::File::create(&path).unwrap();
        fs::write(&path, "sound").unwrap();
        file.set_modified(std::time::SystemTime::now() + Duration::from_hours(1)).unwrap();
        let mut scanner = scanner(folder.path(), 100);
        assert_eq!(scan(&mut scanner).growing, 1);
        std::thread::sleep(Duration::from_millis(120));
        assert_eq!(scan(&mut scanner).ready.len(), 1);
    }

    #[test]
    fn what_cannot_be_a_recording_is_named_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("folder.wav")).unwrap();
        symlink("nowhere", at("link.wav")).unwrap();
        fs::write(at("empty.wav"), "").unwrap();
        fs::File::create(at("large.wav")).unwrap().set_len(2_000_000).unwrap();
        let mut scanner = scanner(folder.path(), 10);
        scan(&mut scanner);
        std::thread::sleep(Duration::from_millis(30));
        let problems: Vec<_> = scan(&mut scanner).unreadable.into_iter().map(|file| file.problem).collect();
        assert_eq!(
            problems,
            [
                "0 bytes: nothing was recorded",
                "a folder, not a recording",
                "2 MB large: the limit is 1 MB (intake.max_megabytes)",
                "a link to nowhere, which does not exist",
            ]
        );
    }

    #[test]
    fn folders_inside_are_read_and_a_missing_one_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("201/new")).unwrap();
        fs::write(folder.path().join("201/new/a.WAV"), "sound").unwrap();
        let mut scanner = scanner(folder.path(), 10);
        scan(&mut scanner);
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(scan(&mut scanner).ready.len(), 1);
        let gone = folder.path().join("gone");
        let problem = scan(&mut self::scanner(&gone, 10)).problems.remove(0);
        assert!(problem.to_string().contains("gone: the folder cannot be read: No such file"), "{problem}");
    }

    #[test]
    fn linked_folders_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        fs::write(elsewhere.path().join("a.wav"), "sound").unwrap();
        for name in ["mailbox", "device"] {
            symlink(elsewhere.path(), folder.path().join(name)).unwrap();
        }
        symlink(folder.path(), elsewhere.path().join("round")).unwrap();
        let mut scanner = scanner(folder.path(), 10);
        scan(&mut scanner);
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(scan(&mut scanner).ready.len(), 1);
    }

    #[test]
    fn only_recordings_are_taken() {
        for (name, wanted) in
            [("msg0001.WAV", true), ("a.ulaw", true), ("a.wav.part", false), ("a.txt", false), ("wav", false)]
        {
            assert_eq!(is_recording(Path::new(name)), wanted, "{name}");
        }
    }
}
