//! `dime digest --send` against a real mail server with TLS and a login, and with faults.

use crate::home::{Done, Home, TINY};
use crate::mail_server::{PASSWORD, Server, USER, header, part};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

/// A server that wants a login over an encrypted way.
fn server(security: &str, fault: &str) -> Server {
    Server::start(&["--security", security, "--login", "--fault", fault])
}

/// A home with one held message to tell, left on 10 March 2026.
fn home() -> Home {
    let home = Home::new(TINY);
    fs::write(home.spool().join("20260310-091244_+15095550196_José.wav"), "no sound\n".repeat(20)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    home
}

/// Lets `home` send by `server`, and `more` on top of that.
fn configure(home: &Home, server: &Server, security: &str, more: &str) {
    let password = home.path().join("password");
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    fs::set_permissions(&password, Permissions::from_mode(0o600)).unwrap();
    home.configure(&format!(
        "[mail]\nfrom = \"dime <dime@example.com>\"\nto = [\"Zoë <zoe@example.com>\", \"desk@example.org\"]\n\
         host = \"localhost\"\nport = {}\nsecurity = \"{security}\"\nca_file = \"{}\"\nuser = \"{USER}\"\n\
         password_file = \"password\"\n{more}",
        server.port,
        server.ca().display(),
    ));
}

fn send(home: &Home) -> Done {
    home.dime(&["digest", "--send"])
}

const ONCE: &str = "retry_seconds = []\n";
const NOTHING: &str = "nothing to tell: no letter is sent\n";

#[test]
fn a_letter_is_taken_over_both_kinds_of_tls_and_told_once() {
    for security in ["starttls", "tls"] {
        let home = home();
        let server = server(security, "none");
        configure(&home, &server, security, ONCE);
        let done = send(&home);
        assert_eq!((done.status, done.out.as_str()), (0, "sent: dime: 1 needs ears\n"), "{}", done.err);
        let letter = server.only();
        assert_eq!((&letter["encrypted"], &letter["user"]), (&true.into(), &USER.into()));
        assert_eq!(letter["sender"], "dime@example.com");
        assert_eq!(letter["recipients"], serde_json::json!(["zoe@example.com", "desk@example.org"]));
        assert_eq!(header(&letter, "Subject"), "dime: 1 needs ears");
        assert_eq!(header(&letter, "Auto-Submitted"), "auto-generated");
        assert!(header(&letter, "Message-ID").starts_with("<digest-1-"), "{letter:#}");
        for kind in ["text/plain", "text/html"] {
            assert!(part(&letter, kind).contains("dime retry 1"), "{letter:#}");
        }
        let again = send(&home);
        assert_eq!((again.status, again.out.as_str()), (0, NOTHING));
        assert_eq!(server.letters().len(), 1);
    }
}

#[test]
fn what_passes_is_tried_again() {
    let home = home();
    let server = server("starttls", "twice-busy");
    configure(&home, &server, "starttls", "retry_seconds = [0.1, 0.1, 0.1]\n");
    let done = send(&home);
    assert_eq!(done.status, 0, "{}", done.err);
    assert_eq!(done.err.matches("Mailbox is busy").count(), 2, "{}", done.err);
    server.only();
}

#[test]
fn each_fault_is_named_with_its_place_and_its_mending() {
    for (fault, more, says) in [
        ("data-554", "", "refused: 554 5.7.1 Looks like spam"),
        ("rcpt-450", "", "refused: 450 4.2.1 Mailbox is busy"),
        ("slow", "timeout_seconds = 1.0\n", "did not take the letter within 1 s"),
        ("drop-after-data", "", "broke"),
    ] {
        let home = home();
        let server = server("starttls", fault);
        configure(&home, &server, "starttls", &format!("{ONCE}{more}"));
        let done = send(&home);
        let error = done.err.lines().find(|line| line.starts_with("error: ")).unwrap().to_owned();
        assert_eq!(done.status, 1, "{fault}: {}", done.err);
        assert!(
            error.contains(&format!("localhost:{}", server.port)) && error.contains(says),
            "{fault}: {error}"
        );
        assert!(done.err.contains("\nhelp: "), "{fault}: {}", done.err);
        assert!(!done.err.contains(PASSWORD), "{fault}: {}", done.err);
        let doctor = home.dime(&["doctor", "--json"]).json();
        let finding = doctor.iter().find(|finding| finding["what"] == "digest").unwrap();
        assert_eq!(finding["health"], "bad", "{fault}: {finding}");
        assert!(finding["found"].as_str().unwrap().contains(says), "{fault}: {finding}");
    }
}

#[test]
fn a_bad_way_in_is_refused_at_once() {
    let home = home();
    let starttls = server("starttls", "none");
    let plain = Server::plain("none");
    let fails = |server: &Server, security: &str, break_it: &dyn Fn()| {
        // With the default waits another try would take longer than anybody waits for a test.
        configure(&home, server, security, "");
        break_it();
        let done = send(&home);
        assert_eq!(done.status, 1, "{}", done.err);
        assert!(!done.err.contains(PASSWORD), "{}", done.err);
        done.err
    };
    let password = home.path().join("password");
    let edit = |from: &str, to: &str| {
        let text = fs::read_to_string(home.config()).unwrap();
        assert!(text.contains(from));
        fs::write(home.config(), text.replace(from, to)).unwrap();
    };
    let wrong = fails(&starttls, "starttls", &|| fs::write(&password, "battery staple").unwrap());
    assert!(wrong.contains("refused user or password: 535") && !wrong.contains("battery"), "{wrong}");
    let open = fails(&starttls, "starttls", &|| {
        fs::set_permissions(&password, Permissions::from_mode(0o644)).unwrap();
    });
    assert!(open.contains("mode 0644: others than its owner may use it"), "{open}");
    let stranger = fails(&starttls, "starttls", &|| {
        edit(starttls.ca().to_str().unwrap(), plain.ca().to_str().unwrap());
    });
    assert!(stranger.contains("the certificate of localhost"), "{stranger}");
    let not_offered = fails(&plain, "starttls", &|| {});
    assert!(not_offered.contains(&format!("localhost:{} offers no STARTTLS", plain.port)), "{not_offered}");
    let elsewhere = fails(&plain, "none", &|| edit("\"localhost\"", "\"mail.example.com\""));
    assert!(
        elsewhere.contains("mail.example.com") && elsewhere.contains("without encryption"),
        "{elsewhere}"
    );
    assert!(starttls.letters().is_empty() && plain.letters().is_empty());
}

#[test]
fn a_letter_that_may_have_gone_out_goes_out_again_as_it_was() {
    let home = home();
    let first = server("starttls", "drop-after-data");
    configure(&home, &first, "starttls", ONCE);
    assert_eq!(send(&home).status, 1);
    // Killed while the server thinks: it may have taken the letter or not.
    let second = server("starttls", "slow");
    configure(&home, &second, "starttls", ONCE);
    let mut child = home.command(&["digest", "--send"]).spawn().unwrap();
    let start = Instant::now();
    while !second.folder.path().join("asked").exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "the server is not asked");
        std::thread::sleep(Duration::from_millis(20));
    }
    let refused = send(&home);
    assert!(refused.error().contains("already sending"), "{}", refused.err);
    child.kill().unwrap();
    child.wait().unwrap();
    // What is filed meanwhile is for the next letter.
    fs::write(home.spool().join("b.wav"), "no sound either\n".repeat(20)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    let third = server("starttls", "none");
    configure(&home, &third, "starttls", ONCE);
    assert_eq!(send(&home).status, 0);
    assert_eq!(send(&home).status, 0);
    let (taken_once, letters) = (first.only(), third.letters());
    assert_eq!(letters.len(), 2);
    for name in ["Message-ID", "Date", "Subject"] {
        assert_eq!(header(&letters[0], name), header(&taken_once, name));
    }
    assert_eq!(letters[0]["parts"], taken_once["parts"]);
    assert_ne!(header(&letters[1], "Message-ID"), header(&taken_once, "Message-ID"));
    let next = part(&letters[1], "text/plain");
    assert!(next.contains("dime retry 2") && !next.contains("dime retry 1"), "{next}");
}

#[test]
fn the_letter_of_a_past_day_has_one_id_and_leaves_the_nightly_one_alone() {
    let home = home();
    let server = server("starttls", "twice-busy");
    configure(&home, &server, "starttls", "retry_seconds = [0.1, 0.1]\n");
    let of_day = |date: &str| home.dime(&["digest", "--date", date, "--send"]);
    for _ in 0..2 {
        let done = of_day("2026-03-10");
        assert_eq!(
            (done.status, done.out.as_str()),
            (0, "sent: dime: 1 needs ears (2026-03-10)\n"),
            "{done:?}"
        );
    }
    let doctor = home.dime(&["doctor"]).out;
    assert!(doctor.contains("none sent yet"), "{doctor}");
    assert_eq!(send(&home).status, 0);
    let other = self::home();
    configure(&other, &server, "starttls", ONCE);
    assert_eq!(other.dime(&["digest", "--date", "2026-03-10", "--send"]).status, 0);
    let letters = server.letters();
    let ids: Vec<_> = letters.iter().map(|letter| header(letter, "Message-ID")).collect();
    assert_eq!(ids.len(), 4);
    assert!(ids[0].starts_with("<digest-day-2026-03-10-"), "{ids:?}");
    assert_eq!(ids[0], ids[1]);
    assert!(ids[2].starts_with("<digest-1-"), "{ids:?}");
    assert!(ids[3].starts_with("<digest-day-2026-03-10-") && ids[3] != ids[0], "{ids:?}");
    for letter in &letters {
        assert!(part(letter, "text/plain").contains("dime retry 1"), "{letter:#}");
    }
}

#[test]
fn a_past_day_with_nothing_to_tell_sends_nothing() {
    let home = home();
    let server = server("starttls", "none");
    configure(&home, &server, "starttls", ONCE);
    let before = Home::new(TINY);
    configure(&before, &server, "starttls", ONCE);
    for (home, date) in [(&home, "2026-03-11"), (&before, "2026-03-10")] {
        let done = home.dime(&["digest", "--date", date, "--send"]);
        assert_eq!((done.status, done.out.as_str()), (0, NOTHING), "{}", done.err);
    }
    assert!(server.letters().is_empty() && !before.state().exists());
}

#[test]
fn the_local_sendmail_is_given_the_letter() {
    let home = home();
    let (program, letter) = (home.path().join("sendmail"), home.path().join("letter"));
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >{0}.arguments\ncat >{0}\n", letter.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    home.configure(&format!(
        "[mail]\ncarrier = \"sendmail\"\nsendmail = \"{}\"\nfrom = \"dime@example.com\"\n\
         to = [\"Zoë <zoe@example.com>\", \"desk@example.org\"]\n",
        program.display()
    ));
    let done = send(&home);
    assert_eq!(done.status, 0, "{}", done.err);
    let arguments = fs::read_to_string(letter.with_extension("arguments")).unwrap();
    assert_eq!(
        arguments.lines().collect::<Vec<_>>(),
        ["-i", "-f", "dime@example.com", "--", "zoe@example.com", "desk@example.org"]
    );
    let message = fs::read_to_string(letter).unwrap();
    assert!(
        message.contains("\r\nMessage-ID: <digest-1-") && message.trim_end().ends_with("--"),
        "{message}"
    );
}

#[test]
fn what_the_configuration_lacks_is_named() {
    let home = home();
    for (mail, says) in [
        ("", "mail.host is not set"),
        ("host = \"h\"", "mail.from is not set"),
        ("host = \"h\"\nfrom = \"a@example.com\"", "nobody is named"),
        ("host = \"h\"\nfrom = \"a\"\nto = [\"b@example.com\"]", "`a` is not an e-mail address"),
        ("host = \"h\"\nfrom = \"a@example.com\"\nto = [\"b@example.com\"]\nuser = \"a\"", "no password"),
    ] {
        home.configure(&format!("[mail]\n{mail}\n"));
        let done = send(&home);
        assert!(done.error().contains(says), "{says}: {}", done.err);
    }
}
