//! A folder into which the owner's own program puts recordings, with or without a `NAME.json`.

use super::sound::{call_me, silence};
use super::{callers, home, once, one, put};
use std::time::Duration;

const SIDECAR: &str = r#"{"caller_number": "(509) 555-0142", "caller_name": "Pat Lee", "mailbox": "sales",
    "received_at": "2026-03-14T09:12:44-07:00", "attestation": "B", "transcript": "Please call."}"#;

#[test]
fn what_lies_beside_a_recording_is_read_before_or_after_it() {
    let home = home("");
    put(&home.spool().join("first.json"), SIDECAR);
    put(&home.spool().join("first.wav"), call_me());
    let call = one(&home);
    assert_eq!(
        (&call["caller"]["number"], &call["caller"]["name"]),
        (&"+15095550142".into(), &"Pat Lee".into())
    );
    assert_eq!((&call["received_at"], &call["mailbox"]), (&"2026-03-14T16:12:44Z".into(), &"sales".into()));
    assert_eq!((&call["attestation"], &call["told_transcript"]), (&"B".into(), &"Please call.".into()));
    let shown = home.dime(&["show", &call["id"].to_string()]).out;
    assert!(shown.contains("B: the carrier knows the caller, not whether"), "{shown}");

    let home = self::home("");
    put(&home.spool().join("second.wav"), call_me());
    let before = one(&home);
    // Half written, it tells nothing.
    put(&home.spool().join("second.json"), &SIDECAR[..40]);
    assert!(one(&home)["caller"]["number"].is_null());
    put(&home.spool().join("second.json"), SIDECAR);
    let after = one(&home);
    assert_eq!((&after["caller"]["number"], &after["attestation"]), (&"+15095550142".into(), &"B".into()));
    assert_eq!((&after["id"], &after["took_ms"]), (&before["id"], &before["took_ms"]), "not heard again");
}

#[test]
fn a_sidecar_written_slowly_is_waited_for() {
    let home = home("");
    let _watch = home.watch();
    put(&home.spool().join("a.wav"), call_me());
    for end in [1, 30, 60, SIDECAR.len()] {
        put(&home.spool().join("a.json"), &SIDECAR[..end]);
        std::thread::sleep(Duration::from_millis(250));
    }
    let calls = home.wait_for(60, "the caller is known", |calls| {
        calls
            .first()
            .is_some_and(|call| call["state"] == "filed" && call["caller"]["number"] == "+15095550142")
    });
    assert_eq!(calls.len(), 1);
}

#[test]
fn a_sidecar_that_says_otherwise_than_the_name_makes_no_second_call() {
    let home = home("");
    put(&home.spool().join("20260314-080000Z_+15095550177.wav"), silence(1, 2));
    one(&home);
    put(&home.spool().join("20260314-080000Z_+15095550177.json"), SIDECAR);
    let call = one(&home);
    assert_eq!(call["caller"]["number"], "+15095550177", "what was known stays");
    assert_eq!(call["attestation"], "B", "and what was not is learned");
}

#[test]
fn a_pattern_reads_names_that_nobody_else_has() {
    let home = home(r"pattern = '/(?<mailbox>[^/]+)/in-(?<epoch>\d+)-(?<number>\d+)-(?<name>[^.]*)\.wav$'");
    put(&home.spool().join("sales/in-1773504764-5095550142-Pat Lee.wav"), silence(1, 2));
    put(&home.spool().join("20260314-171244Z_+15095550177_usual.wav"), silence(2, 2));
    let calls = once(&home);
    assert_eq!(callers(&calls), ["+15095550142", "+15095550177"], "where it does not fit, the usual way");
    let call = &calls[1];
    assert_eq!((&call["caller"]["name"], &call["mailbox"]), (&"Pat Lee".into(), &"sales".into()));
    assert_eq!(call["received_at"], "2026-03-14T16:12:44Z");
}

#[test]
fn callers_without_a_number_are_not_taken_for_one_another() {
    let home = home("");
    let numbers = ["anonymous", "201", "VOIPMSG", "*67", "5095550142"];
    for (index, number) in numbers.iter().enumerate() {
        put(&home.spool().join(format!("{index}.json")), format!(r#"{{"caller_number": "{number}"}}"#));
        // All of them the same silence.
        put(&home.spool().join(format!("{index}.wav")), silence(1, 2));
    }
    put(&home.spool().join("another.json"), r#"{"caller_number": "anonymous"}"#);
    put(&home.spool().join("another.wav"), silence(2, 2));
    let calls = once(&home);
    assert_eq!(callers(&calls), ["*67", "+15095550142", "201", "VOIPMSG", "anonymous", "anonymous"]);
    for call in &calls {
        let shown = home.dime(&["show", &call["id"].to_string()]).out;
        assert!(!shown.contains("also from"), "who withholds a number is nobody we know: {shown}");
    }
    assert_eq!(home.json(&["history", "anonymous"]).len(), 2);
    assert_eq!(home.json(&["history", "201"]).len(), 1);
}
