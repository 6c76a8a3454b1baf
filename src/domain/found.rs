//! A recording as intake finds it in a watched folder.

use super::call::Caller;
use super::time::Millis;
use super::told::Told;
use std::path::PathBuf;

/// What tells cheaply, without reading it, that a file is still the one seen before.
///
/// Never identity: files are renamed and renumbered. It only spares reading the same bytes again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileStamp {
    /// Where it lies (bytes, not necessarily UTF-8).
    pub path: PathBuf,
    /// Device number.
    pub device: u64,
    /// Inode number on that device.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Last change of its content, nanoseconds since 1970.
    pub modified_ns: i64,
    /// Last change of its content, name, owner or permissions, nanoseconds since 1970.
    pub changed_ns: i64,
}

/// A complete, readable message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The recording.
    pub stamp: FileStamp,
    /// What else belongs to this message: the same sound in other formats, what the telephone system wrote of it.
    pub beside: Vec<FileStamp>,
    /// SHA-256 of the sound as it lies in the file, or in the e-mail; lower-case hexadecimal.
    pub audio_sha256: String,
    /// The ending of a file of that sound, without the dot, at most 8 ASCII letters and digits: some formats are told
    /// by nothing else.
    pub ending: String,
    /// How long the sound lasts in milliseconds, where its format tells by its size.
    pub lasts_ms: Option<u64>,
    /// What the telephone system tells.
    pub told: Told,
    /// When the message was left: as told, else the file's own time.
    pub received: Millis,
}

/// A file that looks like a recording and cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where it lies.
    pub path: PathBuf,
    /// Who called, as far as the name tells.
    pub caller: Caller,
    /// When the message was left, as far as is known.
    pub received: Millis,
    /// Why it cannot be read, for the owner.
    pub problem: String,
}
