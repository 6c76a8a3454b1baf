//! Whole mails of each system and provider, and mails made to hurt.

use super::{Voicemail, open};
use crate::domain::Millis;
use crate::intake::told::testing::mutations;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// `RIFF....WAVE` and a few zeros, in base64.
const WAV: &str = "UklGRgAAAABXQVZFZm10IAAAAAAAAAAA";

const ASTERISK: &str = "Date: Sat, 14 Mar 2026 09:12:50 -0700\r\n\
From: \"Asterisk PBX\" <asterisk@pbx.example>\r\n\
To: \"Kim\" <kim@plumbing.example>\r\n\
Subject: [PBX]: New message 1 in mailbox 201\r\n\
Message-ID: <Asterisk-1-1804289383-201-4242@pbx.example>\r\n\
X-Asterisk-CallerID: 5095550142\r\n\
X-Asterisk-CallerIDName: =?UTF-8?Q?Jos=C3=A9_Lee?=\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/mixed; boundary=\"----voicemail_120142424242\"\r\n\r\n\
This is a multi-part message in MIME format.\r\n\r\n\
------voicemail_120142424242\r\n\
Content-Type: text/plain; charset=UTF-8\r\n\
Content-Transfer-Encoding: 8bit\r\n\r\n\
Dear Kim:\r\n\r\n\tJust wanted to let you know you were just left a 0:23 long message (number 1)\r\n\
in mailbox 201 from \"Jose Lee\" <5095550142>.\r\n\r\n\
------voicemail_120142424242\r\n\
Content-Type: audio/x-wav49; name=\"msgintro0000.wav49\"\r\n\
Content-Transfer-Encoding: base64\r\n\
Content-Description: Voicemail sound attachment.\r\n\r\n\
UklGRgAAAABXQVZFZm10IAAAAAAAAAAB\r\n\
------voicemail_120142424242\r\n\
Content-Type: audio/x-wav49; name=\"msg0000.wav49\"\r\n\
Content-Transfer-Encoding: base64\r\n\
Content-Description: Voicemail sound attachment.\r\n\
Content-Disposition: attachment; filename=\"msg0000.wav49\"\r\n\r\n\
UklGRgAAAABXQVZFZm10IAAAAAAAAAAA\r\n\
------voicemail_120142424242--\r\n.\r\n";

fn read(mail: &str) -> Option<Voicemail> {
    open(mail.as_bytes(), "US", 1_000_000).unwrap()
}

/// A mail with `head`, the text `body`, and the attachments (their headers, their content).
fn mail(head: &str, body: &str, attachments: &[(&str, &str)]) -> String {
    let mut mail = format!("{head}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n{body}\n");
    for (head, content) in attachments {
        write!(mail, "--b\n{head}\n\n{content}\n").unwrap();
    }
    mail + "--b--\n"
}

fn wav(name: &str) -> String {
    format!("Content-Type: audio/x-wav; name=\"{name}\"\nContent-Transfer-Encoding: base64")
}

#[test]
fn asterisks_mail_is_read() {
    let found = read(ASTERISK).unwrap();
    assert_eq!(found.told.caller.to_string(), "+15095550142 José Lee");
    assert_eq!(found.told.received, Some(Millis(1_773_504_770_000)), "the date with its offset");
    assert_eq!(found.told.message_id.as_deref(), Some("Asterisk-1-1804289383-201-4242@pbx.example"));
    assert_eq!(found.name, "msg0000.wav49");
    assert!(found.sound.starts_with(b"RIFF") && found.sound.ends_with(b"\0"), "not the introduction");
    let unix = ASTERISK.replace("\r\n", "\n");
    assert_eq!(read(&unix), Some(found.clone()));
    assert_eq!(read(&format!("From pbx@pbx.example Sat Mar 14 09:12:50 2026\n{unix}")), Some(found));
}

#[test]
fn asterisks_imap_storage_tells_more() {
    let head = "X-Asterisk-VM-Context: default\nX-Asterisk-VM-Extension: 201\n\
        X-Asterisk-VM-Caller-ID-Num: 5095550142\nX-Asterisk-VM-Caller-ID-Name: Pat Lee\n\
        X-Asterisk-VM-Duration: 23\nX-Asterisk-VM-Orig-time: 1773504764\n\
        X-Asterisk-VM-Message-ID: 1773504764-00000007\nMessage-ID: <x@y>\nDate: Sat, 14 Mar 2026 12:00:00 +0000";
    let told = read(&mail(head, "", &[(&wav("msg0000.wav"), WAV)])).unwrap().told;
    assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
    assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
    assert_eq!(told.message_id.as_deref(), Some("1773504764-00000007"));
    assert_eq!(told.mailbox.as_deref(), Some("201@default"));
    assert_eq!(told.seconds, Some(23));
}

#[test]
fn freeswitchs_mail_is_read() {
    let head = "Subject: Voicemail from \"Pat Lee\" <5095550142> <00:23>\nX-Voicemail-Length: 23\n\
        From: \"Kim 5095550177\" <201@pbx.example>";
    let attachment = format!("{}\nContent-Description: Sound attachment.", wav("msg_1.wav"));
    let first = wav("logo.wav");
    let found = read(&mail(head, "", &[(&first, WAV), (&attachment, WAV)])).unwrap();
    assert_eq!(found.told.caller.to_string(), "+15095550142 Pat Lee");
    assert_eq!((found.told.seconds, found.name.as_str()), (Some(23), "msg_1.wav"));
}

#[test]
fn a_providers_mail_is_read_and_its_own_number_is_not_the_callers() {
    let head = "Subject: New voicemail from (509) 555-0142\nFrom: Voice <15095550100@voice.example>\n\
        Received: from x by y; Sat, 14 Mar 2026 01:00:00 +0000\nDate: Sat, 14 Mar 2026 16:12:44 +0000";
    let body = "<https://voice.example>\nHello, please call.\nplay message\n<https://voice.example/1>";
    let found = read(&mail(head, body, &[(&wav("a.wav"), WAV)])).unwrap();
    assert_eq!(found.told.caller.to_string(), "+15095550142");
    assert_eq!(found.told.transcript.as_deref(), Some("Hello, please call."));
    assert_eq!(found.told.received, Some(Millis(1_773_504_764_000)));
    let head = "Subject: New voicemail\nFrom: 15095550100@voice.example";
    let found = read(&mail(head, "From: 15095550100", &[(&wav("a.wav"), WAV)])).unwrap();
    assert_eq!(found.told.caller.to_string(), "unknown");
}

#[test]
fn a_date_is_read_with_its_offset_only() {
    for (date, want) in [
        ("Sat, 14 Mar 2026 09:12:44 -0700", Some(1_773_504_764_000)),
        ("Sat, 14 Mar 2026 09:12:44 -0700 (MST)", Some(1_773_504_764_000)),
        ("14 Mar 2026 16:12:44 GMT", Some(1_773_504_764_000)),
        ("14 Mar 2026 09:12:44 PDT", Some(1_773_504_764_000)),
        ("Sat, 14 Mar 2026 09:12:44", None),
        ("Thu, 1 Jan 1970 00:00:00 +0000", None),
        ("today", None),
    ] {
        let found = read(&mail(&format!("Date: {date}"), "", &[(&wav("a.wav"), WAV)])).unwrap();
        assert_eq!(found.told.received, want.map(Millis), "{date}");
    }
}

#[test]
fn a_body_in_html_is_read() {
    let html = "<html><body><div>You have a voicemail</div><div>From: Pat Lee &lt;5095550142&gt;</div></body></html>";
    let text = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable";
    let html = html.replace('=', "=3D");
    let found = read(&mail("Subject: Voicemail", "", &[(text, &html), (&wav("a.wav"), WAV)])).unwrap();
    assert_eq!(found.told.caller.to_string(), "+15095550142 Pat Lee");
}

#[test]
fn what_is_sound_is_told_by_its_content() {
    let png = "Content-Type: audio/x-wav; name=\"a.wav\"\nContent-Transfer-Encoding: base64";
    let wrong = "Content-Type: application/octet-stream; name=\"b\"\nContent-Transfer-Encoding: base64";
    let found = read(&mail("Subject: x", "", &[(png, "iVBORw0KGgo="), (wrong, WAV)])).unwrap();
    assert_eq!(found.name, "b.wav");
    assert_eq!(read(&mail("Subject: x", "hello", &[(png, "iVBORw0KGgo=")])), None);
    assert_eq!(read("Subject: New voicemail from (509) 555-0142\n\nhello\n"), None);
    let whole = "Content-Type: audio/wav\nContent-Transfer-Encoding: base64\n\n".to_owned() + WAV;
    assert_eq!(read(&whole).unwrap().name, "voicemail.wav", "the mail may be nothing but sound");
}

#[test]
fn names_are_decoded_and_made_safe() {
    for (parameter, want) in [
        ("filename*=UTF-8''Jos%C3%A9%20Lee.wav", "José Lee.wav"),
        ("filename=\"=?UTF-8?B?Sm9zw6kgTGVlLndhdg==?=\"", "José Lee.wav"),
        ("filename*0=\"Pat \"; filename*1=\"Lee.wav\"", "Pat Lee.wav"),
        ("filename=\"../../etc/pat\u{1b}[2J.wav\"", "pat [2J.wav"),
        ("filename=\"C:\\\\x\\\\pat.wav\"", "pat.wav"),
        ("filename=\"..\"", "voicemail.wav"),
        ("", "voicemail.wav"),
    ] {
        let head = format!("Content-Disposition: attachment; {parameter}\nContent-Transfer-Encoding: base64");
        let found = read(&mail("Subject: x", "", &[(&head, WAV)])).unwrap();
        assert_eq!(found.name, want, "{parameter}");
    }
    let long = format!("{}.wav", "n".repeat(5_000));
    assert_eq!(read(&mail("Subject: x", "", &[(&wav(&long), WAV)])).unwrap().name.len(), 204);
}

#[test]
fn a_name_that_ends_in_a_dot_has_no_ending_yet() {
    for name in ["Pat Lee.message one. ", "Pat Lee.message one.", "Pat Lee.message one.\u{1b}"] {
        let found = read(&mail("Subject: x", "", &[(&wav(name), WAV)])).unwrap();
        assert_eq!(found.name.rsplit('.').next(), Some("message on"), "{name:?}");
    }
    assert_eq!(read(&mail("Subject: x", "", &[(&wav("msg0000."), WAV)])).unwrap().name, "msg0000.wav");
}

#[test]
fn sound_without_a_header_gets_the_ending_that_tells_what_it_is() {
    for (head, want) in [
        ("Content-Type: audio/x-gsm; name=\"msg.0001\"", "msg.0001.gsm"),
        ("Content-Type: audio/x-gsm; name=\"msg.0001.\"", "msg.0001.gsm"),
        ("Content-Type: audio/x-gsm; name=msg0001.gsm", "msg0001.gsm"),
        ("Content-Type: audio/basic; name=msg0001.ul", "msg0001.ul"),
    ] {
        assert_eq!(read(&format!("{head}\n\n\u{7f}\0\n")).unwrap().name, want, "{head}");
    }
}

#[test]
fn a_forwarded_mail_is_looked_into() {
    let attached = "Content-Type: message/rfc822\nContent-Disposition: attachment";
    let outer = mail(
        "Subject: Fwd: see attached\nMessage-ID: <outer@x>\nDate: Sun, 15 Mar 2026 00:00:00 +0000",
        "from (509) 555-0177",
        &[(attached, ASTERISK)],
    );
    let found = read(&outer).unwrap();
    assert_eq!(found, read(ASTERISK).unwrap(), "it tells what the mail inside tells");
    let plain = mail("X: y", "", &[(&wav("a.wav"), WAV)]);
    let outer = mail("Subject: Fwd: New voicemail from (509) 555-0142", "", &[(attached, &plain)]);
    assert_eq!(
        read(&outer).unwrap().told.caller.to_string(),
        "+15095550142",
        "else what the mail around it tells"
    );
}

#[test]
fn the_date_of_forwarding_is_not_the_time_of_the_message() {
    let head = "Subject: Fwd: New voicemail from (509) 555-0142\nDate: Sun, 15 Mar 2026 00:00:00 +0000";
    let told = read(&mail(head, "", &[(&wav("a.wav"), WAV)])).unwrap().told;
    assert_eq!((told.received, told.caller.to_string().as_str()), (None, "+15095550142"));
    let head = head.replace("Fwd: ", "Fw ");
    assert!(read(&mail(&head, "", &[(&wav("a.wav"), WAV)])).unwrap().told.received.is_some());
}

#[test]
fn a_damaged_mail_is_read_as_far_as_it_goes() {
    let cut = ASTERISK.split("------voicemail_120142424242--").next().unwrap();
    assert!(read(cut).is_some(), "the end is missing");
    let footer = mail("Subject: x", "", &[(&wav("a.wav"), &format!("{WAV}\n_____\nA list's footer.\n"))]);
    assert_eq!(read(&footer).unwrap().sound.len(), 24, "a footer in the sound");
    assert_eq!(read(""), None);
    assert_eq!(open(&[0xff; 5_000], "US", 1_000).unwrap(), None);
}

#[test]
fn a_recording_that_is_too_large_is_said() {
    let error = open(ASTERISK.as_bytes(), "US", 10).unwrap_err();
    assert_eq!(error.to_string(), "the attached recording msg0000.wav49 has 24 bytes: the limit is 10");
}

#[test]
fn mails_made_to_hurt_are_read_quickly() {
    let mut deep = String::new();
    for level in 0..3_000 {
        write!(deep, "Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n").unwrap();
    }
    let wide = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(100_000));
    let rfc822 = "Content-Type: message/rfc822\n\n".repeat(100_000);
    let digest = format!("Content-Type: multipart/digest; boundary=b\n\n{}", "--b\n\n\n".repeat(100_000));
    let missing = format!(
        "Content-Type: multipart/mixed; boundary=b\n\n{}",
        "--b\nContent-Type: multipart/mixed; boundary=zz\n\nx\n".repeat(50_000)
    );
    let headers = "a:\n".repeat(500_000);
    let encoded = "Subject: =?UTF-8?Q?".repeat(50_000);
    let parameters = format!("Content-Type: audio/wav{}\n\n", "; a*0*=x".repeat(100_000));
    let from = format!("Subject: {}\n\n", "voicemail from ".repeat(50_000));
    let started = Instant::now();
    for bytes in [deep, wide, rfc822, digest, missing, headers, encoded, parameters, from] {
        assert_eq!(open(bytes.as_bytes(), "US", 1_000), Ok(None));
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_trouble(bytes in mutations(ASTERISK.as_bytes())) {
        if let Ok(Some(found)) = open(&bytes, "US", 1_000) {
            proptest::prop_assert!(found.sound.len() <= 1_000);
            proptest::prop_assert!(found.name.chars().count() <= 211 && !found.name.contains('/'));
            proptest::prop_assert!(found.told.caller.name.is_none_or(|name| name.chars().count() <= 200));
        }
    }

    #[test]
    fn no_parts_are_trouble(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "--b\n", "--b--\n", "\n", "Content-Type: multipart/mixed; boundary=b\n", "Content-Type: message/rfc822\n",
                "Content-Transfer-Encoding: base64\n", "Content-Transfer-Encoding: quoted-printable\n", WAV, "=\n", "=?x?Q?=",
                "Content-Type: text/html; charset=utf-7\n", "Content-Disposition: x; filename*0*=''%\n", "Date: 31 Feb -5\n",
                "Subject: voicemail from \"<\n", "Message-ID: <\n", "<p>&#x;", "charset=utf-16",
            ]),
            0..40,
        )
    ) {
        let _ = open(pieces.concat().as_bytes(), "US", 1_000);
    }
}
