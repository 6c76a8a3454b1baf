//! The process that hears: killed, stopped and starved for real.

use crate::home::{Home, TINY, call, checkout, signal};
use std::fs;

const LONG: &str = "20260316-122704_+15095550179_food-truck.ogg";
const OTHER: &str = "20260317-153127_+15095550111_silence.wav";

fn hearing(rest: &str) -> String {
    format!("[hearing]\nmodel = \"{}\"\n{rest}", checkout().join("models").join(TINY).display())
}

#[test]
fn when_it_dies_the_message_is_deferred_and_the_next_is_heard() {
    let home = Home::new(TINY);
    home.drop_sample(LONG, "20260101-000000_first.ogg");
    home.drop_sample(OTHER, "20260102-000000_second.wav");
    let watch = home.watch();
    let first = watch.recogniser();
    signal(first, "KILL");
    let calls = home.wait_for(60, "one is deferred, the other filed", |calls| {
        calls.len() == 2 && calls.iter().all(|call| call["state"] == "deferred" || call["state"] == "filed")
    });
    let deferred = call(&calls, "20260101-000000_first.ogg");
    assert_eq!(deferred["state"], "deferred", "{deferred:#}");
    assert!(deferred["problem"].as_str().unwrap().contains("signal 9"), "{deferred:#}");
    assert!(deferred["next_try_at"].is_string());
    assert_eq!(call(&calls, "20260102-000000_second.wav")["label"], "empty");
    assert_ne!(watch.recogniser(), first, "another was started");

    // `dime retry` brings the next try forward, and the running service takes it up.
    let id = deferred["id"].to_string();
    assert_eq!(home.dime(&["retry", &id]).status, 0);
    home.wait_for(60, "the retried message is filed", |calls| {
        call(calls, "20260101-000000_first.ogg")["state"] == "filed"
    });
}

#[test]
fn when_it_hangs_it_is_killed_and_the_message_deferred() {
    let home = Home::new(TINY);
    home.configure(&hearing("patience_seconds = 3.0\nseconds_per_second = 0.1\n"));
    home.drop_sample(LONG, "first.ogg");
    let watch = home.watch();
    let child = watch.recogniser();
    signal(child, "STOP");
    let calls = home.wait_for(30, "the message is deferred", |calls| {
        calls.first().is_some_and(|call| call["state"] == "deferred")
    });
    let problem = calls[0]["problem"].as_str().unwrap();
    assert!(problem.contains("longer than"), "{problem}");
    let state = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z"), "the stopped process is gone: {state}");
}

#[test]
fn when_it_needs_too_much_memory_the_message_is_not_lost() {
    let home = Home::new(TINY);
    // Enough for the program, not for the model.
    home.configure(&hearing("memory_megabytes = 300\n"));
    home.drop_sample(LONG, "first.ogg");
    let done = home.dime(&["watch", "--once"]);
    let calls = home.calls();
    let told =
        done.err.contains("memory") || calls[0]["problem"].as_str().unwrap_or_default().contains("memory");
    assert!(told, "{} {calls:#?}", done.err);
    assert!(["found", "deferred", "held"].contains(&calls[0]["state"].as_str().unwrap()));
}

#[test]
fn it_ends_with_its_parent() {
    let home = Home::new(TINY);
    home.drop_sample(LONG, "first.ogg");
    let mut watch = home.watch();
    let child = watch.recogniser();
    signal(watch.child.id(), "KILL");
    watch.child.wait().unwrap();
    let gone = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| stat.contains(") Z"))
            || !fs::exists(format!("/proc/{child}")).unwrap()
    });
    assert!(gone, "the recogniser outlives its parent");
}
