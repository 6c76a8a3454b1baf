//! Compares what dime tells with what the writers did, and names every promise that was broken.

use super::book::{Book, Fate, Message, Mixture};
use dime::domain::Fingerprint;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What dime promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    NothingIsForgotten,
    NothingIsCountedTwice,
    EverythingSeenEndsFiledOrHeld,
    WhatCanBeHeardIsHeard,
    WhatIsDamagedIsHeld,
    CallerAndTimeAreAsTold,
    NothingIsMadeUp,
    TheSpoolIsOnlyRead,
}

/// What the comparison found.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    /// Which, why, and every case in full.
    broken: BTreeMap<(Promise, &'static str), Vec<String>>,
    /// Messages that are gone, and were there for long enough.
    pub(crate) gone: usize,
}

/// When dime was alive, and how long it needs to see a recording that is left alone.
pub(crate) struct Uptime {
    pub(crate) lives: Vec<(Instant, Instant)>,
    /// Two readings of the folders after the settling, and what a busy machine adds.
    pub(crate) needs: Duration,
    /// One reading of the folders after the settling, and what a busy machine adds.
    pub(crate) needs_when_mailed: Duration,
}

impl Uptime {
    /// Whether dime must have seen the message, although it is gone now.
    fn must_have_seen(&self, message: &Message) -> bool {
        let needs = if message.fleeting { self.needs_when_mailed } else { self.needs };
        message.quiet.iter().any(|(from, to)| {
            let seen = |(start, end): &(Instant, Instant)| {
                (*to.min(end)).saturating_duration_since(*from.max(start))
            };
            self.lives.iter().any(|life| seen(life) >= needs)
        })
    }
}

impl Audit {
    /// Compares `calls` with `books`, whose files all lie in `spool`.
    pub(crate) fn of(books: &[Book], calls: &[Value], uptime: &Uptime, spool: &Path) -> Self {
        let mut audit = Self::default();
        let mut by_sound: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for call in calls {
            let sound = call["audio_sha256"].as_str().unwrap_or_default();
            by_sound.entry(sound).or_default().push(call);
        }
        for book in books {
            for (id, message) in book.messages.iter().enumerate() {
                let sounds = message.sounds.iter();
                let calls: Vec<_> =
                    sounds.filter_map(|sound| by_sound.remove(sound.as_str())).flatten().collect();
                let gone = !book.lies_there(id);
                let must = message.mixture != Mixture::Alike && (!gone || uptime.must_have_seen(message));
                audit.gone += usize::from(gone && must);
                audit.message(message, &calls, must);
            }
            for half in &book.stalled {
                by_sound.remove(half.as_str());
            }
        }
        for call in by_sound.values().flatten() {
            audit.broken(Promise::NothingIsMadeUp, "nobody left this", format!("{call:#}"));
        }
        audit.spool(books, spool);
        audit
    }

    fn message(&mut self, message: &Message, calls: &[&Value], must: bool) {
        let mut broken = |promise, what: &'static str| {
            let mut told = format!("{}: {:?}, caller {:?}\n", message.name, message.fate, message.number);
            for (at, step) in &message.steps {
                writeln!(told, "    {at:>6} ms  {step}").unwrap();
            }
            for call in calls {
                let [id, state, problem, caller, received, file, sound] =
                    ["id", "state", "problem", "caller", "received_at", "file", "audio_sha256"]
                        .map(|field| &call[field]);
                writeln!(told, "    call {id} {state} {problem} {caller} {received} {file} {sound}").unwrap();
            }
            self.broken(promise, what, told);
        };
        match (message.fate, calls) {
            (Fate::Nothing, [_, ..]) => broken(Promise::NothingIsMadeUp, "it is no message"),
            (Fate::Filed | Fate::Held, []) if must => broken(Promise::NothingIsForgotten, "no call"),
            (_, [_, _, ..]) => {
                let sounds: BTreeSet<_> = calls.iter().map(|call| call["audio_sha256"].as_str()).collect();
                let once = sounds.len() == calls.len();
                // The system itself left a format behind, alone or beside another's text: whose it is can only be known
                // where dime saw it before.
                let number = |call: &Value| call["caller"]["number"].as_str().map(str::to_owned);
                let stranger = |call: &&&Value| {
                    let nobody = number(call).is_none() && call["caller"]["raw_number"].is_null();
                    nobody || number(call) != message.number
                };
                let likely = |call: &&Value| {
                    let number = number(call);
                    number.is_none() || number == message.number || message.mistaken.contains(&number)
                };
                let left_behind = message.mixture != Mixture::None
                    && once
                    && calls.iter().all(likely)
                    && calls.iter().filter(stranger).count() + 1 >= calls.len();
                if !left_behind {
                    broken(
                        Promise::NothingIsCountedTwice,
                        if once { "a call for each format" } else { "more than one call of the same sound" },
                    );
                }
            }
            _ => {}
        }
        if message.fate == Fate::Nothing {
            return;
        }
        for call in calls {
            let (state, problem) =
                (call["state"].as_str().unwrap(), call["problem"].as_str().unwrap_or_default());
            match (state, message.fate) {
                ("filed", Fate::Held) => broken(Promise::WhatIsDamagedIsHeld, "filed although it is damaged"),
                ("filed", _) | ("held", Fate::Held) => {}
                // Killed a dozen times in the middle of it: set aside for the owner, as documented.
                ("held", _) if problem.starts_with("begun ") => {}
                ("held", _) => broken(Promise::WhatCanBeHeardIsHeard, "held although it can be heard"),
                _ => broken(Promise::EverythingSeenEndsFiledOrHeld, "neither filed nor held"),
            }
            let number = call["caller"]["number"].as_str().map(str::to_owned);
            let received: jiff::Timestamp = call["received_at"].as_str().unwrap().parse().unwrap();
            let own =
                number == message.number && message.received.is_none_or(|told| told == received.as_second());
            let likely = number.is_none() || number == message.number || message.mistaken.contains(&number);
            let excused = likely && message.mixture != Mixture::None;
            if !(own || excused) {
                broken(Promise::CallerAndTimeAreAsTold, "another caller or time");
            }
        }
    }

    /// Every file that was left lies there as it was left, and no other.
    fn spool(&mut self, books: &[Book], spool: &Path) {
        let mut there = Vec::new();
        files(spool, &mut there);
        let mut expected: BTreeMap<_, _> = books.iter().flat_map(|book| &book.files).collect();
        for path in there {
            match expected.remove(&path) {
                None => self.broken(Promise::TheSpoolIsOnlyRead, "made", path.display().to_string()),
                Some(file) if Fingerprint::of(&fs::read(&path).unwrap()) != file.sha256 => {
                    self.broken(Promise::TheSpoolIsOnlyRead, "changed", path.display().to_string());
                }
                Some(_) => {}
            }
        }
        for path in expected.keys() {
            self.broken(Promise::TheSpoolIsOnlyRead, "gone", path.display().to_string());
        }
    }

    fn broken(&mut self, promise: Promise, what: &'static str, told: String) {
        self.broken.entry((promise, what)).or_default().push(told);
    }

    /// Whether every promise was kept.
    pub(crate) fn is_clean(&self) -> bool {
        self.broken.is_empty()
    }

    /// How often each promise was broken, and the first `most` breaks of each in full.
    pub(crate) fn report(&self, most: usize) -> String {
        let mut told = String::new();
        for ((promise, what), breaks) in &self.broken {
            writeln!(told, "{promise:?}: broken {} times: {what}", breaks.len()).unwrap();
        }
        for ((promise, what), breaks) in &self.broken {
            for one in breaks.iter().take(most) {
                writeln!(told, "\n{promise:?}: {what}\n  {one}").unwrap();
            }
        }
        told
    }
}

/// Every file below `folder`; links are not followed.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if !kind.is_symlink() {
            found.push(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Audit, Promise, Uptime};
    use crate::chaos::book::{Book, Fate};
    use serde_json::{Value, json};
    use std::fs;
    use std::slice;
    use std::time::Duration;

    /// The promises that `calls` break, each made of the sound that was left and a change.
    fn broken(fate: Fate, calls: &[Value]) -> Vec<Promise> {
        let folder = tempfile::tempdir().unwrap();
        let mut book = Book::new("writer", folder.path(), Duration::from_secs(1));
        let id = book.message(fate, Some("+15095550123".to_owned()), Some(1_790_000_000));
        let mut draw = crate::labelled::Draw::new("");
        book.record(id, &folder.path().join("a.wav"), b"a sound", &mut draw);
        book.is_whole(id);
        let sound = book.messages[id].sounds.first().unwrap().clone();
        let call = json!({ "id": 1, "state": "filed", "audio_sha256": sound, "problem": null,
            "received_at": "2026-09-21T14:13:20Z", "caller": { "number": "+15095550123" } });
        let calls = calls.iter().map(|change| {
            let mut call = call.clone();
            call.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            call
        });
        let moment = Duration::from_secs(1);
        let uptime = Uptime { lives: Vec::new(), needs: moment, needs_when_mailed: moment };
        let audit = Audit::of(&[book], &calls.collect::<Vec<_>>(), &uptime, folder.path());
        audit.broken.into_keys().map(|(promise, _)| promise).collect()
    }

    #[test]
    fn every_broken_promise_is_noticed() {
        let same = json!({});
        assert_eq!(broken(Fate::Filed, slice::from_ref(&same)), []);
        assert_eq!(broken(Fate::Filed, &[]), [Promise::NothingIsForgotten]);
        assert_eq!(broken(Fate::Filed, &[same.clone(), same.clone()]), [Promise::NothingIsCountedTwice]);
        assert_eq!(broken(Fate::Nothing, slice::from_ref(&same)), [Promise::NothingIsMadeUp]);
        assert_eq!(broken(Fate::Perhaps, &[]), []);
        for (fate, change, promise) in [
            (Fate::Filed, json!({ "state": "deferred" }), Promise::EverythingSeenEndsFiledOrHeld),
            (Fate::Filed, json!({ "state": "held", "problem": "gone" }), Promise::WhatCanBeHeardIsHeard),
            (Fate::Held, same.clone(), Promise::WhatIsDamagedIsHeld),
            (Fate::Filed, json!({ "caller": { "number": null } }), Promise::CallerAndTimeAreAsTold),
            (Fate::Filed, json!({ "received_at": "2026-09-21T14:13:21Z" }), Promise::CallerAndTimeAreAsTold),
        ] {
            assert_eq!(broken(fate, slice::from_ref(&change)), [promise], "{change}");
        }
        let other = json!({ "audio_sha256": "of a recording that nobody left" });
        assert_eq!(broken(Fate::Filed, &[same, other]), [Promise::NothingIsMadeUp]);
    }

    #[test]
    fn whatever_is_done_to_the_spool_is_noticed() {
        for (what, done) in [("made", "b.wav"), ("changed", "a.wav")] {
            let folder = tempfile::tempdir().unwrap();
            let mut book = Book::new("writer", folder.path(), Duration::from_secs(1));
            let id = book.message(Fate::Perhaps, None, None);
            book.write(id, &folder.path().join("a.wav"), b"a sound");
            fs::write(folder.path().join(done), "something else").unwrap();
            let mut audit = Audit::default();
            audit.spool(&[book], folder.path());
            assert_eq!(audit.broken[&(Promise::TheSpoolIsOnlyRead, what)].len(), 1);
        }
    }
}
