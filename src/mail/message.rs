//! A letter as the internet carries it.

use super::{MailError, Post};
use crate::domain::Letter;
use crate::domain::safe::one_line;
use lettre::Message;
use lettre::message::MultiPart;
use lettre::message::header::{HeaderName, HeaderValue};
use std::time::{Duration, SystemTime};

impl Post {
    /// `letter` with plain text and HTML as alternatives. Nothing in it can add a header: every value is one line.
    pub(super) fn message(&self, letter: &Letter) -> Result<Message, MailError> {
        let domain = self.from.email.domain();
        let id = |local: &str| format!("<{}@{domain}>", token(local));
        let thread = id(&letter.thread);
        let since_1970 = Duration::from_millis(u64::try_from(letter.date.0).unwrap_or(0));
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(one_line(&letter.subject))
            .date(SystemTime::UNIX_EPOCH + since_1970)
            .message_id(Some(id(&letter.id)))
            .in_reply_to(thread.clone())
            .references(thread);
        for to in &self.to {
            message = message.to(to.clone());
        }
        let body = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
        let mut message = message.multipart(body).map_err(|source| MailError::Message { source })?;
        for (name, value) in [
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("X-Auto-Response-Suppress", "All".to_owned()),
            ("List-Id", format!("dime <digest.{domain}>")),
        ] {
            let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| MailError::Header)?;
            message.headers_mut().insert_raw(HeaderValue::new(name, value));
        }
        Ok(message)
    }
}

/// The part of `text` that may stand in a message's id.
fn token(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Carrier, Post};
    use crate::domain::{Letter, Millis};
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn letter(subject: &str, text: &str) -> Letter {
        Letter {
            id: "digest-7-2026-03-14".to_owned(),
            thread: "digest".to_owned(),
            date: Millis(1_773_504_000_000),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: format!("<p>{text}</p>"),
        }
    }

    /// The head of the message, a line a header, with folded ones joined.
    fn head(letter: &Letter) -> Vec<String> {
        let carrier = Carrier::Sendmail(PathBuf::from("sendmail"));
        let to = ["Pat Lee <pat@example.com>".to_owned(), "desk@example.org".to_owned()];
        let post = Post::new("dime <dime@example.com>", &to, carrier).unwrap();
        let raw = String::from_utf8(post.message(letter).unwrap().formatted()).unwrap();
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_mail_program_can_thread_it_and_answers_nothing_by_itself() {
        let head = head(&letter("2 leads", "hello"));
        for line in [
            "From: dime <dime@example.com>",
            "To: \"Pat Lee\" <pat@example.com>, desk@example.org",
            "Subject: 2 leads",
            "Date: Sat, 14 Mar 2026 16:00:00 +0000",
            "Message-ID: <digest-7-2026-03-14@example.com>",
            "In-Reply-To: <digest@example.com>",
            "References: <digest@example.com>",
            "Auto-Submitted: auto-generated",
            "List-Id: dime <digest.example.com>",
        ] {
            assert!(head.iter().any(|there| there == line), "{line}\n{head:#?}");
        }
        assert!(head.iter().any(|line| line.starts_with("Content-Type: multipart/alternative")), "{head:#?}");
    }

    proptest! {
        #[test]
        fn no_text_adds_a_header(
            subject in "(?s).{0,60}|[a-z]{0,9}\r\n(Bcc|From|X-A): [a-z]{1,9}@[a-z]{1,9}.com\r\n\r\n[a-z]{0,9}",
            text in "(?s).{0,200}",
        ) {
            let names = |letter: &Letter| -> Vec<String> {
                head(letter).iter().map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
            };
            let mut evil = letter(&subject, &text);
            evil.id = subject.clone();
            prop_assert_eq!(names(&evil), names(&letter("x", "x")));
        }
    }
}
