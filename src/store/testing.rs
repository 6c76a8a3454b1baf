//! A database in a temporary folder, and calls to put in it.

use super::{Recorded, Store};
use crate::domain::{
    CallId, CallState, Caller, FileStamp, Found, Heard, Label, Mention, Mentions, Millis, PhoneNumber, Place,
    Reason, Score, Told, Transcript, Unreadable, Verdict, Word,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A store whose folder goes when it goes.
pub(super) struct TestStore {
    pub(super) store: Store,
    dir: TempDir,
}

impl TestStore {
    pub(super) fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    /// The store in a folder that may hold one already.
    pub(super) fn open(dir: TempDir) -> Self {
        let store = Store::open(dir.path()).unwrap();
        Self { store, dir }
    }

    /// The state folder.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Records recording number `n`, received at `n` seconds.
    pub(super) fn add(&mut self, n: u8) -> CallId {
        let recorded = self.store.record_found(&found(n), Millis(1_000)).unwrap();
        assert!(matches!(recorded, Recorded::New(_)), "{n}");
        recorded.id()
    }

    /// Records recording number `n` and brings it to `state`.
    pub(super) fn add_in(&mut self, n: u8, state: CallState) -> CallId {
        let id = self.add(n);
        let now = Millis(2_000);
        match state {
            CallState::Found => {}
            CallState::Heard => self.store.heard(id, &heard("hello"), now).unwrap(),
            CallState::Filed => {
                self.store.heard(id, &heard("hello"), now).unwrap();
                self.store.filed(id, &verdict(Label::Lead), now).unwrap();
            }
            CallState::Deferred => self.store.deferred(id, "no answer", Millis(5_000), now).unwrap(),
            CallState::Held => self.store.held(id, "broken", now).unwrap(),
        }
        id
    }

    /// Closes the database and keeps the folder.
    pub(super) fn close(self) -> TempDir {
        self.dir
    }

    pub(super) fn state(&self, id: CallId) -> CallState {
        self.store.call(id).unwrap().unwrap().state
    }

    /// The kinds of steps of a call, in order.
    pub(super) fn steps(&self, id: CallId) -> Vec<&'static str> {
        self.store.events(id).unwrap().iter().map(|event| event.step.as_str()).collect()
    }
}

/// Recording number `n` at its own path.
pub(super) fn found(n: u8) -> Found {
    Found {
        stamp: stamp(&format!("/spool/msg{n:04}.wav"), u64::from(n)),
        audio_sha256: format!("{n:064x}"),
        ending: "wav".to_owned(),
        lasts_ms: None,
        beside: Vec::new(),
        told: Told { caller: caller("+15095550196"), ..Told::default() },
        received: Millis(i64::from(n) * 1_000),
    }
}

/// A stamp of `path`, distinct for each `inode`.
pub(super) fn stamp(path: &str, inode: u64) -> FileStamp {
    FileStamp {
        path: PathBuf::from(path),
        device: 1,
        inode,
        size: 100,
        modified_ns: 1_700_000_000_123_456_789,
        changed_ns: -1,
    }
}

pub(super) fn caller(number: &str) -> Caller {
    let number = PhoneNumber::parse(number, "US");
    assert!(number.is_some());
    Caller { number, raw_number: None, name: Some("José Example".to_owned()) }
}

pub(super) fn unreadable(path: &str) -> Unreadable {
    Unreadable {
        path: PathBuf::from(path),
        caller: Caller::default(),
        received: Millis(7_000),
        problem: "not a recording".to_owned(),
    }
}

pub(super) fn heard(text: &str) -> Heard {
    let words = text
        .split_whitespace()
        .map(|word| Word { text: word.to_owned(), passage_ms: 120, confidence: 0.1 + 0.2 })
        .collect();
    Heard {
        transcript: Transcript {
            text: text.to_owned(),
            words,
            language: Some("en".to_owned()),
            model: "base-q8_0.bin".to_owned(),
        },
        audio_ms: 21_480,
        took_ms: 1_130,
        format: "WAV µ-law, 8000 Hz, 1 channel".to_owned(),
        notes: vec!["the header says 2 s".to_owned()],
    }
}

pub(super) fn verdict(label: Label) -> Verdict {
    Verdict {
        label,
        score: Score(0.97),
        reasons: vec![Reason {
            rule: "linkedin-discovery".to_owned(),
            weight: 2.1,
            why: "says they found you on LinkedIn".to_owned(),
            quote: "found you on \"LinkedIn\"".to_owned(),
        }],
        mentions: Mentions {
            numbers: caller("+12065550142").number.into_iter().map(|number| named(number, 12)).collect(),
            names: vec![named("Zoë".to_owned(), 3), Mention { value: "Ann".to_owned(), place: None }],
            companies: vec![named("Ünder & Söhne 100%".to_owned(), 40)],
            urls: vec![named("example.com".to_owned(), 70)],
        },
    }
}

/// A mention five characters long.
fn named<T>(value: T, start: u32) -> Mention<T> {
    Mention { value, place: Some(Place { start, end: start + 5 }) }
}
