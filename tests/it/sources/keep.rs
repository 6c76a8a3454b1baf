//! `[keep]`: copies of recordings that stay, and words that do not.

use super::sound::call_me;
use super::{configure, copies, home, kept, once, one, put};
use rusqlite::Connection;
use std::fs;
use std::time::{Duration, Instant};

const SIDECAR: &str = r#"{"caller_number": "5095550142", "transcript": "peculiar wombats"}"#;

#[test]
fn copies_stay_when_they_are_to() {
    let home = home("");
    put(&home.spool().join("a.wav"), call_me());
    once(&home);
    assert!(copies(&home).is_empty());
    configure(&home, "", "[keep]\naudio_copies = true\n");
    put(&home.spool().join("b.wav"), super::sound::silence(1, 2));
    let calls = once(&home);
    let sound = calls.iter().find(|call| call["file"].as_str().unwrap().ends_with("b.wav")).unwrap();
    let copy = home.state().join(format!("audio/{}.wav", sound["audio_sha256"].as_str().unwrap()));
    assert_eq!(fs::read(&copy).unwrap(), super::sound::silence(1, 2));
    fs::remove_file(home.spool().join("b.wav")).unwrap();
    once(&home);
    assert!(copy.exists());
    // No longer wanted, they go with the next start.
    configure(&home, "", "");
    once(&home);
    assert!(copies(&home).is_empty(), "{:?}", copies(&home));
}

#[test]
fn words_go_after_their_days_and_the_verdict_stays() {
    let home = home("");
    put(&home.spool().join("a.json"), SIDECAR);
    put(&home.spool().join("a.wav"), call_me());
    configure(&home, "", "[keep]\ntranscripts_days = 1\n");
    let before = one(&home);
    let words = before["transcript"].as_str().unwrap();
    assert!(
        !words.is_empty() && before["told_transcript"] == "peculiar wombats",
        "a day is not over: {before:#}"
    );
    let database = home.state().join("dime.db");
    let connection = Connection::open(&database).unwrap();
    let changed = connection.execute("UPDATE verdict SET filed_ms = filed_ms - 90000000", []).unwrap();
    assert_eq!(changed, 1);
    drop(connection);
    let _watch = home.watch();
    let after = home.wait_for(60, "the words are gone", |calls| calls[0]["told_transcript"].is_null());
    let after = &after[0];
    assert_eq!(after["transcript"].as_str().unwrap_or_default(), "");
    assert!(after["told_transcript"].is_null(), "{after:#}");
    for same in ["id", "state", "label", "score", "caller", "received_at"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    for reason in after["reasons"].as_array().unwrap() {
        assert_eq!(reason["quote"], "", "{reason:#}");
    }
    // In no file, while the service runs.
    let begun = Instant::now();
    while !kept(&home, &[words, "wombats"]).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", kept(&home, &[words, "wombats"]));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(home.dime(&["show", &after["id"].to_string()]).status, 0);
}
