//! Reads the watched folders and tells which recordings are complete.

use super::name::from_name;
use super::stamp::{quiet_for, stamp};
use crate::domain::{FileStamp, Millis, Unreadable};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How deep folders inside a watched folder are followed.
const DEEPEST: usize = 8;

/// Endings, in lower case, of files that are taken for recordings: those the audio room decodes, and those it
/// names in its refusal. Anything else in a watched folder is somebody else's.
const ENDINGS: &[&str] = &[
    "wav", "wave", "wav16", "wav49", "gsm", "ulaw", "ul", "mu", "ulw", "pcm", "alaw", "al", "alw", "sln",
    "slin", "raw", "sln12", "sln16", "sln24", "sln32", "sln44", "sln48", "sln96", "sln192", "mp3", "m4a",
    "mp4", "aac", "3gp", "ogg", "oga", "opus", "flac", "aif", "aiff", "aifc", "caf", "webm", "mka", "amr",
    "awb", "wma", "g722", "au", "snd", "g729", "siren7", "siren14",
];

/// A folder to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Whether folders inside it are read too.
    pub recursive: bool,
}

/// A folder that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: the folder cannot be read: {source}", path.display())]
pub struct FolderProblem {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// What one reading of the folders found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Complete recordings that were not known.
    pub ready: Vec<FileStamp>,
    /// What looks like a recording and cannot be one.
    pub unreadable: Vec<Unreadable>,
    /// Recordings that are still changing, or have not been left alone for long enough.
    pub growing: Vec<PathBuf>,
    /// Folders that could not be read.
    pub problems: Vec<FolderProblem>,
}

/// Reads folders again and again, remembering only the files that are still changing.
#[derive(Debug)]
pub struct Scanner {
    folders: Vec<Folder>,
    settle: Duration,
    max_bytes: u64,
    waiting: BTreeMap<PathBuf, Waiting>,
}

/// A file that has not been left alone for long enough yet.
#[derive(Debug)]
struct Waiting {
    stamp: FileStamp,
    since: Instant,
}

impl Scanner {
    /// A scanner over `folders` for files left alone for `settle` and no larger than `max_bytes`.
    #[must_use]
    pub const fn new(folders: Vec<Folder>, settle: Duration, max_bytes: u64) -> Self {
        Self { folders, settle, max_bytes, waiting: BTreeMap::new() }
    }

    /// Reads every folder once. `is_known` spares files that were recorded before.
    ///
    /// # Errors
    /// Only what `is_known` fails with; a folder or a file that cannot be read is part of the answer.
    pub fn scan<E>(&mut self, mut is_known: impl FnMut(&FileStamp) -> Result<bool, E>) -> Result<Scan, E> {
        let mut scan = Scan::default();
        let mut still_waiting = BTreeMap::new();
        for folder in &self.folders {
            let mut recordings = Vec::new();
            let depth = if folder.recursive { DEEPEST } else { 0 };
            list(&folder.path, depth, &mut BTreeSet::new(), &mut recordings, &mut scan.problems);
            recordings.sort();
            for path in recordings {
                let metadata = match look(&path, self.max_bytes) {
                    Look::Regular(metadata) => metadata,
                    Look::Gone => continue,
                    Look::Not(problem) => {
                        scan.unreadable.push(unreadable(path, problem));
                        continue;
                    }
                };
                let stamp = stamp(path, &metadata);
                if is_known(&stamp)? {
                    continue;
                }
                match self.waiting.remove(&stamp.path).filter(|waiting| waiting.stamp == stamp) {
                    Some(waiting) if waiting.since.elapsed() >= self.settle => take(&mut scan, stamp),
                    Some(waiting) => keep(&mut scan, &mut still_waiting, waiting),
                    None if quiet_for(&stamp, SystemTime::now())
                        .is_some_and(|quiet| quiet >= self.settle) =>
                    {
                        take(&mut scan, stamp);
                    }
                    None => keep(&mut scan, &mut still_waiting, Waiting { stamp, since: Instant::now() }),
                }
            }
        }
        self.waiting = still_waiting;
        Ok(scan)
    }
}

fn take(scan: &mut Scan, stamp: FileStamp) {
    if stamp.size == 0 {
        scan.unreadable.push(unreadable(stamp.path, "0 bytes: nothing was recorded".to_owned()));
    } else {
        scan.ready.push(stamp);
    }
}

fn keep(scan: &mut Scan, waiting: &mut BTreeMap<PathBuf, Waiting>, file: Waiting) {
    scan.growing.push(file.stamp.path.clone());
    waiting.insert(file.stamp.path.clone(), file);
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

/// Adds every entry below `folder` that is named like a recording. Links to folders are followed, each folder once.
fn list(
    folder: &Path,
    depth: usize,
    visited: &mut BTreeSet<(u64, u64)>,
    recordings: &mut Vec<PathBuf>,
    problems: &mut Vec<FolderProblem>,
) {
    let mut problem = |source| problems.push(FolderProblem { path: folder.to_owned(), source });
    let entries = match fs::metadata(folder).and_then(|metadata| Ok((metadata, fs::read_dir(folder)?))) {
        Ok((metadata, _)) if !visited.insert((metadata.dev(), metadata.ino())) => return,
        Ok((_, entries)) => entries,
        Err(source) => return problem(source),
    };
    let mut inner = Vec::new();
    for entry in entries {
        let entry = match entry {
            Ok(entry) => entry,
            Err(source) => return problem(source),
        };
        let path = entry.path();
        if is_recording(&path) {
            recordings.push(path);
        } else if depth > 0 && !is_hidden(&path) && is_folder(&entry) {
            inner.push(path);
        }
    }
    inner.sort();
    for folder in inner {
        list(&folder, depth - 1, visited, recordings, problems);
    }
}

/// Whether the entry is a folder or a link to one.
fn is_folder(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()))
}

/// Whether a file of this name is taken for a recording.
#[must_use]
pub fn is_recording(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    !is_hidden(path) && ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."))
}

#[cfg(test)]
mod tests {
    use super::{Folder, Scan, Scanner, is_recording};
    use std::convert::Infallible;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::time::Duration;

    fn scanner(folder: &Path, settle_ms: u64) -> Scanner {
        let folder = Folder { path: folder.to_owned(), recursive: true };
        Scanner::new(vec![folder], Duration::from_millis(settle_ms), 1_000_000)
    }

    fn scan(scanner: &mut Scanner) -> Scan {
        scanner.scan(|_| Ok::<_, Infallible>(false)).unwrap()
    }

    #[test]
    fn a_file_is_ready_only_when_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        fs::write(&file, "one").unwrap();
        let mut scanner = scanner(folder.path(), 200);
        assert_eq!(scan(&mut scanner).growing, std::slice::from_ref(&file));
        std::thread::sleep(Duration::from_millis(120));
        fs::write(&file, "one two").unwrap();
        std::thread::sleep(Duration::from_millis(120));
        assert_eq!(scan(&mut scanner).growing, std::slice::from_ref(&file), "it changed 120 ms ago");
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
        assert_eq!(scan(&mut scanner).growing.len(), 1);
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
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(scan(&mut scanner(folder.path(), 10)).ready.len(), 1);
    }

    #[test]
    fn only_recordings_are_taken() {
        for (name, wanted) in [
            ("msg0001.WAV", true),
            ("a.ulaw", true),
            (".a.wav", false),
            ("a.wav.part", false),
            ("a.txt", false),
            ("wav", false),
        ] {
            assert_eq!(is_recording(Path::new(name)), wanted, "{name}");
        }
    }
}
