//! A mail taken apart: which headers, and which parts, with limits on how many and how deep.
//!
//! Headers and encodings are read by the library; the parts are found here, because the library follows any number of
//! them to any depth.

use crate::domain::Millis;
use crate::intake::told::plain;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::parsers::MessageStream;
use mail_parser::{Header, HeaderName, HeaderValue, MessageParser};
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// How deep parts lie in parts.
const DEEPEST: usize = 10;

/// How many parts are looked at.
const MOST_PARTS: usize = 100;

/// How much is read of the headers of one part, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// The end of a date with its offset, as `-0700` or by one of the names that RFC 5322 knows.
static ZONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\d\s*(?:[+-]\d{4}|GMT|UTC?|Z|[ECMP][SD]T)\s*(?:\(|$)").ok());

/// The headers of one part or of one mail, read.
pub(super) struct Head<'x> {
    bytes: &'x [u8],
    headers: Vec<Header<'x>>,
}

impl<'x> Head<'x> {
    fn read(bytes: &'x [u8], parser: &MessageParser) -> Self {
        let mut headers = Vec::new();
        MessageStream::new(bytes).parse_headers(parser, &mut headers);
        Self { bytes, headers }
    }

    /// The first header called `name`, decoded, on one line.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let header = self.headers.iter().find(|header| header.name().eq_ignore_ascii_case(name))?;
        let text =
            header.value.as_text().or_else(|| header.value.as_text_list()?.first().map(AsRef::as_ref))?;
        plain::line(text, 1_000)
    }

    /// The moment in the header `Date`; `None` when it does not say by which clock.
    pub(super) fn date(&self) -> Option<Millis> {
        let header = self.headers.iter().find(|header| header.name == HeaderName::Date)?;
        let range = usize::try_from(header.offset_start).ok()?..usize::try_from(header.offset_end).ok()?;
        let written = plain::text(self.bytes.get(range)?);
        if !ZONE.as_ref()?.is_match(&written) {
            return None;
        }
        let date = header.value.as_datetime().filter(|date| date.is_valid())?;
        plain::epoch(date.to_timestamp())
    }

    /// The declared type, in lower case: `audio/x-wav`.
    pub(super) fn kind(&self) -> String {
        let kind = self.value(&HeaderName::ContentType).and_then(HeaderValue::as_content_type);
        kind.map(|kind| {
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_ascii_lowercase()
        })
        .unwrap_or_default()
    }

    /// The file name that the sender gave the part.
    pub(super) fn file_name(&self) -> Option<String> {
        let attribute = |header: &HeaderName<'static>, name: &str| {
            self.value(header)?.as_content_type()?.attribute(name).map(str::to_owned)
        };
        attribute(&HeaderName::ContentDisposition, "filename")
            .or_else(|| attribute(&HeaderName::ContentType, "name"))
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.value(&HeaderName::ContentType)?.as_content_type()?.attribute(name)
    }

    fn value(&self, name: &HeaderName<'static>) -> Option<&HeaderValue<'x>> {
        self.headers.iter().find(|header| header.name == *name).map(|header| &header.value)
    }

    /// The bytes that `body` stands for. What follows damage in base64 is left off.
    pub(super) fn decode<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        let encoding = self.text("Content-Transfer-Encoding").unwrap_or_default().to_ascii_lowercase();
        match encoding.as_str() {
            "base64" => Cow::Owned(base64_decode(body).unwrap_or_else(|| undamaged(body))),
            "quoted-printable" => quoted_printable_decode(body).map_or(Cow::Borrowed(body), Cow::Owned),
            _ => Cow::Borrowed(body),
        }
    }

    /// The text that `body` stands for, of which `most` bytes are read.
    pub(super) fn words(&self, body: &[u8], most: usize) -> String {
        let decoded = self.decode(body.get(..most).unwrap_or(body));
        match self.attribute("charset").and_then(|charset| charset_decoder(charset.as_bytes())) {
            Some(decode) => decode(&decoded),
            None => plain::text(&decoded).into_owned(),
        }
    }
}

/// What `body` stands for up to the first line that is not base64.
fn undamaged(body: &[u8]) -> Vec<u8> {
    let is_good = |line: &[u8]| {
        line.trim_ascii()
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
    };
    let end = body
        .split_inclusive(|byte| *byte == b'\n')
        .try_fold(0, |end, line| if is_good(line) { Ok(end + line.len()) } else { Err(end) })
        .unwrap_or_else(|end| end);
    base64_decode(body.get(..end).unwrap_or_default()).unwrap_or_default()
}

/// Who is told of the parts of a mail, in their order.
pub(super) trait Visitor {
    /// A mail begins: the mail itself, or one forwarded in it.
    fn begin(&mut self, head: &Head<'_>);
    /// A part that has no parts in it, with its body as it was sent.
    fn part(&mut self, head: &Head<'_>, body: &[u8]);
    /// The mail that began last ends.
    fn end(&mut self);
}

/// Tells `visitor` of every part of the mail `bytes`.
pub(super) fn walk(bytes: &[u8], visitor: &mut impl Visitor) {
    let parser = MessageParser::new()
        .with_mime_headers()
        .header_text(HeaderName::Subject)
        .header_text(HeaderName::From)
        .header_date(HeaderName::Date)
        .header_id(HeaderName::MessageId)
        .default_header_text();
    Walk { parser, visitor, parts: 0 }.mail(bytes, 0);
}

struct Walk<'v, V> {
    parser: MessageParser,
    visitor: &'v mut V,
    parts: usize,
}

impl<V: Visitor> Walk<'_, V> {
    fn mail(&mut self, bytes: &[u8], depth: usize) {
        // A mail cut out of an mbox may have its first line.
        let bytes = match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) if bytes.starts_with(b"From ") => bytes.get(end + 1..).unwrap_or_default(),
            _ => bytes,
        };
        let (head, body) = split(bytes);
        let head = Head::read(head, &self.parser);
        self.visitor.begin(&head);
        self.inside(&head, body, depth);
        self.visitor.end();
    }

    fn part(&mut self, bytes: &[u8], depth: usize) {
        let (head, body) = split(bytes);
        let head = Head::read(head, &self.parser);
        self.inside(&head, body, depth);
    }

    fn inside(&mut self, head: &Head<'_>, body: &[u8], depth: usize) {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return;
        }
        let kind = head.kind();
        if depth < DEEPEST {
            if kind == "message/rfc822" || kind == "message/global" {
                self.mail(&head.decode(body), depth + 1);
                return;
            }
            if let Some(boundary) = head.attribute("boundary").filter(|_| kind.starts_with("multipart/")) {
                let parts = parts(body, boundary.as_bytes());
                for part in parts.iter().copied() {
                    self.part(part, depth + 1);
                }
                if !parts.is_empty() {
                    return;
                }
            }
        }
        self.visitor.part(head, body);
    }
}

/// The headers, and what follows the empty line after them.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let after = at + line.len();
        if line.trim_ascii().is_empty() && (at == 0 || line.len() <= 2) {
            let head = bytes.get(..at.min(LONGEST_HEAD)).unwrap_or_default();
            return (head, bytes.get(after..).unwrap_or_default());
        }
        at = after;
    }
    (bytes.get(..LONGEST_HEAD).unwrap_or(bytes), &[])
}

/// What lies between the lines `--boundary`, at most one more than may be looked at.
fn parts<'b>(body: &'b [u8], boundary: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    let (mut at, mut begin) = (0, None);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let after = at + line.len();
        let rest =
            line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary)).map(<[u8]>::trim_ascii);
        if let Some(rest @ (b"" | b"--")) = rest {
            parts.extend(begin.and_then(|begin| body.get(begin..at)).map(without_line_end));
            begin = Some(after);
            if rest == b"--" || parts.len() > MOST_PARTS {
                return parts;
            }
        }
        at = after;
    }
    // The end may be missing.
    parts.extend(begin.and_then(|begin| body.get(begin..)).filter(|part| !part.is_empty()));
    parts
}

/// The line end before a boundary belongs to the boundary.
fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}
