//! `FreePBX`: Asterisk leaves the messages, and the web pages move, forward, renumber and delete them without any lock.

use super::asterisk::{Asterisk, Mailbox, make_mailbox, next, pick};
use super::book::{Book, Mixture, name};
use super::writer::Writer;
use crate::labelled::Draw;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// One `FreePBX` with some extensions.
pub(crate) struct FreePbx {
    asterisk: Asterisk,
    extensions: Vec<Mailbox>,
}

impl FreePbx {
    /// Three extensions, their folders linked by device.
    pub(crate) fn new(book: &mut Book, messages: usize, first_caller: usize, draw: &mut Draw) -> Self {
        let mut asterisk = Asterisk::new(book, 0, first_caller, draw);
        let formats: [&[&str]; 3] = [&["WAV", "wav"], &["wav"], &["WAV", "wav"]];
        let voicemail = book.root().join("voicemail");
        fs::create_dir_all(voicemail.join("device")).unwrap();
        let extensions = ["701", "702", "703"].into_iter().zip(formats).map(|(extension, formats)| {
            let mailbox = Mailbox { folder: voicemail.join("default").join(extension), formats };
            make_mailbox(book, &mailbox, draw);
            let link = voicemail.join("device").join(extension);
            symlink(Path::new("../default").join(extension), link).unwrap();
            mailbox
        });
        let extensions: Vec<_> = extensions.collect();
        asterisk.mailboxes.clone_from(&extensions);
        asterisk.left = messages;
        Self { asterisk, extensions }
    }

    /// Moves a message to another folder: the text before the sound.
    fn move_message(book: &mut Book, mailbox: &Mailbox, draw: &mut Draw) {
        let from = mailbox.folder.join("INBOX");
        let to = mailbox.folder.join(["Old", "Work", "Family", "Friends"][draw.below(4)]);
        let Some(number) = pick(book, &from, draw) else { return };
        fs::create_dir_all(&to).unwrap();
        let stem = to.join(format!("msg{:04}", next(book, &to)));
        for path in text_first(book, &from, number) {
            let to = stem.with_extension(path.extension().unwrap());
            book.rename(&path, &to);
        }
        if draw.below(2) == 0 {
            renumber(book, &from);
        }
    }

    /// Copies a message to another extension, text first, and gives the copy an id of its own.
    fn forward(&self, book: &mut Book, mailbox: &Mailbox, draw: &mut Draw) {
        let (from, to) = (mailbox.folder.join("INBOX"), self.asterisk.any(draw).folder.join("INBOX"));
        let Some(number) = pick(book, &from, draw) else { return };
        if from == to {
            return;
        }
        let stem = to.join(format!("msg{:04}", next(book, &to)));
        for path in text_first(book, &from, number) {
            let id = book.files[&path].message;
            book.copy(id, &path, &stem.with_extension(path.extension().unwrap()), draw);
        }
        let text = stem.with_extension("txt");
        if let Some(id) = book.files.get(&text).map(|file| file.message) {
            let old = fs::read_to_string(&text).unwrap();
            let others = old.lines().filter(|line| !line.starts_with("msg_id="));
            let new: Vec<_> = others
                .map(str::to_owned)
                .chain([format!("msg_id=1790000000-{:08x}", draw.below(1 << 32))])
                .collect();
            book.write(id, &text, (new.join("\n") + "\n").as_bytes());
        }
    }
}

/// The files of a message, its text first.
fn text_first(book: &Book, folder: &Path, number: usize) -> Vec<PathBuf> {
    let mut files = book.of_stem(folder, &format!("msg{number:04}"));
    files.sort_by_key(|path| path.extension().unwrap() != "txt");
    files
}

/// Closes the gaps, by a name in between, but takes only the first two files of each message along.
fn renumber(book: &mut Book, folder: &Path) {
    for (new, old) in book.numbers(folder).into_iter().enumerate() {
        for path in book.of_stem(folder, &format!("msg{old:04}")).into_iter().take(2) {
            let extension = path.extension().unwrap();
            let between = folder.join(format!("msgTMP{new:04}")).with_extension(extension);
            book.rename(&path, &between);
        }
    }
    let moved = book.files.keys().filter(|path| path.parent() == Some(folder));
    let moved: Vec<_> = moved.filter(|path| name(path).starts_with("msgTMP")).cloned().collect();
    for path in moved {
        book.rename(&path, &folder.join(name(&path).replace("TMP", "")));
    }
    note_mixtures(book, folder);
}

/// Notes for which messages the system itself has made it impossible to know the caller.
fn note_mixtures(book: &mut Book, folder: &Path) {
    for number in book.numbers(folder) {
        let files = book.of_stem(folder, &format!("msg{number:04}"));
        let owner = |path: &PathBuf| book.files[path].message;
        let text = files.iter().find(|path| path.extension().unwrap() == "txt").map(owner);
        let owners: Vec<_> = files.iter().map(owner).collect();
        if text.is_some() && owners.iter().all(|id| Some(*id) == text) {
            continue;
        }
        for id in owners {
            mix(book, id, Mixture::Mixed);
            let Some(other) = text.filter(|other| *other != id) else { continue };
            if book.messages[other].seconds.abs_diff(book.messages[id].seconds) <= 2 {
                mix(book, other, Mixture::Alike);
                mix(book, id, Mixture::Alike);
                let number = book.messages[other].number.clone();
                book.messages[id].mistaken.insert(number);
            }
        }
    }
}

fn mix(book: &mut Book, id: usize, mixture: Mixture) {
    let message = &mut book.messages[id];
    message.mixture = message.mixture.max(mixture);
}

impl Writer for FreePbx {
    fn step(&mut self, book: &mut Book, draw: &mut Draw) {
        let mailbox = self.asterisk.any(draw);
        match draw.below(12) {
            0..=5 => {
                // Lengths that tell neighbours apart.
                let seconds = 3 + 4 * (self.asterisk.count % 7);
                self.asterisk.leave(book, &mailbox, seconds, draw);
            }
            6 | 7 => Self::move_message(book, &mailbox, draw),
            8 => self.forward(book, &mailbox, draw),
            9 => renumber(book, &mailbox.folder.join("INBOX")),
            _ => discard(book, &mailbox.folder.join(["INBOX", "Old", "Work"][draw.below(3)]), draw),
        }
    }

    fn farewell(&mut self, book: &mut Book, draw: &mut Draw) {
        for mailbox in &self.extensions {
            for folder in ["INBOX", "Old", "Work", "Family", "Friends"] {
                discard(book, &mailbox.folder.join(folder), draw);
            }
        }
    }
}

/// Deletes whatever has a message's number.
fn discard(book: &mut Book, folder: &Path, draw: &mut Draw) {
    let Some(number) = pick(book, folder, draw) else { return };
    for path in book.of_stem(folder, &format!("msg{number:04}")) {
        book.remove(&path);
    }
    if draw.below(2) == 0 {
        renumber(book, folder);
    }
}
