//! A plain folder that some program drops recordings into, the caller and the time in their names.

use super::book::{Book, Fate, name};
use super::sound::{Content, recording};
use super::writer::{Writer, caller};
use crate::labelled::Draw;
use jiff::Timestamp;
use std::fs;
use std::path::PathBuf;

/// One folder, and an archive in it.
pub(crate) struct Folder {
    left: usize,
    words: usize,
    count: usize,
    first_caller: usize,
}

impl Folder {
    pub(crate) fn new(book: &mut Book, messages: usize, first_caller: usize) -> Self {
        fs::create_dir_all(book.root().join("archive")).unwrap();
        Self { left: messages, words: 2, count: 0, first_caller }
    }

    /// A recording, written in place, or elsewhere and then renamed.
    fn drop_one(&mut self, book: &mut Book, draw: &mut Draw) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        self.count += 1;
        let content = match draw.below(12) {
            0 => Content::Damaged,
            1 if self.words > 0 => {
                self.words -= 1;
                Content::Words(1)
            }
            _ => Content::Quiet(1 + draw.below(9)),
        };
        let fate = if content == Content::Damaged { Fate::Held } else { Fate::Filed };
        let formats: &[&str] =
            if content == Content::Damaged { &["wav"] } else { &["wav", "WAV", "gsm", "ulaw"] };
        let spoken = matches!(content, Content::Words(_));
        let format = formats[draw.below(if spoken { 2 } else { formats.len() })];
        let epoch = 1_790_000_000 + i64::try_from(self.count * 61).unwrap();
        let number = (draw.below(5) > 0).then(|| format!("+1{}", caller(self.first_caller + self.count)));
        let time = Timestamp::from_second(epoch).unwrap().strftime("%Y%m%d-%H%M%SZ").to_string();
        let shown = number.clone().unwrap_or_else(|| "anonymous".to_owned());
        let path = book.root().join(format!("{time}_{shown}.{format}"));
        let id = book.message(fate, number, Some(epoch));
        let (bytes, _) = recording(content, format, draw);
        match draw.below(3) {
            0 => book.record(id, &path, &bytes, draw),
            1 => {
                let part = path.with_extension(format!("{format}.part"));
                book.record(id, &part, &bytes, draw);
                book.rename(&part, &path);
            }
            _ => {
                let hidden = path.with_file_name(format!(".{}", name(&path)));
                book.record(id, &hidden, &bytes, draw);
                book.rename(&hidden, &path);
            }
        }
        book.is_whole(id);
    }

    fn any(book: &Book, draw: &mut Draw) -> Option<PathBuf> {
        let files: Vec<_> = book.files.keys().collect();
        let place = draw.below(files.len().max(1));
        files.get(place).map(|path| (*path).clone())
    }
}

impl Writer for Folder {
    fn step(&mut self, book: &mut Book, draw: &mut Draw) {
        let what = draw.below(10);
        if what < 6 {
            return self.drop_one(book, draw);
        }
        let Some(path) = Self::any(book, draw) else { return };
        let archived = book.root().join("archive").join(name(&path));
        match what {
            6 | 7 if path != archived => book.rename(&path, &archived),
            6 | 7 => {}
            8 if path != archived => {
                let id = book.files[&path].message;
                book.copy(id, &path, &archived, draw);
            }
            _ => book.remove(&path),
        }
    }

    fn farewell(&mut self, book: &mut Book, draw: &mut Draw) {
        for _ in 0..4 {
            if let Some(path) = Self::any(book, draw) {
                book.remove(&path);
            }
        }
    }
}
