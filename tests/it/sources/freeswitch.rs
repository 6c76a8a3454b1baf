//! FreeSWITCH's and FusionPBX's storage: `msg_<uuid>.wav`, straight under the final name, and a database of callers.

use super::sound::{call_me, silence};
use super::{MOMENT, callers, copies, home, once, one, put};
use crate::home::{Home, samples};
use rusqlite::{Connection, params};
use std::fs;
use std::path::PathBuf;

const KIND: &str = "kind = \"freeswitch\"\ndatabase = \"voicemail_default.db\"";

const ID: &str = "0d1c5e9a-3f5b-4c1e-9a77-5b0f4a0f9c11";
const COPY: &str = "7e2b1f04-93ad-4b6e-8f25-1c9d60a2b3e8";
const FORWARD: &str = "c4a90b17-2d6f-4e83-b05a-e81f3379d6ac";

/// Other words than the two-word sample's.
const BAKERY: &str = "20260310-160348_+15095550163_bakery.wav";

/// FreeSWITCH's database.
struct Database(Connection);

impl Database {
    fn new(home: &Home) -> Self {
        let connection = Connection::open(home.path().join("voicemail_default.db")).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE voicemail_msgs (created_epoch INTEGER, read_epoch INTEGER, username VARCHAR(255),
                    domain VARCHAR(255), uuid VARCHAR(255), cid_name VARCHAR(255), cid_number VARCHAR(255),
                    in_folder VARCHAR(255), file_path VARCHAR(255), message_len INTEGER, flags VARCHAR(255),
                    read_flags VARCHAR(255), forwarded_by VARCHAR(255))",
            )
            .unwrap();
        Self(connection)
    }

    fn insert(&self, uuid: &str, at: i64, number: &str, forwarded_by: &str) {
        let sql = "INSERT INTO voicemail_msgs VALUES (?1, 0, '201', 'pbx.example', ?2, 'Pat Lee', ?3, 'inbox', '', 2,
            '', 'B_NORMAL', ?4)";
        self.0.execute(sql, params![at, uuid, number, forwarded_by]).unwrap();
    }
}

fn message(home: &Home, mailbox: &str, uuid: &str) -> PathBuf {
    home.spool().join(format!("default/pbx.example/{mailbox}/msg_{uuid}.wav"))
}

#[test]
fn callers_are_told_by_the_database_and_copies_are_one_call() {
    let home = home(KIND);
    let database = Database::new(&home);
    put(&message(&home, "201", ID), silence(1, 3));
    database.insert(ID, MOMENT, "5095550142", "");
    for own in ["greeting_1.wav", "greeting_2_TMP.wav", "recorded_name.wav"] {
        put(&message(&home, "201", ID).with_file_name(own), silence(9, 3));
    }
    put(&message(&home, "202", COPY), silence(1, 3));
    database.insert(COPY, MOMENT + 1, "5095550142", "");
    // Passed on a day later by the owner of the mailbox.
    put(&message(&home, "203", FORWARD), silence(1, 3));
    database.insert(FORWARD, MOMENT + 86_400, "5095550142", "201");
    let call = one(&home);
    assert_eq!(
        (&call["caller"]["number"], &call["caller"]["name"]),
        (&"+15095550142".into(), &"Pat Lee".into())
    );
    assert_eq!(call["received_at"], "2026-03-14T16:12:44Z");
    assert_eq!(call["mailbox"], "201@pbx.example");
    // The same silence of the same caller, left at another time.
    let other = ID.replace('0', "1");
    put(&message(&home, "201", &other), silence(1, 3));
    database.insert(&other, MOMENT + 60, "5095550142", "");
    assert_eq!(once(&home).len(), 2);
}

#[test]
fn a_row_that_comes_late_is_learned_from() {
    let home = home(KIND);
    let database = Database::new(&home);
    put(&message(&home, "201", ID), call_me());
    let before = one(&home);
    assert!(before["caller"]["number"].is_null(), "{before:#}");
    let _watch = home.watch();
    database.insert(ID, MOMENT, "5095550142", "");
    let after = home.wait_for(60, "the caller is known", |calls| {
        calls.first().is_some_and(|call| call["caller"]["number"] == "+15095550142")
    });
    assert_eq!(after.len(), 1, "{after:#?}");
    assert_eq!(after[0]["received_at"], "2026-03-14T16:12:44Z");
    assert_eq!(
        (&after[0]["id"], &after[0]["took_ms"]),
        (&before["id"], &before["took_ms"]),
        "not heard again"
    );
}

#[test]
fn a_message_is_waited_for_until_its_row_is_there() {
    let home = home(KIND);
    let database = Database::new(&home);
    let watch = home.watch();
    watch.wait_for_log("watching");
    put(&message(&home, "201", ID), call_me());
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    database.insert(ID, MOMENT, "5095550142", "");
    let calls = home.wait_for(60, "it is filed", |calls| {
        calls.first().is_some_and(|call| call["state"] == "filed" && !call["caller"]["number"].is_null())
    });
    assert_eq!(callers(&calls), ["+15095550142"]);
}

#[test]
fn what_the_caller_records_anew_is_heard_anew() {
    for keys in ["", KIND] {
        let home = home(keys);
        if !keys.is_empty() {
            Database::new(&home).insert(ID, MOMENT, "5095550142", "");
        }
        let file = message(&home, "201", ID);
        put(&file, call_me());
        let _watch = home.watch();
        let first = home
            .wait_for(60, "it is filed", |calls| calls.first().is_some_and(|call| call["state"] == "filed"));
        fs::remove_file(&file).unwrap();
        fs::copy(samples().join(BAKERY), &file).unwrap();
        let calls = home.wait_for(90, "the new words are filed", |calls| {
            calls
                .iter()
                .any(|call| call["state"] == "filed" && call["audio_sha256"] != first[0]["audio_sha256"])
        });
        assert_eq!(calls.len(), 1, "{calls:#?}");
        assert_eq!(calls[0]["id"], first[0]["id"]);
        assert_ne!(calls[0]["transcript"], first[0]["transcript"]);
        assert!(copies(&home).is_empty(), "{:?}", copies(&home));
    }
}

#[test]
fn fusionpbx_tells_its_own_way() {
    let home = home(KIND);
    let connection = Connection::open(home.path().join("voicemail_default.db")).unwrap();
    let sql = "CREATE TABLE v_voicemail_messages (domain_uuid TEXT, voicemail_message_uuid TEXT, voicemail_uuid TEXT,
            created_epoch NUMERIC, caller_id_name TEXT, caller_id_number TEXT, message_length NUMERIC,
            message_transcription TEXT)";
    connection.execute_batch(sql).unwrap();
    let sql = "INSERT INTO v_voicemail_messages VALUES ('d', ?1, 'v', ?2, 'Pat Lee', 5095550142, 3, 'Please call.')";
    connection.execute(sql, params![ID, MOMENT]).unwrap();
    put(&message(&home, "201", ID), silence(1, 3));
    put(&message(&home, "201", ID).with_file_name(format!("intro_msg_{ID}.wav")), silence(2, 3));
    let call = one(&home);
    assert_eq!(
        (&call["caller"]["number"], &call["told_transcript"]),
        (&"+15095550142".into(), &"Please call.".into())
    );
}
