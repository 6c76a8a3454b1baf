//! `FreeSWITCH`: records straight into the final file, with no text beside it; takes back what is too short or said again.

use super::book::{Book, Fate, name};
use super::sound::{Content, recording, tagged};
use super::writer::{Writer, caller};
use crate::labelled::Draw;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One `FreeSWITCH` with some users.
pub(crate) struct FreeSwitch {
    users: Vec<PathBuf>,
    left: usize,
    words: usize,
    count: usize,
    first_caller: usize,
}

impl FreeSwitch {
    /// Two users of one domain, with greetings.
    pub(crate) fn new(book: &mut Book, messages: usize, first_caller: usize, draw: &mut Draw) -> Self {
        let users = ["1001", "1002"].map(|user| book.root().join("voicemail/default/pbx.example").join(user));
        for user in &users {
            fs::create_dir_all(user).unwrap();
            for own in ["greeting_1.wav", "greeting_2_TMP.wav", "recorded_name.wav"] {
                let id = book.message(Fate::Nothing, None, None);
                let (bytes, _) = recording(Content::Quiet(2), "wav", draw);
                book.record(id, &user.join(own), &bytes, draw);
            }
        }
        Self { users: users.to_vec(), left: messages, words: 2, count: 0, first_caller }
    }

    /// Somebody leaves a message of `fate` in a new file.
    fn leave(&mut self, book: &mut Book, path: &Path, fate: Fate, draw: &mut Draw) {
        self.left -= 1;
        self.count += 1;
        let content = match draw.below(12) {
            0 if fate == Fate::Filed => Content::Damaged,
            1 if self.words > 0 && fate == Fate::Filed => {
                self.words -= 1;
                Content::Words(3)
            }
            _ => Content::Quiet(3 + draw.below(6)),
        };
        let fate = if content == Content::Damaged { Fate::Held } else { fate };
        let (mut bytes, _) = recording(content, "wav", draw);
        let mut number = None;
        if content != Content::Damaged && draw.below(2) == 0 {
            let digits = caller(self.first_caller + self.count);
            bytes = tagged(bytes, &format!("Pat Lee ({digits})"));
            number = Some(format!("+1{digits}"));
        }
        let id = book.message(fate, number, None);
        book.record(id, path, &bytes, draw);
        book.is_whole(id);
    }

    fn record(&mut self, book: &mut Book, draw: &mut Draw) {
        if self.left < 2 {
            return;
        }
        let path = self.users[draw.below(2)].join(format!("msg_{}.wav", uuid(draw)));
        match draw.below(8) {
            // Shorter than `min-record-len`.
            0 => {
                self.leave(book, &path, Fate::Perhaps, draw);
                book.remove(&path);
            }
            // Said again: another message under the same name.
            1 => {
                self.leave(book, &path, Fate::Perhaps, draw);
                std::thread::sleep(Duration::from_millis(draw.below(100) as u64));
                book.remove(&path);
                self.leave(book, &path, Fate::Filed, draw);
            }
            _ => self.leave(book, &path, Fate::Filed, draw),
        }
    }

    fn copy(&self, book: &mut Book, draw: &mut Draw) {
        let Some(from) = any_message(book, draw) else { return };
        let to = self.users[draw.below(2)].join(format!("msg_{}.wav", uuid(draw)));
        let id = book.files[&from].message;
        book.copy(id, &from, &to, draw);
    }
}

/// A message that lies there.
fn any_message(book: &Book, draw: &mut Draw) -> Option<PathBuf> {
    let files: Vec<_> = book.files.keys().filter(|path| name(path).starts_with("msg_")).collect();
    let place = draw.below(files.len().max(1));
    files.get(place).map(|path| (*path).clone())
}

/// A random name, sometimes one that ends in ten digits, as a telephone number has.
fn uuid(draw: &mut Draw) -> String {
    let mut part = |length: usize| -> String {
        (0..length).map(|_| char::from_digit(u32::try_from(draw.below(16)).unwrap(), 16).unwrap()).collect()
    };
    let start = format!("{}-{}-4{}-a{}", part(8), part(4), part(3), part(3));
    let end = part(12);
    if draw.below(4) == 0 {
        format!("{start}-ab50955{:05}", draw.below(100_000))
    } else {
        format!("{start}-{end}")
    }
}

impl Writer for FreeSwitch {
    fn step(&mut self, book: &mut Book, draw: &mut Draw) {
        match draw.below(9) {
            0..=5 => self.record(book, draw),
            6 | 7 => self.copy(book, draw),
            _ => {
                if let Some(path) = any_message(book, draw) {
                    book.remove(&path);
                }
            }
        }
    }

    fn farewell(&mut self, book: &mut Book, draw: &mut Draw) {
        for _ in 0..4 {
            if let Some(path) = any_message(book, draw) {
                book.remove(&path);
            }
        }
    }
}
