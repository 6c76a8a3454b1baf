//! A letter → a message as RFC 5322 wants it, to which nothing in the letter can add a header.

use super::{Addresses, MailError};
use crate::domain::safe::one_line;
use crate::domain::{Letter, Millis};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use lettre::Message;
use lettre::message::MultiPart;
use lettre::message::header::{HeaderName, HeaderValue};

/// What a `Date` says when the moment has none (years before 0 and after 9999).
const NO_DATE: &str = "Thu, 1 Jan 1970 00:00:00 +0000";

/// The message, with its date in `zone`.
pub(super) fn build(letter: &Letter, addresses: &Addresses, zone: &TimeZone) -> Result<Message, MailError> {
    let domain = id_part(addresses.from().email.domain());
    let id = format!("<{}@{domain}>", id_part(&letter.id));
    let thread = format!("<{}@{domain}>", id_part(&letter.thread));
    let mut builder = Message::builder()
        .from(addresses.from().clone())
        .subject(one_line(&letter.subject))
        .message_id(Some(id))
        .in_reply_to(thread.clone())
        .references(thread)
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("List-Id", &format!("dime <digest.{domain}>")));
    for mailbox in addresses.to() {
        builder = builder.to(mailbox.clone());
    }
    let body = MultiPart::alternative_plain_html(body(&letter.text), body(&letter.html));
    let mut message =
        builder.multipart(body).map_err(|error| MailError::Message { what: error.to_string() })?;
    // Only now: the builder would replace a date that is not in UTC.
    message.headers_mut().insert_raw(header("Date", &date(letter.date, zone)));
    Ok(message)
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn date(at: Millis, zone: &TimeZone) -> String {
    rfc2822::to_string(&at.timestamp().to_zoned_datetime(zone.clone())).unwrap_or_else(|_| NO_DATE.to_owned())
}

/// `text` with nothing that has a meaning inside `<…@…>`.
fn id_part(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-+=".contains(c) { c } else { '-' };
    let part: String = text.chars().map(plain).collect();
    if part.is_empty() { "-".to_owned() } else { part }
}

/// `text` without control characters other than line ends and tabs.
fn body(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Addresses, build, date};
    use crate::domain::{Letter, Millis};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    /// Every header of every message, in their order.
    const HEADERS: [&str; 12] = [
        "From",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "List-Id",
        "To",
        "MIME-Version",
        "Date",
        "Content-Type",
    ];

    fn letter() -> Letter {
        Letter {
            id: "digest-2026-01-15".to_owned(),
            thread: "digest".to_owned(),
            date: Millis(1_768_500_000_000),
            subject: "2 leads".to_owned(),
            text: "Ann called.\n".to_owned(),
            html: "<p>Ann called.</p>\n".to_owned(),
        }
    }

    fn raw(letter: &Letter, from: &str) -> String {
        let to = ["Bo <bo@example.org>".to_owned(), "cy@example.org".to_owned()];
        let addresses = Addresses::new(from, &to).unwrap();
        String::from_utf8(build(letter, &addresses, &TimeZone::UTC).unwrap().formatted()).unwrap()
    }

    /// The names of the headers, read as a strict parser would: a line begins with a name and a colon, or with
    /// white space if it goes on with the one before; a line ends with CR LF and holds no CR, LF or NUL.
    fn headers(raw: &str) -> Vec<String> {
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        let mut names = Vec::new();
        for line in head.split("\r\n") {
            assert!(!line.chars().any(|c| c.is_control() && c != '\t'), "{line:?}");
            assert!(line.len() <= 998, "{line:?}");
            if line.starts_with([' ', '\t']) {
                assert!(!names.is_empty() && !line.trim().is_empty(), "{line:?}");
                continue;
            }
            names.push(line.split_once(':').unwrap().0.to_owned());
        }
        names
    }

    #[test]
    fn a_message_says_that_no_person_wrote_it_and_which_thread_it_is_of() {
        let raw = raw(&letter(), "dime <dime@example.com>");
        assert_eq!(headers(&raw), HEADERS);
        for line in [
            "From: dime <dime@example.com>",
            "To: Bo <bo@example.org>, cy@example.org",
            "Message-ID: <digest-2026-01-15@example.com>",
            "In-Reply-To: <digest@example.com>",
            "References: <digest@example.com>",
            "Auto-Submitted: auto-generated",
            "List-Id: dime <digest.example.com>",
            "X-Auto-Response-Suppress: All",
            "Date: Thu, 15 Jan 2026 18:00:00 +0000",
        ] {
            assert!(raw.contains(&format!("{line}\r\n")), "{line} is not in\n{raw}");
        }
        assert!(raw.contains("multipart/alternative"));
    }

    #[test]
    fn the_date_is_told_in_the_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(-8));
        assert_eq!(date(Millis(1_768_500_000_000), &zone), "Thu, 15 Jan 2026 10:00:00 -0800");
        for far in [i64::MIN, i64::MAX, -1] {
            assert!(date(Millis(far), &zone).is_ascii());
        }
    }

    #[test]
    fn a_subject_cannot_end_its_line() {
        let hostile = Letter { subject: "a\r\nBcc: x@example.com\r\n\r\nbody\0".to_owned(), ..letter() };
        let raw = raw(&hostile, "dime@example.com");
        assert_eq!(headers(&raw), HEADERS);
        assert!(raw.contains("Subject: a Bcc: x@example.com body\r\n"), "{raw}");
    }

    /// Any text, with more line ends, controls and header-like pieces than chance would bring.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<String>(),
            Just("\r\n".to_owned()),
            Just("\n".to_owned()),
            Just("\r".to_owned()),
            Just("\0".to_owned()),
            Just("\r\n\r\n".to_owned()),
            Just("Bcc: eve@example.com".to_owned()),
            Just("=?utf-8?q?=0D=0ABcc:_eve?=".to_owned()),
            Just("\r\n.\r\n".to_owned()),
            Just("\u{2028}é\u{85}".to_owned()),
            "[a-z ]{80,200}",
        ];
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_letter_adds_a_header(
            subject in hostile(), text in hostile(), html in hostile(), id in hostile(), thread in hostile(),
            date in any::<i64>(),
        ) {
            let letter = Letter { id, thread, date: Millis(date), subject, text, html };
            let raw = raw(&letter, "dime <dime@example.com>");
            let mut names = headers(&raw);
            names.sort();
            let mut expected = HEADERS.map(str::to_owned);
            expected.sort();
            prop_assert_eq!(names, expected);
            // The two parts, and nothing else, in lines that end as they should.
            let boundary = raw.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
            prop_assert_eq!(raw.matches(&format!("--{boundary}")).count(), 3);
            prop_assert!(!raw.replace("\r\n", "").contains(['\r', '\n', '\0']));
        }

        #[test]
        fn no_name_adds_a_header(name in hostile()) {
            let from = format!("{name} <dime@example.com>");
            let to = ["bo@example.org".to_owned()];
            let addresses = Addresses::new(&from, &to).unwrap();
            let message = build(&letter(), &addresses, &TimeZone::UTC).unwrap();
            let raw = String::from_utf8(message.formatted()).unwrap();
            prop_assert_eq!(headers(&raw), HEADERS);
            prop_assert_eq!(message.envelope().from().unwrap().to_string(), "dime@example.com");
            prop_assert_eq!(message.envelope().to().len(), 1);
        }
    }
}
