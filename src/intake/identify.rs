//! Reads a complete message once, to give it an identity that survives renaming and to learn who left it.

use super::arrival::{Arrival, open};
use super::name::from_name;
use super::scan::unreadable;
use super::stamp::stamp;
use super::told::{Told, freeswitch, mail, sidecar, takeout};
use crate::domain::safe::one_line;
use crate::domain::{FileStamp, Fingerprint, Found, Millis, SourceKind, Unreadable};
use std::fs::{self, File};
use std::io::{self, Read, Write};

/// Why an arrival is not a found message.
#[derive(Debug, PartialEq, Eq)]
pub enum NotYet {
    /// It changed or went while it was read: look again at the next scan.
    Changing,
    /// It cannot be read.
    Unreadable(Box<Unreadable>),
    /// An e-mail without sound: none of dime's business.
    NoMessage,
}

/// Reads `arrival`, makes out its identity, caller and time, and writes its sound to `copy` where one is wanted.
///
/// `country` (ISO 3166) is where numbers without a country code are dialled from; an e-mail's sound is read up to
/// `max_bytes`.
///
/// # Errors
/// What `copy` fails with.
pub fn identify(
    arrival: &Arrival,
    country: &str,
    max_bytes: u64,
    copy: Option<&mut dyn Write>,
) -> io::Result<Result<Found, NotYet>> {
    let text = arrival.text();
    let mut copying = Copying { copy, failed: None };
    let read = if arrival.kind == SourceKind::Mail {
        read_mail(arrival, country, max_bytes, &mut copying)
    } else {
        read_recording(arrival, text.as_deref(), country, &mut copying)
    };
    if let Some(error) = copying.failed {
        return Err(error);
    }
    Ok(match read {
        Ok(Ok(_)) if arrival.text() != text => Err(NotYet::Changing),
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(NotYet::Changing),
        Err(error) => {
            let mut file = unreadable(arrival.recording.path.clone(), format!("cannot be read: {error}"));
            let told = told(arrival, text.as_deref(), country);
            file.caller = told.caller;
            file.received = told.received.unwrap_or(file.received);
            Err(NotYet::Unreadable(Box::new(file)))
        }
    })
}

fn read_recording(
    arrival: &Arrival,
    text: Option<&[u8]>,
    country: &str,
    copy: &mut Copying<'_>,
) -> io::Result<Result<Found, NotYet>> {
    let mut hash = Fingerprint::default();
    let whole = read(&arrival.recording, |bytes| {
        hash.update(bytes);
        copy.write(bytes);
    })?;
    if !whole {
        return Ok(Err(NotYet::Changing));
    }
    let ending = arrival.recording.path.extension().unwrap_or_default().to_string_lossy();
    Ok(Ok(found(arrival, told(arrival, text, country), hash, &ending)))
}

fn read_mail(
    arrival: &Arrival,
    country: &str,
    max_bytes: u64,
    copy: &mut Copying<'_>,
) -> io::Result<Result<Found, NotYet>> {
    let mut text = Vec::new();
    if !read(&arrival.recording, |bytes| text.extend_from_slice(bytes))? {
        return Ok(Err(NotYet::Changing));
    }
    let limit = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let voicemail = match mail::open(&text, country, limit) {
        Ok(Some(voicemail)) => voicemail,
        Ok(None) => return Ok(Err(NotYet::NoMessage)),
        Err(too_large) => return Err(io::Error::other(too_large.to_string())),
    };
    let mut hash = Fingerprint::default();
    hash.update(&voicemail.sound);
    copy.write(&voicemail.sound);
    let ending = voicemail.name.rsplit_once('.').map_or("", |(_, ending)| ending);
    Ok(Ok(found(arrival, voicemail.told, hash, ending)))
}

fn found(arrival: &Arrival, told: Told, hash: Fingerprint, ending: &str) -> Found {
    Found {
        stamp: arrival.recording.clone(),
        beside: arrival.others.iter().chain(&arrival.beside).map(renewed).collect(),
        audio_sha256: hash.finish(),
        ending: ending.chars().filter(char::is_ascii_alphanumeric).take(8).collect(),
        lasts_ms: arrival.lasts_ms(),
        received: told.received.unwrap_or(Millis(arrival.recording.modified_ns / 1_000_000)),
        told,
    }
}

/// The stamp of that file now: Asterisk changes the permissions of its text when all else is done.
fn renewed(before: &FileStamp) -> FileStamp {
    let now = fs::metadata(&before.path).ok();
    now.map_or_else(|| before.clone(), |metadata| stamp(before.path.clone(), &metadata))
}

/// What the telephone system tells of a message that is not an e-mail, with the `text` that lies beside it.
fn told(arrival: &Arrival, text: Option<&[u8]>, country: &str) -> Told {
    let path = &arrival.recording.path;
    match arrival.kind {
        SourceKind::Asterisk => arrival.asterisk(text, country).unwrap_or_default(),
        SourceKind::FreeSwitch => {
            let row = arrival.freeswitch(country);
            let row =
                row.inspect_err(|problem| tracing::warn!(%problem, "callers are not told")).ok().flatten();
            row.unwrap_or_else(|| Told {
                message_id: freeswitch::message_uuid(path).map(str::to_owned),
                ..freeswitch::tags(path, country).unwrap_or_default()
            })
        }
        SourceKind::Takeout => {
            let told = text.map(|html| takeout::read(html, country)).unwrap_or_default();
            over(told, plain(arrival, country))
        }
        SourceKind::Plain => {
            let read = text.map(|json| sidecar::read(json, country));
            let told = read.and_then(|told| {
                let file = arrival.beside.as_ref().map(|stamp| stamp.path.display().to_string()).unwrap_or_default();
                told.inspect_err(|problem| tracing::warn!(file = %one_line(&file), problem = %one_line(problem), "not read")).ok()
            });
            over(told.unwrap_or_default(), plain(arrival, country))
        }
        SourceKind::Mail => Told::default(),
    }
}

/// What the file's name tells.
fn plain(arrival: &Arrival, country: &str) -> Told {
    let path = &arrival.recording.path;
    let by_pattern = arrival.folder.pattern.as_ref().and_then(|pattern| pattern.read(path, country));
    by_pattern.unwrap_or_else(|| {
        let told = from_name(path, country);
        Told { caller: told.caller, received: told.received, ..Told::default() }
    })
}

/// What `told` says, and `name` where it says nothing.
fn over(mut told: Told, name: Told) -> Told {
    // A name and a number may come one from each.
    let caller = &mut told.caller;
    if caller.number.is_none() && caller.raw_number.is_none() {
        caller.number.clone_from(&name.caller.number);
        caller.raw_number.clone_from(&name.caller.raw_number);
    }
    caller.name = caller.name.take().or_else(|| name.caller.name.clone());
    told.or(name)
}

/// A copy in the making. What it fails with is kept apart from what reading fails with.
struct Copying<'a> {
    copy: Option<&'a mut dyn Write>,
    failed: Option<io::Error>,
}

impl Copying<'_> {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(copy) = &mut self.copy
            && self.failed.is_none()
        {
            self.failed = copy.write_all(bytes).err();
        }
    }
}

/// Gives the bytes of the file to `each`; `false` when it is not, or does not stay, the one expected.
fn read(expected: &FileStamp, mut each: impl FnMut(&[u8])) -> io::Result<bool> {
    let mut file = open(&expected.path)?;
    if !is_still(&file, expected)? {
        return Ok(false);
    }
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => each(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    is_still(&file, expected)
}

fn is_still(file: &File, expected: &FileStamp) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file() && stamp(expected.path.clone(), &metadata) == *expected)
}

#[cfg(test)]
mod tests {
    use super::super::arrival::Arrival;
    use super::super::folder::Folder;
    use super::{NotYet, identify, stamp};
    use crate::domain::{Found, SourceKind};
    use std::fs;
    use std::path::Path;

    fn arrival(kind: SourceKind, file: &Path, beside: Option<&Path>) -> Arrival {
        let stamped = |path: &Path| stamp(path.to_owned(), &fs::metadata(path).unwrap());
        let folder = Folder::at(file.parent().unwrap().to_owned()).into();
        let beside = beside.map(stamped);
        Arrival { kind, recording: stamped(file), lasts: None, others: Vec::new(), beside, folder }
    }

    fn read(arrival: &Arrival) -> Result<Found, NotYet> {
        identify(arrival, "US", 1_000_000, None).unwrap()
    }

    #[test]
    fn identity_is_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("20260314-091244_+15095550196_pat.wav");
        fs::write(&file, "abc").unwrap();
        let mut copy = Vec::new();
        let arrival = arrival(SourceKind::Plain, &file, None);
        let found = identify(&arrival, "US", 0, Some(&mut copy)).unwrap().unwrap();
        // The SHA-256 of "abc", from FIPS 180-2, appendix B.1.
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(found.audio_sha256, sha256);
        assert_eq!(found.told.caller.number.unwrap().as_str(), "+15095550196");
        assert_eq!((copy.as_slice(), found.ending.as_str()), (b"abc".as_slice(), "wav"));
    }

    #[test]
    fn a_file_that_changes_or_goes_is_left_for_the_next_scan() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        fs::write(&file, "abc").unwrap();
        let seen = arrival(SourceKind::Plain, &file, None);
        fs::write(&file, "abcd").unwrap();
        assert_eq!(read(&seen).unwrap_err(), NotYet::Changing);
        fs::remove_file(&file).unwrap();
        assert_eq!(read(&seen).unwrap_err(), NotYet::Changing);
    }

    #[test]
    fn what_lies_beside_a_recording_tells_more_than_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (file, json) =
            (folder.path().join("+15095550196 a.wav"), folder.path().join("+15095550196 a.json"));
        fs::write(&file, "abc").unwrap();
        fs::write(&json, r#"{"caller_name": "Pat Lee", "received_at": "2026-03-14T09:12:44Z"}"#).unwrap();
        let found = read(&arrival(SourceKind::Plain, &file, Some(&json))).unwrap();
        assert_eq!(found.told.caller.to_string(), "+15095550196 Pat Lee");
        assert_eq!(found.received.timestamp().to_string(), "2026-03-14T09:12:44Z");
        assert_eq!(found.beside.len(), 1);
        // Half written, it tells nothing; the recording is taken all the same.
        fs::write(&json, r#"{"caller_name": "Pa"#).unwrap();
        let found = read(&arrival(SourceKind::Plain, &file, Some(&json))).unwrap();
        assert_eq!(found.told.caller.to_string(), "+15095550196");
    }

    #[test]
    fn a_copy_that_cannot_be_written_is_an_error_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        fs::write(&file, "abc").unwrap();
        let mut full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        identify(&arrival(SourceKind::Plain, &file, None), "US", 0, Some(&mut full)).unwrap_err();
    }
}
