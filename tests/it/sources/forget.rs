//! `dime forget`: a caller with everything left of them.

use super::sound::{call_me, silence};
use super::{callers, configure, copies, home, kept, once, put};
use crate::home::Home;
use std::fs;
use std::time::Duration;

const PAT: &str =
    r#"{"caller_number": "5095550142", "caller_name": "Patience Leeway", "transcript": "peculiar wombats"}"#;
const KIM: &str = r#"{"caller_number": "5095550177", "caller_name": "Kim Orchard"}"#;

/// Two callers, one of whom will be forgotten.
fn called() -> Home {
    let home = home("");
    leave(&home, "leeway", PAT, &call_me());
    leave(&home, "orchard", KIM, &silence(1, 2));
    home
}

fn leave(home: &Home, name: &str, sidecar: &str, sound: &[u8]) {
    put(&home.spool().join(format!("{name}.json")), sidecar);
    put(&home.spool().join(format!("{name}.wav")), sound);
}

/// What of the forgotten caller is in the state folder.
fn left(home: &Home) -> Vec<&'static str> {
    kept(home, &["5550142", "Patience", "patience", "Leeway", "wombats", "leeway.wav", "leeway.json"])
}

#[test]
fn by_number_or_by_name_nothing_is_left_and_nothing_comes_back() {
    for who in ["(509) 555-0142", "patience leeway"] {
        let home = called();
        assert_eq!(once(&home).len(), 2);
        assert_eq!(left(&home).len(), 7, "{:?}", left(&home));
        let done = home.dime(&["forget", who, "--dry-run"]);
        assert!(done.status == 0 && done.out.starts_with("would forget 1 call: "), "{done:?}");
        assert_eq!(home.calls().len(), 2);
        let done = home.dime(&["forget", who]);
        assert_eq!(done.status, 0, "{}", done.err);
        assert!(
            done.out.starts_with("forgotten: 1 call\n") && done.out.contains("still there"),
            "{}",
            done.out
        );
        assert!(done.out.contains("leeway.wav") && home.spool().join("leeway.wav").exists());
        assert!(left(&home).is_empty(), "{:?}", left(&home));
        for _ in 0..2 {
            assert_eq!(callers(&once(&home)), ["+15095550177"]);
            assert!(left(&home).is_empty(), "{:?}", left(&home));
        }
        assert_eq!(home.dime(&["forget", who]).status, 3);
        // Nor when nobody tells any more whose it is.
        fs::remove_file(home.spool().join("leeway.json")).unwrap();
        assert_eq!(callers(&once(&home)), ["+15095550177"]);
        // What they leave from now on is taken.
        leave(&home, "again", PAT, &silence(7, 2));
        assert_eq!(once(&home).len(), 2);
    }
}

#[test]
fn nobody_is_forgotten_who_was_not_named() {
    let home = called();
    once(&home);
    for who in ["Patience", "Lee", "+15095550199", "unknown", "anonymous", "", "%"] {
        let done = home.dime(&["forget", who]);
        assert_eq!(done.status, 3, "{who}: {}{}", done.out, done.err);
        assert!(done.err.contains("no calls of"), "{}", done.err);
    }
    assert_eq!(home.calls().len(), 2);
    assert_eq!(Home::new(crate::home::TINY).dime(&["forget", "Pat"]).status, 3, "before the first watch");
    let answer = &home.json(&["forget", "Kim Orchard", "--dry-run"])[0];
    assert_eq!(answer["would_forget"].as_array().unwrap().len(), 1, "{answer}");
    let answer = &home.json(&["forget", "Kim Orchard"])[0];
    assert_eq!(answer["forgotten"], 1, "{answer}");
}

#[test]
fn while_the_service_runs() {
    let home = called();
    configure(&home, "", "[keep]\naudio_copies = true\n");
    let watch = home.watch();
    home.wait_for(60, "both are filed", |calls| {
        calls.len() == 2 && calls.iter().all(|call| call["state"] == "filed")
    });
    assert_eq!(copies(&home).len(), 2);
    let done = home.dime(&["forget", "5095550142"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert!(left(&home).is_empty(), "{:?}", left(&home));
    assert_eq!(copies(&home).len(), 1, "{:?}", copies(&home));
    // It looks at the folder again, takes what is new, and leaves the forgotten one alone.
    leave(&home, "third", KIM, &silence(2, 2));
    home.wait_for(60, "the new one is filed", |calls| {
        calls.len() == 2 && calls.iter().all(|call| call["state"] == "filed")
    });
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(callers(&home.calls()), ["+15095550177", "+15095550177"]);
    assert!(left(&home).is_empty(), "{:?}", left(&home));
    assert_eq!(copies(&home).len(), 2, "{:?}\n{}", copies(&home), watch.log());
}
