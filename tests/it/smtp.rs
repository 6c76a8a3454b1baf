//! Letters to a real SMTP server: what arrives, and every way it can fail.

use crate::home::checkout;
use crate::mail_server::{PASSWORD, Server, USER, header, part};
use dime::domain::{Letter, Millis};
use dime::mail::{Addresses, Carrier, Login, MailError, Password, Security, Smtp};
use std::time::{Duration, Instant};

impl Server {
    /// A way to this server that trusts its certificate, without a login.
    fn smtp(&self, security: Security) -> Smtp {
        Smtp {
            addresses: addresses(),
            host: "localhost".to_owned(),
            port: self.port,
            security,
            login: None,
            timeout: Duration::from_secs(20),
            ca_file: Some(self.ca()),
        }
    }

    /// Why `smtp` cannot send: an error with this server's name, on one line, with a help and without password.
    fn error(&self, smtp: Smtp) -> MailError {
        let error = Carrier::Smtp(smtp).send(&letter()).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("localhost:{}", self.port)), "{text}");
        assert!(!text.contains(['\n', '\r']) && !error.help().is_empty(), "{text}");
        assert!(!format!("{text}{error:?}").contains(PASSWORD), "{text}");
        error
    }
}

pub(crate) fn addresses() -> Addresses {
    let to = ["Müller, Ann <ann@example.org>".to_owned(), "bo@example.net".to_owned()];
    Addresses::new("dime für Ann <dime@example.com>", &to).unwrap()
}

fn login() -> Login {
    Login { user: USER.to_owned(), password: Password::new(PASSWORD.to_owned()) }
}

pub(crate) fn letter() -> Letter {
    Letter {
        id: "digest-2026-01-15".to_owned(),
        thread: "digest".to_owned(),
        date: Millis(1_768_500_000_000),
        subject: "2 leads — José Ángel, 李雷".to_owned(),
        text: format!("José Ángel called: “très bien” 李雷\n.\n..\nFrom here on\n{}\n", "word ".repeat(400)),
        html: "<p>José Ángel &lt;3 “très bien” 李雷</p>\n".to_owned(),
    }
}

#[test]
fn a_letter_arrives_as_it_was_written_to_the_last_word() {
    let server = Server::start(&["--security", "none", "--login"]);
    let smtp = Smtp { login: Some(login()), ..server.smtp(Security::None) };
    Carrier::Smtp(smtp).send(&letter()).unwrap();
    let taken = server.only();
    assert_eq!(taken["defects"], serde_json::json!([]));
    assert_eq!((&taken["encrypted"], &taken["user"]), (&false.into(), &USER.into()));
    assert_eq!(taken["sender"], "dime@example.com");
    assert_eq!(taken["recipients"], serde_json::json!(["ann@example.org", "bo@example.net"]));
    for (name, value) in [
        ("From", "dime für Ann <dime@example.com>"),
        ("To", "\"Müller, Ann\" <ann@example.org>, bo@example.net"),
        ("Subject", &letter().subject),
        ("Message-ID", "<digest-2026-01-15@example.com>"),
        ("In-Reply-To", "<digest@example.com>"),
        ("References", "<digest@example.com>"),
        ("Auto-Submitted", "auto-generated"),
        ("List-Id", "dime <digest.example.com>"),
        ("X-Auto-Response-Suppress", "All"),
    ] {
        assert_eq!(header(&taken, name), value, "{name}");
    }
    let date = jiff::fmt::rfc2822::parse(header(&taken, "Date")).unwrap().timestamp();
    assert_eq!(date.as_millisecond(), letter().date.0);
    assert_eq!(part(&taken, "text/plain"), letter().text);
    assert_eq!(part(&taken, "text/html"), letter().html);
}

#[test]
fn a_server_that_knows_only_the_old_login_is_used_too() {
    let server = Server::start(&["--login", "--exclude", "PLAIN"]);
    let smtp = Smtp { login: Some(login()), ..server.smtp(Security::StartTls) };
    Carrier::Smtp(smtp).send(&letter()).unwrap();
    assert_eq!(server.letters().len(), 1);
}

#[test]
fn a_server_may_be_named_by_its_address() {
    let server = Server::start(&["--security", "tls"]);
    let smtp = Smtp { host: "127.0.0.1".to_owned(), ..server.smtp(Security::Tls) };
    Carrier::Smtp(smtp).send(&letter()).unwrap();
    assert_eq!(server.letters().len(), 1);
}

#[test]
fn a_refused_connection_passes() {
    let server = Server::plain("refuse");
    let error = server.error(server.smtp(Security::None));
    assert!(matches!(error, MailError::Unreachable { .. }) && error.is_passing(), "{error:?}");
}

#[test]
fn a_name_that_leads_nowhere_passes() {
    let server = Server::plain("none");
    let smtp = Smtp { host: "mail.invalid".to_owned(), ..server.smtp(Security::Tls) };
    let error = Carrier::Smtp(smtp).send(&letter()).unwrap_err();
    assert!(error.to_string().contains(&format!("mail.invalid:{}", server.port)), "{error}");
    assert!(error.is_passing(), "{error:?}");
}

#[test]
fn a_connection_that_breaks_passes() {
    for fault in ["drop-after-data", "hang-up"] {
        let server = Server::plain(fault);
        let error = server.error(server.smtp(Security::None));
        assert!(matches!(error, MailError::Broken { .. }) && error.is_passing(), "{fault}: {error:?}");
    }
}

#[test]
fn what_the_server_says_decides_whether_a_refusal_passes() {
    for (fault, says, code, passing) in [
        ("greeting-421", "421 4.3.2 Closing for maintenance", 421, true),
        ("rcpt-450", "450 4.2.1 Mailbox is busy", 450, true),
        ("rcpt-550", "550 5.1.1 No such user: ann@example.org", 550, false),
        ("data-451", "451 4.3.0 Try again later", 451, true),
        ("data-554", "554 5.7.1 Looks like spam", 554, false),
    ] {
        let server = Server::plain(fault);
        let error = server.error(server.smtp(Security::None));
        assert!(matches!(error, MailError::Refused { code: told, .. } if told == code), "{fault}: {error:?}");
        assert_eq!(error.is_passing(), passing, "{fault}");
        assert!(error.to_string().ends_with(says), "{error}");
        assert!(server.letters().is_empty(), "{fault}");
    }
}

#[test]
fn nobody_waits_longer_than_the_timeout() {
    // `slow` is silent after the letter; `drip` sends a byte whenever a timeout for each byte would end.
    for fault in ["slow", "drip"] {
        let server = Server::plain(fault);
        let start = Instant::now();
        let smtp = Smtp { timeout: Duration::from_secs(1), ..server.smtp(Security::None) };
        let error = server.error(smtp);
        assert!(start.elapsed() < Duration::from_secs(10), "{fault}: {:?}", start.elapsed());
        assert!(matches!(error, MailError::Timeout { .. }) && error.is_passing(), "{fault}: {error:?}");
        assert!(error.to_string().ends_with("within 1 s"), "{error}");
    }
}

#[test]
fn a_server_that_repeats_the_password_does_not_get_it_into_the_log() {
    let server = Server::start(&["--fault", "auth-echo", "--login"]);
    let smtp = Smtp { login: Some(login()), ..server.smtp(Security::StartTls) };
    let error = server.error(smtp);
    assert!(matches!(error, MailError::Credentials { code: 535, .. }), "{error:?}");
    // Base64 of "\0ann\0correct horse", as it goes over the wire.
    assert!(!format!("{error}{error:?}").contains("AGFubgBjb3JyZWN0IGhvcnNl"), "{error:?}");
}

#[test]
fn a_login_that_cannot_be_checked_now_passes() {
    let server = Server::start(&["--fault", "auth-454", "--login"]);
    let smtp = Smtp { login: Some(login()), ..server.smtp(Security::StartTls) };
    let error = server.error(smtp);
    assert!(matches!(error, MailError::Refused { code: 454, .. }) && error.is_passing(), "{error:?}");
}

#[test]
fn a_server_without_logins_is_told() {
    let server = Server::plain("no-auth");
    let smtp = Smtp { login: Some(login()), ..server.smtp(Security::None) };
    let error = server.error(smtp);
    assert!(matches!(error, MailError::NoLogin { .. }) && !error.is_passing(), "{error:?}");
}

#[test]
fn a_certificate_of_an_unknown_ca_is_refused() {
    for (name, security) in [("starttls", Security::StartTls), ("tls", Security::Tls)] {
        let server = Server::start(&["--security", name]);
        let other = Server::start(&[]);
        for ca_file in [None, Some(other.ca())] {
            let error = server.error(Smtp { ca_file, ..server.smtp(security) });
            assert!(matches!(error, MailError::Certificate { .. }) && !error.is_passing(), "{error:?}");
        }
        assert!(server.letters().is_empty());
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let server = Server::start(&["--security", "tls", "--names", "mail.example.com"]);
    let error = server.error(server.smtp(Security::Tls));
    assert!(matches!(error, MailError::Certificate { .. }) && !error.is_passing(), "{error:?}");
}

#[test]
fn a_server_that_speaks_something_else_is_told() {
    let server = Server::plain("not-smtp");
    let error = server.error(server.smtp(Security::Tls));
    assert!(matches!(error, MailError::Tls { .. }) && !error.is_passing(), "{error:?}");
    let error = server.error(server.smtp(Security::None));
    assert!(matches!(error, MailError::Broken { .. }), "{error:?}");
}

#[test]
fn a_ca_file_that_is_none_is_named() {
    let server = Server::start(&[]);
    for file in [server.folder.path().join("missing.pem"), checkout().join("Makefile")] {
        let smtp = Smtp { ca_file: Some(file.clone()), ..server.smtp(Security::StartTls) };
        let error = Carrier::Smtp(smtp).send(&letter()).unwrap_err();
        assert!(matches!(error, MailError::CaFile { .. }) && !error.is_passing(), "{error:?}");
        assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    }
}
