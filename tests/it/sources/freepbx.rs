//! FreePBX's habits over Asterisk's spool: it takes no lock, moves the text first, and mixes messages up.

use super::asterisk::{Message, inbox, rename};
use super::sound::silence;
use super::{callers, home, once, one, put};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

const KIND: &str = "kind = \"asterisk\"";

/// Who left how many seconds, as the calls have it.
fn who_left(calls: &[Value]) -> Vec<(u64, Option<&str>)> {
    let told = |call: &'_ Value| call["audio_ms"].as_u64().unwrap() / 1_000;
    let mut all: Vec<_> = calls.iter().map(|call| (told(call), call["caller"]["number"].as_str())).collect();
    all.sort_unstable();
    all
}

#[test]
fn a_text_beside_the_sound_of_another_message_is_not_believed() {
    let home = home(KIND);
    let short = Message { seconds: 3, ..Message::new("1-1", "<5095550142>") };
    let long = Message { seconds: 9, ..Message::new("1-2", "<5095550177>") };
    short.leave(&inbox(&home), "msg0000", &silence(1, 9));
    long.leave(&inbox(&home), "msg0001", &silence(2, 3));
    assert_eq!(who_left(&once(&home)), [(3, None), (9, None)], "nobody is taken for somebody else");
    // Put right, each is known.
    for (stem, message) in [("msg0000", &long), ("msg0001", &short)] {
        fs::write(inbox(&home).join(stem).with_extension("txt"), message.text()).unwrap();
    }
    let right = [(3, Some("+15095550142")), (9, Some("+15095550177"))];
    assert_eq!(who_left(&once(&home)), right);
    // And stays so, when they are mixed up again.
    for (stem, message) in [("msg0000", &short), ("msg0001", &long)] {
        fs::write(inbox(&home).join(stem).with_extension("txt"), message.text()).unwrap();
    }
    assert_eq!(who_left(&once(&home)), right);
}

#[test]
fn a_known_message_beside_a_text_that_could_be_its_own_makes_no_second_call() {
    let home = home(KIND);
    let (one, two) = (Message::new("1-1", "<5095550142>"), Message::new("1-2", "<5095550177>"));
    one.leave(&inbox(&home), "msg0000", &silence(1, 2));
    two.leave(&inbox(&home), "msg0001", &silence(2, 2));
    let before = once(&home);
    fs::write(inbox(&home).join("msg0000.txt"), two.text()).unwrap();
    fs::write(inbox(&home).join("msg0001.txt"), one.text()).unwrap();
    let after = once(&home);
    assert_eq!(after.len(), 2, "{after:#?}");
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((&before["id"], &before["caller"]), (&after["id"], &after["caller"]));
    }
}

#[test]
fn a_new_message_beside_the_text_of_a_known_one_is_heard_too() {
    let home = home(KIND);
    let message = Message::new("1-1", "<5095550142>");
    message.leave(&inbox(&home), "msg0000", &silence(1, 2));
    assert_eq!(once(&home).len(), 1);
    // The known one is deleted, and another takes its place, but not its text's.
    put(&inbox(&home).join("msg0000.wav"), silence(2, 2));
    assert_eq!(once(&home).len(), 2, "nothing that was seen is lost");
}

#[test]
fn a_format_that_renumbering_left_behind_is_a_message_of_its_own() {
    let home = home(KIND);
    let short = Message { seconds: 3, ..Message::new("1-1", "<5095550142>") };
    short.leave(&inbox(&home), "msg0000", &silence(1, 3));
    // The better format of a longer message.
    rename(&inbox(&home).join("msg0000"), &inbox(&home).join("msg0001"));
    fs::rename(inbox(&home).join("msg0001.wav"), inbox(&home).join("msg0001.sln")).unwrap();
    put(&inbox(&home).join("msg0001.wav"), silence(2, 9));
    assert_eq!(who_left(&once(&home)), [(3, Some("+15095550142")), (9, None)]);
}

#[test]
fn a_copy_whose_text_comes_first_is_taken_when_it_is_whole() {
    let home = home(KIND);
    let message = Message { seconds: 9, ..Message::new("1-1", "<5095550142>") };
    let _watch = home.watch();
    put(&inbox(&home).join("msg0000.txt"), message.text());
    let sound = silence(1, 9);
    for end in [0, 1_000, 60_000, sound.len()] {
        put(&inbox(&home).join("msg0000.wav"), &sound[..end]);
        std::thread::sleep(Duration::from_millis(300));
    }
    let calls = home.wait_for(60, "it is filed whole", |calls| {
        calls.first().is_some_and(|call| call["state"] == "filed" && call["audio_ms"] == 9_000)
    });
    assert_eq!(callers(&calls), ["+15095550142"]);
}

#[test]
fn a_mailbox_that_is_linked_to_is_read_once() {
    let home = home(KIND);
    Message::new("1-1", "<5095550142>").leave(&inbox(&home), "msg0000", &silence(1, 2));
    fs::create_dir(home.spool().join("device")).unwrap();
    symlink("../default/201", home.spool().join("device/201")).unwrap();
    one(&home);
}
