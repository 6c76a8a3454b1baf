//! Asterisk's `app_voicemail`: records in `tmp/`, renames the sound, then the text; renumbers, saves, forwards.

use super::book::{Book, Fate, name};
use super::sound::{Content, recording};
use super::writer::{Writer, caller};
use crate::labelled::Draw;
use jiff::Timestamp;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A mailbox and the formats its messages are recorded in.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    pub(crate) folder: PathBuf,
    pub(crate) formats: &'static [&'static str],
}

/// One Asterisk with some mailboxes.
pub(crate) struct Asterisk {
    pub(crate) mailboxes: Vec<Mailbox>,
    /// Messages that are still to be left.
    pub(crate) left: usize,
    /// Spoken ones among them.
    pub(crate) words: usize,
    pub(crate) count: usize,
    /// The first of its callers' numbers.
    first_caller: usize,
}

/// What happens to a message when it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Usual,
    /// Shorter than `minsecs`: deleted while it still lies in `tmp/`.
    TooShort,
    /// `delete=yes`: mailed and deleted.
    Mailed,
}

impl Asterisk {
    /// Mailboxes in two contexts, one of them of the same number in both, with greetings.
    pub(crate) fn new(book: &mut Book, messages: usize, first_caller: usize, draw: &mut Draw) -> Self {
        let formats: [&[&str]; 4] = [&["WAV", "wav"], &["wav"], &["gsm", "wav"], &["WAV"]];
        let folders = ["default/201", "default/202", "sales/201", "sales/301"];
        let mailboxes = folders.into_iter().zip(formats).map(|(folder, formats)| {
            let mailbox = Mailbox { folder: book.root().join("voicemail").join(folder), formats };
            make_mailbox(book, &mailbox, draw);
            mailbox
        });
        Self { mailboxes: mailboxes.collect(), left: messages, words: 2, count: 0, first_caller }
    }

    /// A mailbox to do something with.
    pub(crate) fn any(&self, draw: &mut Draw) -> Mailbox {
        self.mailboxes[draw.below(self.mailboxes.len())].clone()
    }

    /// Somebody leaves a message.
    pub(crate) fn leave(&mut self, book: &mut Book, mailbox: &Mailbox, seconds: usize, draw: &mut Draw) {
        self.take(book, mailbox, seconds, Kind::Usual, draw);
    }

    fn take(&mut self, book: &mut Book, mailbox: &Mailbox, seconds: usize, kind: Kind, draw: &mut Draw) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        self.count += 1;
        let content = match draw.below(12) {
            0 => Content::Damaged,
            1 | 2 if self.words > 0 => {
                self.words -= 1;
                Content::Words(seconds)
            }
            _ => Content::Quiet(seconds),
        };
        let fate = match (kind, content) {
            (Kind::TooShort, _) => Fate::Nothing,
            (_, Content::Damaged) => Fate::Held,
            _ => Fate::Filed,
        };
        let number = caller(self.first_caller + self.count);
        let known = draw.below(6) > 0;
        let epoch = 1_790_000_000 + i64::try_from(self.count * 61 + self.first_caller).unwrap();
        let id = book.message(fate, known.then(|| format!("+1{number}")), Some(epoch));
        let callerid = if known { format!("\"Pat Lee\" <{number}>") } else { "Unknown".to_owned() };
        book.messages[id].fleeting = kind == Kind::Mailed;

        let random: String =
            (0..6).map(|_| char::from(b'a' + u8::try_from(draw.below(26)).unwrap())).collect();
        let tmp = mailbox.folder.join("tmp").join(random);
        let urgent = draw.below(5) == 0;
        let with_id = draw.below(8) > 0;
        let sounds = mailbox.formats.iter().map(|format| (format, recording(content, format, draw)));
        let sounds: Vec<_> = sounds.collect();
        let length = sounds.iter().map(|(_, (_, length))| *length).max().unwrap();
        book.messages[id].seconds = length;
        let mut text = text(mailbox, &callerid, epoch);
        if with_id {
            text.push_str(&message_id(epoch, self.first_caller + self.count));
        }
        book.write(id, &tmp, text.as_bytes());
        fs::set_permissions(&tmp, fs::Permissions::from_mode(0o600)).unwrap();
        for (format, (bytes, _)) in &sounds {
            book.record(id, &tmp.with_extension(format), bytes, draw);
        }
        if kind == Kind::TooShort {
            for path in book.of_stem(tmp.parent().unwrap(), &name(&tmp)) {
                book.remove(&path);
            }
            return book.remove(&tmp);
        }
        book.append(id, &tmp, &format!("flag={}\nduration={length}\n", if urgent { "Urgent" } else { "" }));
        let folder = mailbox.folder.join(if urgent { "Urgent" } else { "INBOX" });
        fs::create_dir_all(&folder).unwrap();
        let lock = Lock::take(&folder);
        let stem = folder.join(format!("msg{:04}", next(book, &folder)));
        for (format, _) in &sounds {
            book.rename(&tmp.with_extension(format), &stem.with_extension(format));
        }
        let text = stem.with_extension("txt");
        book.rename(&tmp, &text);
        fs::set_permissions(&text, fs::Permissions::from_mode(0o666)).unwrap();
        drop(lock);
        book.is_whole(id);
        if kind == Kind::Mailed {
            std::thread::sleep(Duration::from_millis(draw.below(120) as u64));
            let _lock = Lock::take(&folder);
            delete(book, &stem);
        }
    }

    /// The owner saves a message: to `Old`, and the rest moves up.
    fn save(book: &mut Book, mailbox: &Mailbox, draw: &mut Draw) {
        let (from, to) = (mailbox.folder.join("INBOX"), mailbox.folder.join("Old"));
        let Some(number) = pick(book, &from, draw) else { return };
        fs::create_dir_all(&to).unwrap();
        let (_from, _to) = (Lock::take(&from), Lock::take(&to));
        let stem = to.join(format!("msg{:04}", next(book, &to)));
        move_stem(book, &from.join(format!("msg{number:04}")), &stem);
        resequence(book, &from);
    }

    /// Forwards a message to another mailbox: the sound, then the text, under the same id.
    fn forward(&self, book: &mut Book, mailbox: &Mailbox, draw: &mut Draw) {
        let (from, target) = (mailbox.folder.join("INBOX"), self.any(draw));
        let to = target.folder.join("INBOX");
        let Some(number) = pick(book, &from, draw) else { return };
        if from == to {
            return;
        }
        fs::create_dir_all(&to).unwrap();
        let _lock = Lock::take(&to);
        let stem = to.join(format!("msg{:04}", next(book, &to)));
        let hard = draw.below(2) == 0;
        for path in sound_first(book, &from.join(format!("msg{number:04}"))) {
            let copy = stem.with_extension(path.extension().unwrap());
            let id = book.files[&path].message;
            if hard { book.link(&path, &copy) } else { book.copy(id, &path, &copy, draw) }
        }
    }

    /// Opens a mailbox: what has no id gets one, in place.
    fn open(&mut self, book: &mut Book, mailbox: &Mailbox) {
        let folder = mailbox.folder.join("INBOX");
        for number in book.numbers(&folder) {
            let text = folder.join(format!("msg{number:04}.txt"));
            if book.files.contains_key(&text) && !fs::read_to_string(&text).unwrap().contains("msg_id=") {
                let id = book.files[&text].message;
                self.count += 1;
                let line = message_id(book.messages[id].received.unwrap(), self.first_caller + self.count);
                book.append(id, &text, &line);
            }
        }
    }
}

impl Writer for Asterisk {
    fn step(&mut self, book: &mut Book, draw: &mut Draw) {
        let mailbox = self.any(draw);
        let seconds = 1 + draw.below(8);
        match draw.below(14) {
            0..=5 => self.leave(book, &mailbox, seconds, draw),
            6 => self.take(book, &mailbox, 1, Kind::TooShort, draw),
            7 => self.take(book, &mailbox, seconds, Kind::Mailed, draw),
            8 | 9 => Self::save(book, &mailbox, draw),
            10 | 11 => self.forward(book, &mailbox, draw),
            12 => self.open(book, &mailbox),
            _ => discard(book, &mailbox.folder.join(["INBOX", "Old", "Urgent"][draw.below(3)]), draw),
        }
    }

    fn farewell(&mut self, book: &mut Book, draw: &mut Draw) {
        for mailbox in &self.mailboxes {
            for folder in ["INBOX", "Old", "Urgent"] {
                discard(book, &mailbox.folder.join(folder), draw);
            }
        }
    }
}

/// Makes the folders of a mailbox and the greetings in it, which are no messages.
pub(crate) fn make_mailbox(book: &mut Book, mailbox: &Mailbox, draw: &mut Draw) {
    fs::create_dir_all(mailbox.folder.join("tmp")).unwrap();
    fs::create_dir_all(mailbox.folder.join("INBOX")).unwrap();
    for greeting in ["unavail", "busy", "greet", "temp"] {
        let id = book.message(Fate::Nothing, None, None);
        let (bytes, _) = recording(Content::Quiet(2), "wav", draw);
        book.record(id, &mailbox.folder.join(greeting).with_extension("wav"), &bytes, draw);
    }
}

/// The owner deletes a message: what comes after it moves up.
fn discard(book: &mut Book, folder: &Path, draw: &mut Draw) {
    let Some(number) = pick(book, folder, draw) else { return };
    let _lock = Lock::take(folder);
    delete(book, &folder.join(format!("msg{number:04}")));
    resequence(book, folder);
}

fn delete(book: &mut Book, stem: &Path) {
    for path in sound_first(book, stem) {
        book.remove(&path);
    }
}

/// Closes the gaps in the numbers of `folder`.
fn resequence(book: &mut Book, folder: &Path) {
    for (new, old) in book.numbers(folder).into_iter().enumerate() {
        if new != old {
            let stem = |number| folder.join(format!("msg{number:04}"));
            move_stem(book, &stem(old), &stem(new));
        }
    }
}

fn move_stem(book: &mut Book, from: &Path, to: &Path) {
    for path in sound_first(book, from) {
        let to = to.with_extension(path.extension().unwrap());
        book.rename(&path, &to);
    }
}

/// The files of a message, its text last.
fn sound_first(book: &Book, stem: &Path) -> Vec<PathBuf> {
    let mut files = book.of_stem(stem.parent().unwrap(), &name(stem));
    files.sort_by_key(|path| path.extension().unwrap() == "txt");
    files
}

/// The number of the next message in `folder`.
pub(crate) fn next(book: &Book, folder: &Path) -> usize {
    book.numbers(folder).last().map_or(0, |last| last + 1)
}

/// A message of `folder`, where there is one.
pub(crate) fn pick(book: &Book, folder: &Path, draw: &mut Draw) -> Option<usize> {
    let numbers: Vec<_> = book.numbers(folder).into_iter().collect();
    let place = draw.below(numbers.len().max(1));
    numbers.get(place).copied()
}

/// The text beside a message until it is recorded.
fn text(mailbox: &Mailbox, callerid: &str, epoch: i64) -> String {
    let at = Timestamp::from_second(epoch).unwrap();
    let date = at.strftime("%a %b %e %I:%M:%S %p UTC %Y");
    let number = name(&mailbox.folder);
    let context = name(mailbox.folder.parent().unwrap());
    format!(
        ";\n; Message Information file\n;\n[message]\norigmailbox={number}\ncontext={context}\nexten={number}\n\
         rdnis=unknown\npriority=2\ncallerchan=PJSIP/trunk-0000001a\ncallerid={callerid}\norigdate={date}\n\
         origtime={epoch}\ncategory=\n"
    )
}

fn message_id(epoch: i64, counter: usize) -> String {
    format!("msg_id={epoch}-{counter:08x}\n")
}

/// A folder's lock, as `lockmode=lockfile` takes it: nobody breaks one that is left behind.
struct Lock(PathBuf);

impl Lock {
    fn take(folder: &Path) -> Self {
        let own = folder.join(format!(".lock-{:08x}", std::process::id()));
        let lock = folder.join(".lock");
        fs::write(&own, "").unwrap();
        let begun = Instant::now();
        while fs::hard_link(&own, &lock).is_err() {
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(5), "{}: a message would be lost", lock.display());
            std::thread::yield_now();
        }
        fs::remove_file(&own).unwrap();
        Self(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
