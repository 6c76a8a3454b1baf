//! A voicemail that came by mail: its sound, and what the mail tells of it.

mod part;
mod sniff;
mod transcript;
mod who;

use super::plain::{NAME_CHARS, epoch_text, id, line, mailbox, seconds};
use super::{Told, caller, html};
use crate::domain::safe::one_line;
use crate::domain::{Caller, Millis};
use part::{Head, Visitor, walk};

/// How much of a mail's words is read, in bytes.
const WORDS: usize = 32 * 1024;

/// A voicemail that came by mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voicemail {
    /// What the mail tells of it.
    pub told: Told,
    /// The attached recording.
    pub sound: Vec<u8>,
    /// The recording's file name, without folders; made up where the mail has none.
    pub name: String,
}

/// The mail has a recording, but too large a one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the attached recording {name} has {bytes} bytes: the limit is {limit}")]
pub struct TooLarge {
    /// Its file name.
    pub name: String,
    /// How large it is.
    pub bytes: usize,
    /// How large it may be, in bytes.
    pub limit: usize,
}

/// The recording attached to the mail `bytes`, or to one forwarded in it; `None` when there is none.
///
/// What is sound is told by its content. `country` (ISO 3166) is where numbers without a country code are dialled
/// from; `limit` is the largest recording taken, in bytes.
///
/// # Errors
/// When the only recordings in it are larger.
pub fn open(bytes: &[u8], country: &str, limit: usize) -> Result<Option<Voicemail>, TooLarge> {
    let mut reading = Reading { country, limit, ..Reading::default() };
    walk(bytes, &mut reading);
    match (reading.best, reading.too_large) {
        (Some(found), _) => Ok(Some(Voicemail { told: reading.told, sound: found.sound, name: found.name })),
        (None, Some(too_large)) => Err(too_large),
        (None, None) => Ok(None),
    }
}

/// What is known of a mail before all of its parts were seen.
#[derive(Default)]
struct Envelope {
    told: Told,
    subject: String,
    sender: String,
    /// Plain text, and the words of HTML.
    words: [String; 2],
    /// Whether the best recording so far lies in it, or in a mail forwarded in it.
    has_best: bool,
}

/// The best recording so far.
struct Found {
    sound: Vec<u8>,
    name: String,
    rank: u8,
}

#[derive(Default)]
struct Reading<'c> {
    country: &'c str,
    limit: usize,
    /// The mails around the part being read, the innermost last.
    open: Vec<Envelope>,
    best: Option<Found>,
    too_large: Option<TooLarge>,
    /// What the mail with the best recording tells, then what the mails around it add.
    told: Told,
}

impl Visitor for Reading<'_> {
    fn begin(&mut self, head: &Head<'_>) {
        self.open.push(Envelope {
            told: from_head(head, self.country),
            subject: head.text("Subject").unwrap_or_default(),
            sender: head.text("From").unwrap_or_default(),
            ..Envelope::default()
        });
    }

    fn part(&mut self, head: &Head<'_>, body: &[u8]) {
        if let Some(found) = self.sound(head, body) {
            self.best = Some(found);
            self.told = Told::default();
            // The mails around the one before are not, from here on, around the best.
            self.open.iter_mut().for_each(|envelope| envelope.has_best = false);
            if let Some(envelope) = self.open.last_mut() {
                envelope.has_best = true;
            }
            return;
        }
        let kind = head.kind();
        let place = match kind.as_str() {
            _ if head.file_name().is_some() => return,
            "" | "/" | "text/plain" => 0,
            "text/html" => 1,
            _ => return,
        };
        let Some(words) = self.open.last_mut().and_then(|envelope| envelope.words.get_mut(place)) else {
            return;
        };
        let read = head.words(body, WORDS.saturating_sub(words.len()));
        words.push('\n');
        words.push_str(&if place == 1 { html::text(&read) } else { read });
    }

    fn end(&mut self) {
        let Some(mut envelope) = self.open.pop() else { return };
        if !envelope.has_best {
            return;
        }
        let [plain, html] = &envelope.words;
        let body = if plain.trim().is_empty() { html } else { plain };
        if envelope.told.caller == Caller::default() {
            envelope.told.caller = who::from_words(&envelope.subject, body, &envelope.sender, self.country);
        }
        envelope.told.transcript = transcript::transcript(body);
        // From the mail around it comes what is missing.
        self.told = std::mem::take(&mut self.told).or(envelope.told);
        if let Some(around) = self.open.last_mut() {
            around.has_best = true;
        }
    }
}

impl Reading<'_> {
    /// The part as a recording, when it is one and better than the one before.
    fn sound(&mut self, head: &Head<'_>, body: &[u8]) -> Option<Found> {
        let given = head.file_name().and_then(|name| file_name(&name));
        let description = head.text("Content-Description").unwrap_or_default();
        let rank = match description.as_str() {
            "Voicemail sound attachment." | "Sound attachment." => 0,
            _ => 1,
        };
        let is_introduction = given.as_ref().is_some_and(|name| name.to_lowercase().starts_with("msgintro"));
        if is_introduction || self.best.as_ref().is_some_and(|best| best.rank <= rank) {
            return None;
        }
        let sound = head.decode(body);
        let ending = sniff::sound(&sound, &head.kind(), given.as_deref().unwrap_or_default())?;
        // What has no header is told by the ending alone from here on.
        let tells = |name: &str| name.contains('.') && sniff::sound(&sound, "", name) == Some(ending);
        let name = match given {
            Some(name) if tells(&name) => name,
            Some(name) => format!("{name}.{ending}"),
            None => format!("voicemail.{ending}"),
        };
        if sound.len() > self.limit {
            let too_large = TooLarge { name, bytes: sound.len(), limit: self.limit };
            self.too_large.get_or_insert(too_large);
            return None;
        }
        Some(Found { sound: sound.into_owned(), name, rank })
    }
}

/// What the headers of a mail tell.
fn from_head(head: &Head<'_>, country: &str) -> Told {
    let text = |name: &str| head.text(name).unwrap_or_default();
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| head.text(name)).unwrap_or_default();
    let caller = caller::caller(
        &first(["X-Asterisk-CallerIDName", "X-Asterisk-VM-Caller-ID-Name"]),
        &first(["X-Asterisk-CallerID", "X-Asterisk-VM-Caller-ID-Num"]),
        country,
    );
    let caller = if caller == Caller::default() {
        who::from_freeswitch(&text("Subject"), country).unwrap_or_default()
    } else {
        caller
    };
    // Of a mail that a person has forwarded, the date is when they did.
    let date = if is_forward(&text("Subject")) { None } else { head.date() };
    let received: Option<Millis> = epoch_text(&text("X-Asterisk-VM-Orig-time")).or(date);
    Told {
        caller,
        received,
        message_id: id(&text("X-Asterisk-VM-Message-ID")).or_else(|| id(&text("Message-ID"))),
        mailbox: mailbox(&text("X-Asterisk-VM-Extension"), &text("X-Asterisk-VM-Context")),
        seconds: seconds(&first(["X-Asterisk-VM-Duration", "X-Voicemail-Length"])),
        ..Told::default()
    }
}

/// Whether a mail program wrote this subject over a mail that it passes on.
fn is_forward(subject: &str) -> bool {
    let first = subject.split(':').next().filter(|first| first.len() < subject.len()).unwrap_or_default();
    ["fwd", "fw", "wg", "tr", "rv", "enc", "doorst"]
        .iter()
        .any(|mark| first.trim().eq_ignore_ascii_case(mark))
}

/// The last part of a path, as a name that is safe to print; `None` when nothing is left of it. Where it has an
/// ending, that is of 1 to 10 characters.
fn file_name(path: &str) -> Option<String> {
    let last = one_line(path.rsplit(['/', '\\']).next().unwrap_or_default());
    let last = last.trim_matches(['.', ' ']);
    let Some((stem, ending)) = last.rsplit_once('.') else { return line(last, NAME_CHARS) };
    Some(format!("{}.{}", line(stem, NAME_CHARS)?, line(ending, 10)?))
}

#[cfg(test)]
mod tests;
