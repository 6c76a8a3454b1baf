//! A message that has not been recorded yet, as its files lie in a folder.

use super::folder::Folder;
use super::stamp::quiet_for;
use super::told::freeswitch::DatabaseError;
use super::told::{Told, asterisk, freeswitch};
use crate::domain::{FileStamp, SourceKind};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Two formats of one message differ by a block of the coarser one at most, in seconds.
const SAME_SOUND: f64 = 0.25;

/// Asterisk counts whole seconds and trims the end; more apart, the text is of another message.
const SAME_LENGTH: f64 = 2.0;

/// What has lain so long will not be deleted at once.
const SETTLED: Duration = Duration::from_hours(1);

/// The most of a text beside a recording that is read, in bytes.
const LONGEST_TEXT: u64 = 1_000_000;

/// The files of one message.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// What left it.
    pub(super) kind: SourceKind,
    /// The sound, or the e-mail that holds it.
    pub(super) recording: FileStamp,
    /// How long that lasts in seconds, where its format and its size tell.
    pub(super) lasts: Option<f64>,
    /// The same sound in other formats.
    pub(super) others: Vec<FileStamp>,
    /// What the telephone system wrote of it.
    pub(super) beside: Option<FileStamp>,
    /// The watched folder.
    pub(super) folder: Arc<Folder>,
}

/// Whether the sound of a message may be gone before it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fleeting {
    /// It lies inside something else and is only there for now.
    Yes,
    /// It is new: telephone systems can delete a message as soon as they have mailed it.
    Perhaps,
    /// It has lain there for long.
    No,
}

/// Whether a message is there as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completeness {
    /// The telephone system says so.
    Proven,
    /// It is, once it is left alone.
    Likely,
    /// Something of it is still missing: it may come, and may be waited for a while.
    Doubtful,
}

impl Arrival {
    /// The sound, or the e-mail that holds it.
    #[must_use]
    pub const fn recording(&self) -> &FileStamp {
        &self.recording
    }

    /// Whether the sound may be gone before it is heard.
    #[must_use]
    pub fn fleeting(&self) -> Fleeting {
        let alone = quiet_for(&self.recording, SystemTime::now());
        match self.kind {
            SourceKind::Mail => Fleeting::Yes,
            _ if alone.is_none_or(|alone| alone < SETTLED) => Fleeting::Perhaps,
            _ => Fleeting::No,
        }
    }

    /// How long the recording lasts in milliseconds, where its format tells by its size.
    pub(super) fn lasts_ms(&self) -> Option<u64> {
        self.lasts.map(|lasts| Duration::from_secs_f64(lasts.max(0.0)))?.as_millis().try_into().ok()
    }

    /// Its files.
    pub(super) fn stamps(&self) -> impl Iterator<Item = &FileStamp> {
        std::iter::once(&self.recording).chain(&self.others).chain(&self.beside)
    }

    /// Whether it is there as a whole.
    pub(super) fn completeness(&self, country: &str) -> Completeness {
        match self.kind {
            // Asterisk puts the text there last, and says in it how long the recording is.
            // FreePBX copies the text first: it proves only a recording that is whole by its own word as well.
            SourceKind::Asterisk => {
                match self.asterisk(self.text().as_deref(), country).and_then(|told| told.seconds) {
                    Some(_) if is_whole(&self.recording) => Completeness::Proven,
                    Some(_) => Completeness::Likely,
                    None => Completeness::Doubtful,
                }
            }
            // The caller may listen to the message and record it anew; the database has it when it is final.
            SourceKind::FreeSwitch if self.folder.database.is_some() => match self.freeswitch(country) {
                Ok(Some(_)) => Completeness::Likely,
                _ => Completeness::Doubtful,
            },
            _ => Completeness::Likely,
        }
    }

    /// What the telephone system wrote of it, as it lies there now.
    pub(super) fn text(&self) -> Option<Vec<u8>> {
        self.beside.as_ref().and_then(|stamp| read_text(&stamp.path).ok())
    }

    /// What Asterisk's `text` tells, unless there is none or it is of another message.
    pub(super) fn asterisk(&self, text: Option<&[u8]>, country: &str) -> Option<Told> {
        let told = asterisk::read(text?, country);
        let agrees = told
            .seconds
            .zip(self.lasts)
            .is_none_or(|(told, lasts)| (f64::from(told) - lasts).abs() <= SAME_LENGTH);
        agrees.then_some(told)
    }

    /// What FreeSWITCH's database tells.
    pub(super) fn freeswitch(&self, country: &str) -> Result<Option<Told>, DatabaseError> {
        let uuid = freeswitch::message_uuid(&self.recording.path);
        let Some((uuid, database)) = uuid.zip(self.folder.database.as_ref()) else { return Ok(None) };
        freeswitch::Database::open(database)?.row(uuid, country)
    }
}

/// One sound in its formats.
pub(super) struct Sound {
    /// The best format first.
    pub(super) formats: Vec<FileStamp>,
    /// How long that lasts in seconds, where its format and its size tell.
    pub(super) lasts: Option<f64>,
}

impl Sound {
    /// One sound in these formats.
    pub(super) fn of(formats: Vec<FileStamp>) -> Self {
        Self { lasts: formats.first().and_then(seconds), formats }
    }
}

/// Files of one stem by what they hold, the best format first in each: a stem should hold one message, and FreePBX
/// can leave the format of another there.
pub(super) fn same_sound(stamps: Vec<FileStamp>) -> Vec<Sound> {
    let mut sounds: Vec<Sound> = Vec::new();
    for stamp in stamps {
        let lasts = seconds(&stamp);
        let same = sounds.iter_mut().find(|sound| {
            lasts.zip(sound.lasts).is_none_or(|(one, other)| (one - other).abs() <= SAME_SOUND)
        });
        match same {
            Some(sound) => sound.formats.push(stamp),
            None => sounds.push(Sound { formats: vec![stamp], lasts }),
        }
    }
    sounds
}

/// Which of the sounds is nearest to the length that Asterisk's `text` tells.
pub(super) fn nearest(text: &FileStamp, sounds: &[Sound]) -> Option<usize> {
    let told = f64::from(asterisk::read(&read_text(&text.path).ok()?, "").seconds?);
    let apart = sounds.iter().map(|sound| Some((sound.lasts? - told).abs()));
    let apart = apart.enumerate().filter_map(|(index, apart)| Some((index, apart?)));
    apart.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(index, _)| index)
}

/// How long the recording lasts, where its format and its size tell.
fn seconds(stamp: &FileStamp) -> Option<f64> {
    let ending = stamp.path.extension()?.to_str()?;
    asterisk::seconds_of(ending, stamp.size, &head(&stamp.path).ok()?)
}

/// Whether the recording is whole by its own word.
fn is_whole(stamp: &FileStamp) -> bool {
    head(&stamp.path).is_ok_and(|head| asterisk::is_whole(stamp.size, &head))
}

/// The first bytes of the file.
fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(asterisk::HEAD_BYTES);
    open(path)?.take(asterisk::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// Opens a file for reading, without waiting, should a named pipe have taken its place.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// The whole of a small file.
fn read_text(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open(path)?.take(LONGEST_TEXT).read_to_end(&mut text)?;
    Ok(text)
}
