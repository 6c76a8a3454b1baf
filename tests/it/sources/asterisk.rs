//! Asterisk's spool: `context/mailbox/folder/msgNNNN.*`.

use super::sound::{call_me, silence, sln, wav49};
use super::{LONG, MOMENT, callers, configure, copies, home, once, one, put};
use crate::home::{Home, call};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const KIND: &str = "kind = \"asterisk\"";

/// What Asterisk writes of a message.
#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: &'static str,
    pub(super) caller: Vec<u8>,
    /// Seconds since 1970.
    pub(super) at: i64,
    pub(super) seconds: u32,
}

impl Message {
    pub(super) fn new(id: &'static str, caller: &str) -> Self {
        Self { id, caller: caller.into(), at: MOMENT, seconds: 2 }
    }

    /// The `.txt`, every key of it; without an id until somebody opens the mailbox.
    pub(super) fn text(&self) -> Vec<u8> {
        let head = ";\n; Message Information file\n;\n[message]\norigmailbox=201\ncontext=default\nmacrocontext=\n\
            exten=201\nrdnis=unknown\npriority=2\ncallerchan=PJSIP/trunk-00000007\ncallerid=";
        let rest = format!(
            "\norigdate=Sat Mar 14 04:12:44 PM UTC 2026\norigtime={}\ncategory=\n{}flag=\nduration={}\n",
            self.at,
            if self.id.is_empty() { String::new() } else { format!("msg_id={}\n", self.id) },
            self.seconds
        );
        [head.as_bytes(), &self.caller, rest.as_bytes()].concat()
    }

    /// Leaves the message as Asterisk does: recorded aside, the sound moved to its place, then the text.
    pub(super) fn leave(&self, folder: &Path, stem: &str, sound: &[u8]) {
        let workshop = folder.parent().unwrap().join("tmp");
        fs::create_dir_all(folder).unwrap();
        for (ending, bytes) in [("wav", sound), ("txt", &self.text())] {
            let made = workshop.join(format!("aB3x9Q.{ending}"));
            put(&made, bytes);
            fs::rename(made, folder.join(format!("{stem}.{ending}"))).unwrap();
        }
        fs::set_permissions(folder.join(format!("{stem}.txt")), fs::Permissions::from_mode(0o666)).unwrap();
    }
}

/// The new messages of mailbox 201.
pub(super) fn inbox(home: &Home) -> PathBuf {
    home.spool().join("default/201/INBOX")
}

/// Moves a message's files to another name, the sound first.
pub(super) fn rename(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    for ending in ["wav", "txt"] {
        fs::rename(from.with_extension(ending), to.with_extension(ending)).unwrap();
    }
}

#[test]
fn new_and_urgent_messages_are_taken_and_others_when_asked_for() {
    for kind in ["", KIND] {
        let home = home(kind);
        let mailbox = inbox(&home).parent().unwrap().to_owned();
        let mut pat = Message::new("1773504764-00000007", "");
        pat.caller = b"\"Jos\xe9 Lee\" <5095550142>".to_vec();
        pat.leave(&inbox(&home), "msg0000", &call_me());
        let text = inbox(&home).join("msg0000.txt");
        let with_returns = fs::read(&text).unwrap().iter().fold(Vec::new(), |mut bytes, &byte| {
            bytes.extend_from_slice(if byte == b'\n' { b"\r\n" } else { std::slice::from_ref(&byte) });
            bytes
        });
        fs::write(&text, with_returns).unwrap();
        Message::new("1-2", "<201>").leave(&mailbox.join("Urgent"), "msg0000", &silence(1, 2));
        Message::new("1-3", "").leave(&mailbox.join("Old"), "msg0000", &silence(2, 2));
        put(&mailbox.join("unavail.wav"), silence(3, 2));
        put(&mailbox.join("tmp/xYz.wav"), silence(4, 2));
        put(&inbox(&home).join("msgintro0000.wav"), silence(5, 2));
        let calls = once(&home);
        assert_eq!(callers(&calls), ["+15095550142", "201"]);
        let lee = calls.iter().find(|call| call["caller"]["number"] == "+15095550142").unwrap();
        assert_eq!(lee["caller"]["name"], "José Lee");
        assert_eq!(lee["received_at"], "2026-03-14T16:12:44Z");
        assert_eq!(lee["mailbox"], "201@default");
        configure(&home, &format!("{kind}\nfolders = [\"INBOX\", \"Urgent\", \"Old\"]"), "");
        assert_eq!(once(&home).len(), 3);
    }
}

#[test]
fn the_formats_of_a_message_are_one_call_and_the_best_is_heard() {
    let home = home(KIND);
    let at = |stem: &str| inbox(&home).join(stem);
    let wav = call_me();
    Message::new("1-1", "<5095550142>").leave(&inbox(&home), "msg0000", &wav);
    put(&at("msg0000.WAV"), wav49(&wav));
    put(&at("msg0000.sln"), sln(&wav));
    let best = one(&home);
    assert!(best["file"].as_str().unwrap().ends_with("msg0000.wav"), "{best:#}");
    // Without the best, the next: it is the same message, and not heard again.
    fs::remove_file(at("msg0000.wav")).unwrap();
    assert_eq!(one(&home)["took_ms"], best["took_ms"]);
    assert_eq!(one(&home)["id"], best["id"]);

    let home = self::home(KIND);
    Message::new("1-1", "<5095550142>").leave(&inbox(&home), "msg0000", b"");
    put(&inbox(&home).join("msg0000.WAV"), wav49(&wav));
    let other = one(&home);
    assert!(other["file"].as_str().unwrap().ends_with("msg0000.WAV"), "the one with sound: {other:#}");
    assert!(other["format"].as_str().unwrap().contains("GSM"), "{other:#}");
}

#[test]
fn a_text_that_comes_late_is_learned_from() {
    let home = home(KIND);
    let message = Message::new("1-1", "\"Pat Lee\" <5095550142>");
    put(&inbox(&home).join("msg0000.wav"), call_me());
    let before = one(&home);
    assert!(before["caller"]["number"].is_null(), "{before:#}");
    put(&inbox(&home).join("msg0000.txt"), message.text());
    let after = one(&home);
    assert_eq!(after["caller"]["number"], "+15095550142");
    assert_eq!(
        (&after["received_at"], &after["mailbox"]),
        (&"2026-03-14T16:12:44Z".into(), &"201@default".into())
    );
    assert_eq!((&after["id"], &after["took_ms"]), (&before["id"], &before["took_ms"]), "not heard again");
}

#[test]
fn a_text_that_nobody_may_read_for_a_while_is_waited_for() {
    let home = home(KIND);
    Message::new("1-1", "<5095550142>").leave(&inbox(&home), "msg0000", &call_me());
    let text = inbox(&home).join("msg0000.txt");
    fs::set_permissions(&text, fs::Permissions::from_mode(0o000)).unwrap();
    let log = fs::File::create(home.path().join("watch.log")).unwrap();
    let mut service = home.bound(&["watch"]).stderr(log).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(900));
    fs::set_permissions(&text, fs::Permissions::from_mode(0o666)).unwrap();
    let calls = home.wait_for(60, "its caller is known", |calls| {
        calls
            .first()
            .is_some_and(|call| call["state"] == "filed" && call["caller"]["number"] == "+15095550142")
    });
    assert_eq!(calls.len(), 1);
    service.kill().unwrap();
    service.wait().unwrap();

    // Closed for good, the message is taken all the same, and nobody is made up.
    let home = self::home(KIND);
    Message::new("1-1", "<5095550142>").leave(&inbox(&home), "msg0000", &call_me());
    let text = inbox(&home).join("msg0000.txt");
    fs::set_permissions(&text, fs::Permissions::from_mode(0o000)).unwrap();
    let done = home.bound(&["watch", "--once"]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    assert_eq!(callers(&home.calls()), ["unknown"]);
    fs::set_permissions(&text, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(one(&home)["caller"]["number"], "+15095550142");
}

#[test]
fn an_id_added_later_renumbering_and_saving_make_no_second_call() {
    let home = home(&format!("{KIND}\nfolders = [\"INBOX\", \"Old\"]"));
    let mut first = Message::new("", "<5095550142>");
    first.leave(&inbox(&home), "msg0000", &silence(1, 2));
    let second = Message { at: MOMENT + 60, ..Message::new("", "<5095550177>") };
    second.leave(&inbox(&home), "msg0001", &silence(2, 2));
    let before = once(&home);
    assert_eq!(before.len(), 2);
    // Opened: the text is written anew, in place.
    first.id = "1773504764-00000001";
    fs::write(inbox(&home).join("msg0000.txt"), first.text()).unwrap();
    assert_eq!(once(&home).len(), 2);
    // Saved, and the other one takes its number.
    let old = home.spool().join("default/201/Old");
    rename(&inbox(&home).join("msg0000"), &old.join("msg0000"));
    rename(&inbox(&home).join("msg0001"), &inbox(&home).join("msg0000"));
    let after = once(&home);
    assert_eq!(after.len(), 2, "{after:#?}");
    assert_eq!(callers(&after), ["+15095550142", "+15095550177"]);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before["id"], &before["took_ms"]), (&after["id"], &after["took_ms"]), "not heard again");
    }
    assert!(after[1]["file"].as_str().unwrap().contains("/Old/"), "where it lies now: {after:#?}");
}

#[test]
fn what_is_deleted_as_soon_as_it_was_mailed_is_still_filed() {
    let home = home("");
    home.drop_sample(LONG, "20200101-000000Z_first.ogg");
    let watch = home.watch();
    watch.recogniser();
    Message::new("1-1", "<5095550142>").leave(&inbox(&home), "msg0000", &call_me());
    let calls = home.wait_for(60, "it is found while the other is heard", |calls| calls.len() == 2);
    assert_eq!(callers(&calls), ["+15095550142", "unknown"]);
    let sound = call(&calls, "msg0000.wav")["audio_sha256"].as_str().unwrap();
    assert!(copies(&home).contains(&home.state().join(format!("audio/{sound}.wav"))), "{:?}", copies(&home));
    for ending in ["wav", "txt"] {
        fs::remove_file(inbox(&home).join("msg0000").with_extension(ending)).unwrap();
    }
    let calls =
        home.wait_for(90, "both are filed", |calls| calls.iter().all(|call| call["state"] == "filed"));
    assert!(call(&calls, "msg0000.wav")["audio_ms"].as_u64().unwrap() > 2_000);
    assert!(copies(&home).is_empty(), "{:?}", copies(&home));
}

#[test]
fn a_copy_for_another_mailbox_is_the_same_call_and_two_calls_of_one_sound_are_two() {
    let home = home(KIND);
    let message = Message::new("1-1", "<5095550142>");
    message.leave(&inbox(&home), "msg0000", &silence(1, 2));
    message.leave(&home.spool().join("default/202/INBOX"), "msg0004", &silence(1, 2));
    // FreePBX gives a copy an id of its own.
    let copy = Message { id: "9-9", ..message };
    copy.leave(&home.spool().join("default/203/INBOX"), "msg0000", &silence(1, 2));
    assert_eq!(once(&home).len(), 1);
    // The same silence a minute later, and of somebody else.
    let later = Message { id: "1-2", at: MOMENT + 60, ..copy.clone() };
    later.leave(&inbox(&home), "msg0001", &silence(1, 2));
    Message { caller: b"<5095550177>".to_vec(), id: "1-3", ..copy }.leave(
        &inbox(&home),
        "msg0002",
        &silence(1, 2),
    );
    assert_eq!(callers(&once(&home)), ["+15095550142", "+15095550142", "+15095550177"]);
}
