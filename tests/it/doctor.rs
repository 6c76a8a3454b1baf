//! `dime doctor`: a healthy installation, and each way it can be ill.

use crate::home::{Home, TINY};
use serde_json::Value;
use std::fs;

fn findings(home: &Home) -> (i32, Vec<Value>) {
    let done = home.dime(&["doctor", "--json"]);
    (done.status, done.json())
}

fn health<'a>(findings: &'a [Value], what: &str) -> &'a Value {
    &findings.iter().find(|finding| finding["what"] == what).unwrap()["health"]
}

#[test]
fn a_healthy_installation() {
    let home = Home::new(TINY);
    let (status, before) = findings(&home);
    assert_eq!(status, 0, "{before:#?}");
    assert!(!home.state().exists(), "the doctor only looks");
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let (status, after) = findings(&home);
    assert_eq!(status, 0, "{after:#?}");
    for what in ["config", "watch", "rules", "model", "state", "calls"] {
        assert_eq!(health(&after, what), "good", "{after:#?}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_mending() {
    let home = Home::new(TINY);
    fs::remove_dir(home.spool()).unwrap();
    home.configure("[hearing]\nmodel = \"gone.bin\"\n");
    fs::create_dir(home.path().join("rules.d")).unwrap();
    fs::write(home.path().join("rules.d/bad.toml"), "[[rule]]\n").unwrap();
    fs::create_dir(home.state()).unwrap();
    fs::write(home.state().join("dime.db"), "not a database, although it is long enough ".repeat(200))
        .unwrap();
    let (status, findings) = findings(&home);
    assert_eq!(status, 1);
    for what in ["watch", "rules", "model", "state"] {
        assert_eq!(health(&findings, what), "bad", "{what}: {findings:#?}");
    }
    for finding in findings.iter().filter(|finding| finding["health"] != "good") {
        assert!(!finding["help"].as_str().unwrap().is_empty());
    }
}

#[test]
fn held_calls_are_a_worry() {
    let home = Home::new(TINY);
    fs::write(home.spool().join("a.wav"), "no sound\n".repeat(20)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let (status, findings) = findings(&home);
    assert_eq!((status, health(&findings, "calls")), (0, &"worry".into()));
}
