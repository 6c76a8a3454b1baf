//! `dime digest --send` against a real mail server with TLS and a login, and with faults.

use crate::home::{Done, Home, TINY, checkout};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `tests/mail/server.py`, killed at the end of the test.
struct Server {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// One whose mail lies in the folder `name` of `home`.
    fn start(home: &Home, name: &str, security: &str, fault: &str) -> Self {
        let folder = home.path().join(name);
        fs::create_dir(&folder).unwrap();
        let python = checkout().join("target/smtp/bin/python");
        assert!(python.exists(), "{} is missing: run `make test`", python.display());
        let mut child = Command::new(python)
            .arg(checkout().join("tests/mail/server.py"))
            .arg(&folder)
            .args([security, fault])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, folder, port: port.trim().parse().unwrap() }
    }

    /// The messages it took, in order.
    fn mail(&self) -> Vec<String> {
        let file = |number: usize| fs::read_to_string(self.folder.join(format!("{number}.eml")));
        (1..).map_while(|number| file(number).ok()).collect()
    }

    /// The only message it took, and between whom.
    fn only(&self) -> (String, Value) {
        let mail = self.mail();
        assert_eq!(mail.len(), 1, "{mail:?}");
        let envelope = fs::read_to_string(self.folder.join("1.json")).unwrap();
        (mail[0].clone(), serde_json::from_str(&envelope).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with one held message to tell.
fn home() -> Home {
    let home = Home::new(TINY);
    fs::write(home.spool().join("20260310-091244_+15095550196_José.wav"), "no sound\n".repeat(20)).unwrap();
    assert_eq!(home.dime(&["watch", "--once"]).status, 0);
    home
}

/// Lets `home` send by `server`, and `more` on top of that.
fn configure(home: &Home, server: &Server, security: &str, more: &str) {
    let password = home.path().join("password");
    fs::write(&password, "swordfish\n").unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    let login = if security == "none" { "" } else { "user = \"dime\"\npassword_file = \"password\"\n" };
    home.configure(&format!(
        "[mail]\nfrom = \"dime <dime@example.com>\"\nto = [\"Zoë <zoe@example.com>\", \"desk@example.org\"]\n\
         host = \"localhost\"\nport = {}\nsecurity = \"{security}\"\nca_file = \"{}\"\n{login}{more}",
        server.port,
        server.folder.join("ca.pem").display(),
    ));
}

fn send(home: &Home) -> Done {
    home.dime(&["digest", "--send"])
}

fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let line = mail.lines().find(|line| line.starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in\n{mail}")).split_once(": ").unwrap().1
}

const ONCE: &str = "retry_seconds = []\n";

#[test]
fn a_letter_is_taken_over_both_kinds_of_tls_and_told_once() {
    for security in ["starttls", "tls"] {
        let home = home();
        let server = Server::start(&home, "mail", security, "none");
        configure(&home, &server, security, ONCE);
        let done = send(&home);
        assert_eq!((done.status, done.out.as_str()), (0, "sent: dime: 1 needs ears\n"), "{}", done.err);
        let (mail, envelope) = server.only();
        assert_eq!(envelope["from"], "dime@example.com");
        assert_eq!(envelope["to"], serde_json::json!(["zoe@example.com", "desk@example.org"]));
        assert_eq!(header(&mail, "Subject"), "dime: 1 needs ears");
        assert_eq!(header(&mail, "Auto-Submitted"), "auto-generated");
        assert!(header(&mail, "Message-ID").starts_with("<digest-1-"), "{mail}");
        assert!(
            mail.contains("Content-Type: text/plain") && mail.contains("Content-Type: text/html"),
            "{mail}"
        );
        assert!(mail.contains("dime retry 1"), "{mail}");
        let again = send(&home);
        assert_eq!((again.status, again.out.as_str()), (0, "nothing to tell: no letter is sent\n"));
        assert_eq!(server.mail().len(), 1);
    }
}

#[test]
fn what_passes_is_tried_again() {
    let home = home();
    let server = Server::start(&home, "mail", "starttls", "twice-busy");
    configure(&home, &server, "starttls", "retry_seconds = [0.1, 0.1, 0.1]\n");
    let done = send(&home);
    assert_eq!(done.status, 0, "{}", done.err);
    assert_eq!(done.err.matches("greylisted").count(), 2, "{}", done.err);
    server.only();
}

#[test]
fn each_fault_is_named_with_its_place_and_its_mending() {
    for (security, fault, more, says) in [
        ("starttls", "reject", "", "not wanted here"),
        ("starttls", "busy", "", "greylisted"),
        ("starttls", "slow", "timeout_seconds = 1.0\n", ""),
        ("starttls", "drop", "", ""),
    ] {
        let home = home();
        let server = Server::start(&home, "mail", security, fault);
        configure(&home, &server, security, &format!("{ONCE}{more}"));
        let done = send(&home);
        let error = done.err.lines().find(|line| line.starts_with("error: ")).unwrap().to_owned();
        assert_eq!(done.status, 1, "{fault}: {}", done.err);
        assert!(
            error.contains(&format!("localhost:{}", server.port)) && error.contains(says),
            "{fault}: {error}"
        );
        assert!(done.err.contains("\nhelp: "), "{fault}: {}", done.err);
        assert!(!done.err.contains("swordfish"), "{fault}: {}", done.err);
        let doctor = home.dime(&["doctor", "--json"]).json();
        let finding = doctor.iter().find(|finding| finding["what"] == "digest").unwrap();
        assert_eq!(finding["health"], "bad", "{fault}: {finding}");
    }
}

#[test]
fn a_bad_way_in_is_refused() {
    let home = home();
    let starttls = Server::start(&home, "mail", "starttls", "none");
    let plain = Server::start(&home, "plain", "none", "none");
    let fails = |server: &Server, security: &str, more: &str, break_it: &dyn Fn()| {
        configure(&home, server, security, &format!("{ONCE}{more}"));
        break_it();
        let done = send(&home);
        assert_eq!(done.status, 1, "{}", done.err);
        assert!(!done.err.contains("swordfish"), "{}", done.err);
        done.err
    };
    let password = home.path().join("password");
    let wrong = fails(&starttls, "starttls", "", &|| fs::write(&password, "trout").unwrap());
    assert!(wrong.contains("535"), "{wrong}");
    let open = fails(&starttls, "starttls", "", &|| {
        fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).unwrap();
    });
    assert!(open.contains("others may use it (mode 644)"), "{open}");
    let stranger = fails(&starttls, "starttls", "", &|| {
        let other = plain.folder.join("ca.pem");
        fs::copy(other, starttls.folder.join("ca.pem")).unwrap();
    });
    assert!(stranger.to_lowercase().contains("certificate"), "{stranger}");
    let not_offered = fails(&plain, "starttls", "", &|| {});
    assert!(not_offered.contains(&format!("localhost:{}", plain.port)), "{not_offered}");
    let elsewhere = fails(&plain, "none", "", &|| {
        let text = fs::read_to_string(home.config()).unwrap();
        fs::write(home.config(), text.replace("\"localhost\"", "\"mail.example.com\"")).unwrap();
    });
    assert!(elsewhere.contains("open to everybody"), "{elsewhere}");
    assert!(starttls.mail().is_empty() && plain.mail().is_empty());
}

#[test]
fn a_letter_that_may_have_gone_out_goes_out_again_under_its_own_id() {
    let home = home();
    let first = Server::start(&home, "first", "starttls", "drop");
    configure(&home, &first, "starttls", ONCE);
    assert_eq!(send(&home).status, 1);
    // Killed while the server thinks: it may have taken the letter or not.
    let second = Server::start(&home, "second", "starttls", "slow");
    configure(&home, &second, "starttls", ONCE);
    let mut child = home.command(&["digest", "--send"]).spawn().unwrap();
    let start = Instant::now();
    while !second.folder.join("asked").exists() {
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
    let third = Server::start(&home, "third", "starttls", "none");
    configure(&home, &third, "starttls", ONCE);
    assert_eq!(send(&home).status, 0);
    assert_eq!(send(&home).status, 0);
    let (taken_once, mail) = (first.only().0, third.mail());
    assert_eq!(header(&mail[0], "Message-ID"), header(&taken_once, "Message-ID"));
    assert_ne!(header(&mail[1], "Message-ID"), header(&taken_once, "Message-ID"));
    assert!(mail[1].contains("dime retry 2") && !mail[1].contains("dime retry 1"), "{}", mail[1]);
    assert_eq!(mail.len(), 2);
}

#[test]
fn the_local_sendmail_is_given_the_letter() {
    let home = home();
    let (program, letter) = (home.path().join("sendmail"), home.path().join("letter"));
    fs::write(&program, format!("#!/bin/sh\necho \"$@\" >{0}.arguments\ncat >{0}\n", letter.display()))
        .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    home.configure(&format!(
        "[mail]\ncarrier = \"sendmail\"\nsendmail = \"{}\"\nfrom = \"dime@example.com\"\nto = [\"zoe@example.com\"]\n",
        program.display()
    ));
    let done = send(&home);
    assert_eq!(done.status, 0, "{}", done.err);
    let arguments = fs::read_to_string(letter.with_extension("arguments")).unwrap();
    assert!(arguments.contains("dime@example.com") && arguments.contains("zoe@example.com"), "{arguments}");
    assert_eq!(header(&fs::read_to_string(letter).unwrap(), "To"), "zoe@example.com");
}

#[test]
fn without_a_mail_server_it_is_said() {
    let home = home();
    assert!(send(&home).error().contains("mail.host is not set"));
}
