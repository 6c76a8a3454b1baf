//! Telephone systems as they really leave their files, and dime as a whole over them.

mod asterisk;
mod forget;
mod freepbx;
mod freeswitch;
mod keep;
mod mail;
mod phone_systems;
mod plain;
mod settings;
mod sound;
mod takeout;

use crate::home::{Home, TINY, checkout};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Two words, PCM, 2.1 seconds: the quickest to hear.
const CALL_ME: &str = "20260317-111903_+15095550166_call-me.wav";

/// Half a minute of other words.
const LONG: &str = "20260316-122704_+15095550179_food-truck.ogg";

/// Seconds since 1970 of 2026-03-14T16:12:44Z.
const MOMENT: i64 = 1_773_504_764;

/// A dime whose one folder has these keys.
fn home(keys: &str) -> Home {
    let home = Home::new(TINY);
    configure(&home, keys, "");
    home
}

/// Replaces the configuration: `keys` of the one folder, and whatever comes at the end.
fn configure(home: &Home, keys: &str, rest: &str) {
    let demo = fs::read_to_string(checkout().join("config/demo.toml")).unwrap();
    let demo = demo.replace("path = \"spool\"\n", &format!("path = \"spool\"\n{keys}\n"));
    let model = checkout().join("models").join(TINY);
    let hearing = format!("[hearing]\nmodel = \"{}\"\nthreads = 1\n", model.display());
    fs::write(home.config(), format!("{demo}\nrescan_seconds = 1.0\n{hearing}{rest}")).unwrap();
}

/// One round over the folders: all there is then.
fn once(home: &Home) -> Vec<Value> {
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 0, "{}{}", done.out, done.err);
    let calls = home.calls();
    assert!(calls.iter().all(|call| call["state"] == "filed"), "{calls:#?}");
    calls
}

/// One round, after which there is one call.
fn one(home: &Home) -> Value {
    let mut calls = once(home);
    assert_eq!(calls.len(), 1, "{calls:#?}");
    calls.remove(0)
}

/// The calls' numbers, or what is shown in their place, in order.
fn callers(calls: &[Value]) -> Vec<&str> {
    let mut callers: Vec<_> = calls
        .iter()
        .map(|call| {
            let Value::Object(caller) = &call["caller"] else { panic!("no caller in {call:#}") };
            caller["number"].as_str().or(caller["raw_number"].as_str()).unwrap_or("unknown")
        })
        .collect();
    callers.sort_unstable();
    callers
}

/// Writes a file and the folders around it.
fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Every byte below `folder`.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        all.extend(if entry.is_dir() { bytes(&entry) } else { fs::read(&entry).unwrap() });
    }
    all
}

/// Which of these words are anywhere in the state folder.
fn kept<'a>(home: &Home, words: &[&'a str]) -> Vec<&'a str> {
    let all = bytes(&home.state());
    let holds = |word: &&&str| all.windows(word.len()).any(|window| window == word.as_bytes());
    words.iter().filter(holds).copied().collect()
}

/// dime's own copies of recordings.
fn copies(home: &Home) -> Vec<PathBuf> {
    let files = fs::read_dir(home.state().join("audio")).into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}
