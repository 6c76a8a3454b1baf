//! Reads a complete recording once, to give it an identity that survives renaming.

use super::name::from_name;
use super::scan::unreadable;
use super::stamp::stamp;
use crate::domain::{FileStamp, Fingerprint, Found, Millis, Told, Unreadable};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;

/// Why a file is not a found recording.
#[derive(Debug, PartialEq, Eq)]
pub enum NotYet {
    /// It changed or went while it was read: look again at the next scan.
    Changing,
    /// It cannot be read.
    Unreadable(Box<Unreadable>),
}

/// Reads the file that `expected` describes and makes out its identity, caller and time.
///
/// `country` (ISO 3166) is where numbers without a country code are dialled from.
///
/// # Errors
/// [`NotYet`] when the file changed meanwhile or cannot be read.
pub fn identify(expected: &FileStamp, country: &str) -> Result<Found, NotYet> {
    match read(expected) {
        Ok(Some(audio_sha256)) => {
            let told = from_name(&expected.path, country);
            let received = told.received.unwrap_or(Millis(expected.modified_ns / 1_000_000));
            let told = Told { caller: told.caller, received: told.received, ..Told::default() };
            Ok(Found { stamp: expected.clone(), beside: Vec::new(), audio_sha256, told, received })
        }
        Ok(None) => Err(NotYet::Changing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(NotYet::Changing),
        Err(error) => {
            let mut file = unreadable(expected.path.clone(), format!("cannot be read: {error}"));
            file.caller = from_name(&expected.path, country).caller;
            Err(NotYet::Unreadable(Box::new(file)))
        }
    }
}

/// The SHA-256 of the file, or `None` when it is not, or does not stay, the one expected.
fn read(expected: &FileStamp) -> io::Result<Option<String>> {
    // Not waiting, should a named pipe have taken the file's place.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(&expected.path)?;
    if !is_still(&file, expected)? {
        return Ok(None);
    }
    let mut hash = Fingerprint::default();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => hash.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if !is_still(&file, expected)? {
        return Ok(None);
    }
    Ok(Some(hash.finish()))
}

fn is_still(file: &File, expected: &FileStamp) -> io::Result<bool> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file() && stamp(expected.path.clone(), &metadata) == *expected)
}

#[cfg(test)]
mod tests {
    use super::{NotYet, identify, stamp};
    use std::fs;

    #[test]
    fn identity_is_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("20260314-091244_+15095550196_pat.wav");
        fs::write(&file, "abc").unwrap();
        let found = identify(&stamp(file.clone(), &fs::metadata(&file).unwrap()), "US").unwrap();
        // The SHA-256 of "abc", from FIPS 180-2, appendix B.1.
        assert_eq!(found.audio_sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(found.told.caller.number.unwrap().as_str(), "+15095550196");
    }

    #[test]
    fn a_file_that_changes_or_goes_is_left_for_the_next_scan() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wav");
        fs::write(&file, "abc").unwrap();
        let seen = stamp(file.clone(), &fs::metadata(&file).unwrap());
        fs::write(&file, "abcd").unwrap();
        assert_eq!(identify(&seen, "US"), Err(NotYet::Changing));
        fs::remove_file(&file).unwrap();
        assert_eq!(identify(&seen, "US"), Err(NotYet::Changing));
    }
}
