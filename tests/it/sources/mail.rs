//! Voicemail by e-mail: a Maildir, or a folder of `.eml` files.

use super::sound::silence;
use super::{callers, home, once, one, put};
use crate::home::Home;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

const HEAD: &str = "From: \"Asterisk PBX\" <asterisk@pbx.example>\nTo: kim@plumbing.example\n\
    Subject: [PBX]: New message 1 in mailbox 201\nDate: Sat, 14 Mar 2026 09:12:50 -0700\n\
    Message-ID: <Asterisk-1-1804289383-201-4242@pbx.example>\nX-Asterisk-CallerID: 5095550142\n\
    X-Asterisk-CallerIDName: =?UTF-8?Q?Jos=C3=A9_Lee?=\nX-Asterisk-VM-Context: default\n\
    X-Asterisk-VM-Extension: 201\nX-Asterisk-VM-Orig-time: 1773504764\n";

/// `bytes` as an attachment is written.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for (line, group) in bytes.chunks(3).enumerate() {
        let three = [group[0], *group.get(1).unwrap_or(&0), *group.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = if place <= group.len() { LETTERS[(bits >> shift & 63) as usize] } else { b'=' };
            text.push(char::from(letter));
        }
        if line % 19 == 18 {
            text.push('\n');
        }
    }
    text
}

/// A mail with `head`, some words, and the sound.
fn mail(head: &str, sound: Option<&[u8]>) -> String {
    let mut mail = format!(
        "{head}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\n\
        Content-Type: text/plain\n\nYou have voicemail.\n"
    );
    if let Some(sound) = sound {
        let kind = "Content-Type: audio/x-wav; name=\"msg0000.wav\"\nContent-Transfer-Encoding: base64\n\
            Content-Description: Voicemail sound attachment.";
        write!(mail, "--b\n{kind}\n\n{}\n", base64(sound)).unwrap();
    }
    mail + "--b--\n"
}

fn maildir(home: &Home) -> PathBuf {
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(home.spool().join(folder)).unwrap();
    }
    home.spool()
}

#[test]
fn a_mail_is_a_call_and_marks_make_it_no_new_one() {
    for kind in ["", "kind = \"mail\""] {
        let home = home(kind);
        let maildir = maildir(&home);
        put(&maildir.join("new/1773504770.M1P2.pbx"), mail(HEAD, Some(&silence(1, 2))));
        put(&maildir.join("tmp/1773504771.M1P3.pbx"), mail(HEAD, Some(&silence(2, 2))));
        let call = one(&home);
        assert_eq!(
            (&call["caller"]["number"], &call["caller"]["name"]),
            (&"+15095550142".into(), &"José Lee".into())
        );
        assert_eq!(
            (&call["received_at"], &call["mailbox"]),
            (&"2026-03-14T16:12:44Z".into(), &"201@default".into())
        );
        fs::rename(maildir.join("new/1773504770.M1P2.pbx"), maildir.join("cur/1773504770.M1P2.pbx:2,"))
            .unwrap();
        assert_eq!(one(&home)["id"], call["id"]);
        fs::rename(maildir.join("cur/1773504770.M1P2.pbx:2,"), maildir.join("cur/1773504770.M1P2.pbx:2,S"))
            .unwrap();
        assert_eq!(one(&home)["took_ms"], call["took_ms"], "not heard again");
        assert!(super::copies(&home).is_empty());
    }
}

#[test]
fn a_mail_without_sound_is_ignored_and_nothing_is_said() {
    let home = home("kind = \"mail\"");
    let maildir = maildir(&home);
    put(&maildir.join("new/1.pbx"), mail("From: pat@plumbing.example\nSubject: lunch?\n", None));
    put(&maildir.join("new/2.pbx"), "no mail at all");
    let done = home.dime(&["watch", "--once"]);
    assert_eq!((done.status, done.err.as_str()), (0, ""));
    assert_eq!(done.out.trim(), "0 lead, 0 review, 0 spam, 0 empty");
    assert!(super::copies(&home).is_empty());
}

#[test]
fn what_is_forwarded_is_the_call_it_was() {
    let home = home("");
    let original = mail(HEAD, Some(&silence(1, 2)));
    put(&home.spool().join("original.eml"), &original);
    put(&home.spool().join("another.eml"), mail(&HEAD.replace("142", "177"), Some(&silence(3, 2))));
    let outer = "From: kim@plumbing.example\nSubject: Fwd: New message\nDate: Sun, 15 Mar 2026 10:00:00 -0700\n\
        Message-ID: <f1@plumbing.example>\n";
    // As an attachment, and taken apart by the mail program.
    let attached = format!(
        "{outer}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"outer\"\n\n--outer\n\nsee below\n\
        --outer\nContent-Type: message/rfc822\n\n{original}\n--outer--\n"
    );
    put(&home.spool().join("attached.eml"), attached);
    put(&home.spool().join("inline.eml"), mail(&outer.replace("f1@", "f2@"), Some(&silence(1, 2))));
    assert_eq!(callers(&once(&home)), ["+15095550142", "+15095550177"]);
}
