//! What the owner asks afterwards: history, show, mark.

use crate::home::{Home, TINY};
use std::fs;

const CALL_ME: &str = "20260317-111903_+15095550166_call-me.wav";

/// One filed call, left as review, and one held.
fn filed() -> Home {
    let home = Home::new(TINY);
    home.drop_sample(CALL_ME, CALL_ME);
    fs::write(home.spool().join("20200101-000000_broken.wav"), "this is no sound\n".repeat(9)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    home
}

#[test]
fn held_calls_come_first() {
    let home = filed();
    let calls = home.calls();
    let states: Vec<_> = calls.iter().map(|call| call["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["held", "filed"], "although the held one is older");
    let table = home.dime(&["history"]).out;
    assert!(table.contains("+15095550166") && table.contains("held") && table.contains("review"), "{table}");
}

#[test]
fn a_mark_counts_until_it_is_undone() {
    let home = filed();
    let call = home.json(&["history", "+15095550166"])[0].clone();
    let id = call["id"].to_string();
    assert_eq!(call["label"], "review");
    for _ in 0..2 {
        assert_eq!(home.dime(&["mark", &id, "lead"]).status, 0);
        let marked = &home.json(&["show", &id])[0];
        assert_eq!(
            (&marked["label"], &marked["judged"], &marked["marked"]),
            (&"lead".into(), &"review".into(), &"lead".into())
        );
    }
    assert!(home.dime(&["history"]).out.contains("lead (yours)"));
    assert_eq!(home.dime(&["mark", &id, "--undo"]).status, 0);
    assert_eq!(home.json(&["show", &id])[0], call, "as if nothing had been");
    assert!(home.dime(&["mark", &id, "--undo"]).out.contains("nothing to take back"));
}

#[test]
fn a_number_is_found_however_it_is_written() {
    let home = filed();
    for written in ["+15095550166", "(509) 555-0166", "509-555-0166"] {
        assert_eq!(home.json(&["history", written]).len(), 1, "{written}");
    }
}

#[test]
fn nothing_found_has_its_own_status() {
    let home = filed();
    assert_eq!(home.dime(&["show", "99"]).status, 3);
    assert_eq!(home.dime(&["mark", "99", "lead"]).status, 3);
    assert_eq!(home.dime(&["retry", "99"]).status, 3);
    assert_eq!(home.dime(&["history", "nobody of this name"]).status, 3);
    assert_eq!(Home::new(TINY).dime(&["history"]).status, 3, "before the first watch");
}

#[test]
fn show_tells_the_words_the_reasons_and_how_to_correct() {
    let home = filed();
    let id = home.json(&["history", "+15095550166"])[0]["id"].to_string();
    let shown = home.dime(&["show", &id]).out;
    for part in ["words", "reasons", "received  2026-03-17 11:19", &format!("dime mark {id} lead|spam")] {
        assert!(shown.contains(part), "no `{part}` in\n{shown}");
    }
}
