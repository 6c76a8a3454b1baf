//! `dime digest`: tonight's letter and that of a day, shown and written.

use crate::home::{Home, TINY};
use std::fs;

/// A home with a message held that was left at midnight and a half in the zone of the tests, on the night of 8 March.
fn home() -> Home {
    let home = Home::new(TINY);
    fs::write(home.spool().join("20260308-003000_+15095550196_x.wav"), "no sound\n".repeat(20)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    home
}

#[test]
fn the_letter_is_shown_written_and_given_to_programs() {
    let home = home();
    let shown = home.dime(&["digest"]);
    assert_eq!(shown.status, 0, "{}", shown.err);
    for want in ["1 needs ears", "+15095550196", "dime retry 1"] {
        assert!(shown.out.contains(want), "{want}\n{}", shown.out);
    }
    let file = home.path().join("letter.html");
    assert_eq!(home.dime(&["digest", "--html", file.to_str().unwrap()]).status, 0);
    let html = fs::read_to_string(file).unwrap();
    let given = &home.json(&["digest"])[0];
    assert_eq!(given["html"], html.as_str());
    assert_eq!(given["subject"], "1 needs ears");
    assert_eq!(given["text"].as_str().unwrap().trim_end(), shown.out.trim_end());
    let nowhere = home.dime(&["digest", "--html", "/nowhere/letter.html"]);
    assert!(nowhere.error().contains("/nowhere/letter.html"), "{}", nowhere.err);
}

#[test]
fn a_day_is_the_owners_even_when_its_clock_changes() {
    // In Los Angeles, 8 March 2026 has 23 hours. The message was left at 00:30 UTC, on the 7th there.
    let home = home();
    for (zone, day, tells) in [
        ("UTC", "2026-03-08", true),
        ("UTC", "2026-03-07", false),
        ("America/Los_Angeles", "2026-03-08", false),
        ("America/Los_Angeles", "2026-03-07", true),
        ("Pacific/Kiritimati", "2026-03-08", true),
    ] {
        let done = home.command(&["digest", "--date", day]).env("TZ", zone).output().unwrap();
        let out = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success());
        assert_eq!(out.contains("dime retry 1"), tells, "{zone} {day}\n{out}");
    }
    let wrong = home.dime(&["digest", "--date", "2026-02-30"]);
    assert_eq!(wrong.status, 2, "{}", wrong.err);
}

#[test]
fn before_the_first_call_there_is_nothing_to_tell() {
    let home = Home::new(TINY);
    let shown = home.dime(&["digest"]);
    assert_eq!(shown.status, 0, "{}", shown.err);
    assert!(shown.out.contains("No calls, and all is well"), "{}", shown.out);
    assert!(!home.state().exists(), "asking changes nothing");
}

#[test]
fn an_ill_dime_is_told_first() {
    let home = home();
    fs::create_dir(home.path().join("rules.d")).unwrap();
    fs::write(home.path().join("rules.d/bad.toml"), "[[rule]]\n").unwrap();
    let shown = home.dime(&["digest"]);
    assert!(shown.out.contains("1 trouble, 1 needs ears"), "{}", shown.out);
    assert!(shown.out.find("rules.d").unwrap() < shown.out.find("dime retry 1").unwrap(), "{}", shown.out);
    assert!(!home.dime(&["digest", "--date", "2026-03-08"]).out.contains("rules.d"));
}
