//! What one writer did to its part of the spool: every file it left there, and every message with its own history.

use super::sound::unclosed;
use crate::labelled::Draw;
use dime::domain::Fingerprint;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What must become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Filed, exactly once.
    Filed,
    /// Held, exactly once.
    Held,
    /// Never there at all: it is no message.
    Nothing,
    /// At most once: the system took it back, and nobody can tell when that was too late.
    Perhaps,
}

/// Whether the system itself has put one message's text beside another's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mixture {
    None,
    /// Yes: nobody can know the caller from that.
    Mixed,
    /// Yes, and of two messages of one length, which look like two formats of one.
    Alike,
}

/// One message that a caller left, with all copies of it, or one file that is no message.
#[derive(Debug)]
pub(crate) struct Message {
    /// Who left it there, and its number there.
    pub(crate) name: String,
    pub(crate) fate: Fate,
    /// SHA-256 of each recording of it, one a format.
    pub(crate) sounds: BTreeSet<String>,
    /// The caller's number in E.164, where the system tells one.
    pub(crate) number: Option<String>,
    /// When it was left in whole seconds since 1970, where the system tells.
    pub(crate) received: Option<i64>,
    /// Length as the system tells it.
    pub(crate) seconds: usize,
    pub(crate) mixture: Mixture,
    /// Numbers which the system's own mix-ups make likely.
    pub(crate) mistaken: BTreeSet<Option<String>>,
    /// Every path it had.
    pub(crate) paths: BTreeSet<PathBuf>,
    /// Stretches in which it lay there whole and was left alone.
    pub(crate) quiet: Vec<(Instant, Instant)>,
    /// Beginning of the stretch that lasts.
    pub(crate) quiet_since: Option<Instant>,
    /// Whether it is deleted by the system itself as soon as it was mailed.
    pub(crate) fleeting: bool,
    whole: bool,
    /// What was done to it: milliseconds since the writer began, and what.
    pub(crate) steps: Vec<(u128, String)>,
}

/// A file that is to lie in the spool.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// SHA-256 of its bytes.
    pub(crate) sha256: String,
    /// The message it belongs to.
    pub(crate) message: usize,
}

/// One writer's book.
pub(crate) struct Book {
    writer: String,
    root: PathBuf,
    begun: Instant,
    settle: Duration,
    pub(crate) messages: Vec<Message>,
    /// What lies there now.
    pub(crate) files: BTreeMap<PathBuf, Entry>,
    /// SHA-256 of halves that this machine, being busy, let stand longer than was meant: dime cannot tell.
    pub(crate) stalled: BTreeSet<String>,
}

impl Book {
    /// An empty book of `writer`, whose files lie in `root`. Pauses within a recording are told against `settle`.
    pub(crate) fn new(writer: &str, root: &Path, settle: Duration) -> Self {
        fs::create_dir_all(root).unwrap();
        Self {
            writer: writer.to_owned(),
            root: root.to_owned(),
            begun: Instant::now(),
            settle,
            messages: Vec::new(),
            files: BTreeMap::new(),
            stalled: BTreeSet::new(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A new message, of which nothing lies there yet.
    pub(crate) fn message(&mut self, fate: Fate, number: Option<String>, received: Option<i64>) -> usize {
        let id = self.messages.len();
        self.messages.push(Message {
            name: format!("{} message {id}", self.writer),
            fate,
            sounds: BTreeSet::new(),
            number,
            received,
            seconds: 0,
            mixture: Mixture::None,
            mistaken: BTreeSet::new(),
            paths: BTreeSet::new(),
            quiet: Vec::new(),
            quiet_since: None,
            fleeting: false,
            whole: false,
            steps: Vec::new(),
        });
        id
    }

    /// From now on the message lies there whole.
    pub(crate) fn is_whole(&mut self, id: usize) {
        self.messages[id].whole = true;
        self.after(id);
    }

    /// Whether a recording of the message lies where recordings are looked for.
    pub(crate) fn lies_there(&self, id: usize) -> bool {
        let message = &self.messages[id];
        let of_it =
            |(path, file): (&PathBuf, &Entry)| message.sounds.contains(&file.sha256) && !is_saved(path);
        message.whole && self.files.iter().any(of_it)
    }

    /// The files of `folder` whose names begin with `stem` and a dot, in the order of PHP's glob.
    pub(crate) fn of_stem(&self, folder: &Path, stem: &str) -> Vec<PathBuf> {
        let start = format!("{stem}.");
        let files = self.files.keys().filter(|path| path.parent() == Some(folder));
        files.filter(|path| name(path).starts_with(&start)).cloned().collect()
    }

    /// The numbers of `msgNNNN` in `folder`, in order.
    pub(crate) fn numbers(&self, folder: &Path) -> BTreeSet<usize> {
        let files = self.files.keys().filter(|path| path.parent() == Some(folder));
        files.filter_map(|path| name(path).strip_prefix("msg")?.split('.').next()?.parse().ok()).collect()
    }

    /// Writes a small file at once.
    pub(crate) fn write(&mut self, id: usize, path: &Path, bytes: &[u8]) {
        self.before(id, format!("write {} bytes to {}", bytes.len(), self.short(path)));
        fs::write(path, bytes).unwrap();
        let sha256 = Fingerprint::of(bytes);
        let file = fs::metadata(path).unwrap();
        // Other names of the same file hold the same now.
        if file.nlink() > 1 {
            for (path, entry) in self.files.iter_mut().filter(|(_, entry)| entry.message == id) {
                if fs::metadata(path).unwrap().ino() == file.ino() {
                    entry.sha256.clone_from(&sha256);
                }
            }
        }
        self.keep(id, path, sha256);
    }

    /// Adds `text` to a file in place.
    pub(crate) fn append(&mut self, id: usize, path: &Path, text: &str) {
        let mut bytes = fs::read(path).unwrap();
        bytes.extend(text.as_bytes());
        self.write(id, path, &bytes);
    }

    /// Records a sound in bursts with pauses up to 40 ms, the sizes in its header 0 until it is closed.
    pub(crate) fn record(&mut self, id: usize, path: &Path, bytes: &[u8], draw: &mut Draw) {
        let open = unclosed(bytes);
        self.pour(id, "record", path, &open, draw);
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .write_all_at(&bytes[..bytes.len().min(64)], 0)
            .unwrap();
        let sha256 = Fingerprint::of(bytes);
        self.messages[id].sounds.insert(sha256.clone());
        self.keep(id, path, sha256);
    }

    /// Copies a file in bursts, as a program that is not careful does.
    pub(crate) fn copy(&mut self, id: usize, from: &Path, to: &Path, draw: &mut Draw) {
        let bytes = fs::read(from).unwrap();
        self.pour(id, &format!("copy {} as", self.short(from)), to, &bytes, draw);
        self.keep(id, to, Fingerprint::of(&bytes));
    }

    fn pour(&mut self, id: usize, what: &str, path: &Path, bytes: &[u8], draw: &mut Draw) {
        self.before(id, format!("{what} {} ({} bytes)", self.short(path), bytes.len()));
        self.messages[id].quiet_since = None;
        let file = File::create(path).unwrap();
        let pieces = 1 + draw.below(4);
        let mut last = Instant::now();
        for (index, piece) in bytes.chunks(bytes.len().div_ceil(pieces).max(1)).enumerate() {
            let at = index * bytes.len().div_ceil(pieces).max(1);
            file.write_all_at(piece, at as u64).unwrap();
            std::thread::sleep(Duration::from_millis(draw.below(40) as u64));
            if last.elapsed() > self.settle / 2 {
                self.stalled.insert(Fingerprint::of(&bytes[..at + piece.len()]));
            }
            last = Instant::now();
        }
    }

    /// Gives a file another name; what had that name is gone.
    pub(crate) fn rename(&mut self, from: &Path, to: &Path) {
        let entry = self.files.remove(from).unwrap();
        let id = entry.message;
        self.before(id, format!("rename {} to {}", self.short(from), self.short(to)));
        fs::rename(from, to).unwrap();
        if let Some(gone) = self.files.get(to).map(|gone| gone.message) {
            self.before(gone, format!("overwritten at {}", self.short(to)));
            self.after(gone);
        }
        self.keep(id, to, entry.sha256);
    }

    /// A second name for the same file.
    pub(crate) fn link(&mut self, from: &Path, to: &Path) {
        let Entry { message: id, sha256 } = self.files[from].clone();
        self.before(id, format!("link {} as {}", self.short(from), self.short(to)));
        fs::hard_link(from, to).unwrap();
        self.keep(id, to, sha256);
    }

    /// Deletes a file.
    pub(crate) fn remove(&mut self, path: &Path) {
        let id = self.files.remove(path).unwrap().message;
        self.before(id, format!("delete {}", self.short(path)));
        fs::remove_file(path).unwrap();
        self.after(id);
    }

    fn keep(&mut self, id: usize, path: &Path, sha256: String) {
        self.files.insert(path.to_owned(), Entry { sha256, message: id });
        self.messages[id].paths.insert(path.to_owned());
        self.after(id);
    }

    /// Notes that something is about to be done to the message.
    fn before(&mut self, id: usize, step: String) {
        let now = Instant::now();
        let message = &mut self.messages[id];
        message.steps.push((self.begun.elapsed().as_millis(), step));
        if let Some(since) = message.quiet_since.take() {
            message.quiet.push((since, now));
        }
    }

    /// Notes that it was done: what lies there is left alone until the next time.
    fn after(&mut self, id: usize) {
        if self.lies_there(id) {
            self.messages[id].quiet_since = Some(Instant::now());
        }
    }

    fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The last part of `path`.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Whether the owner has put the message away: dime looks into `INBOX` and `Urgent` unless told otherwise.
fn is_saved(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    ["Old", "Work", "Family", "Friends"].iter().any(|name| folder == *name)
}
