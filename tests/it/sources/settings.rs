//! `[[watch]]` with something wrong in it: said with what and where, and nothing is lost by it.

use super::sound::silence;
use super::{configure, home, one, put};
use crate::home::Home;
use serde_json::Value;
use std::fs;

/// The error of `dime watch --once`, and what `dime doctor` finds of `what`.
fn refused(keys: &str, what: &str) -> (String, Value) {
    let home = home(keys);
    let error = home.dime(&["watch", "--once"]).error().to_owned();
    (error, found(&home, what))
}

fn found(home: &Home, what: &str) -> Value {
    let findings = home.dime(&["doctor", "--json"]).json();
    findings.iter().find(|finding| finding["what"] == what).unwrap_or_else(|| panic!("{findings:#?}")).clone()
}

#[test]
fn a_value_that_means_nothing_is_an_error_that_says_where() {
    let (error, found) = refused("kind = \"asteriks\"", "config");
    assert!(
        error.contains("dime.toml:5:") && error.contains("asteriks") && error.contains("`takeout`"),
        "{error}"
    );
    assert_eq!(found["health"], "bad");
    for (keys, want) in [
        ("pattern = '(?<number>\\d+'", "unclosed group"),
        ("pattern = '\\d+'", "no named group"),
        ("pattern = '(?<phone>\\d+)'", "the group `phone` means nothing"),
        ("folders = [\"Inbox\"]", "there is no folder `Inbox`"),
        ("folders = []", "no message would be taken"),
    ] {
        let (error, found) = refused(keys, "watch");
        assert!(error.contains("spool") && error.contains(want), "{keys}: {error}");
        assert_eq!(found["health"], "bad", "{keys}: {found:#}");
    }
}

#[test]
fn a_database_that_cannot_be_read_is_told_and_costs_only_the_callers() {
    let home = home("database = \"voicemail.db\"");
    let uuid = "0d1c5e9a-3f5b-4c1e-9a77-5b0f4a0f9c11";
    put(&home.spool().join(format!("msg_{uuid}.wav")), silence(1, 2));
    let finding = found(&home, "database");
    assert_eq!(finding["health"], "bad");
    assert!(finding["found"].as_str().unwrap().contains("voicemail.db: cannot be read"), "{finding:#}");
    let done = home.dime(&["watch", "--once"]);
    assert_eq!(done.status, 0, "{}", done.err);
    assert_eq!(done.err.matches("callers are not told").count(), 1, "{}", done.err);
    assert!(done.err.contains("voicemail.db"), "{}", done.err);
    assert_eq!(one(&home)["label"], "empty");
    fs::write(home.path().join("voicemail.db"), "no database, but long enough to be looked at").unwrap();
    assert_eq!(found(&home, "database")["health"], "bad");
    let connection = rusqlite::Connection::open(home.path().join("right.db")).unwrap();
    let table = "CREATE TABLE voicemail_msgs (uuid, created_epoch, username, domain, cid_name, cid_number, message_len)";
    connection.execute_batch(table).unwrap();
    configure(&home, "database = \"right.db\"", "");
    assert_eq!(found(&home, "database")["health"], "good");
}
