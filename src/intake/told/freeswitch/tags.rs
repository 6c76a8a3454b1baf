//! The caller and the time in a recording's tags: a WAV's `LIST` chunk, or an MP3's ID3.

use super::id3;
use crate::intake::name::time;
use crate::intake::told::Told;
use crate::intake::told::caller::caller_id;
use crate::intake::told::plain::text;
use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Tags longer than this, in bytes, are not FreeSWITCH's.
const LONGEST: u64 = 8_192;

/// Chunks of a WAV file that are looked at.
const MOST_CHUNKS: usize = 32;

/// What the tags hold, as it is written.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// `name (number)`.
    pub(super) artist: Option<String>,
    /// By the clock of the telephone system.
    pub(super) date: Option<String>,
}

/// Reads the caller (`name (number)`) and the time from the tags of the recording at `path`, some kilobytes of it.
///
/// A time is taken to be in this machine's zone. `country` (ISO 3166) is where numbers without a country code are
/// dialled from. A file without tags tells nothing.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn tags(path: &Path, country: &str) -> io::Result<Told> {
    // Not waiting, should it be a named pipe.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Told::default());
    }
    read_tags(file, country)
}

/// The same of a recording in whatever can be read.
///
/// # Errors
/// When it cannot be read.
pub fn read_tags(file: impl Read + Seek, country: &str) -> io::Result<Told> {
    let tags = read(file)?;
    Ok(Told {
        caller: tags.artist.map(|artist| caller_id(&artist, country)).unwrap_or_default(),
        received: tags.date.and_then(|date| time(&date)),
        ..Told::default()
    })
}

fn read(mut file: impl Read + Seek) -> io::Result<Tags> {
    let head = piece(&mut file, 0, LONGEST)?;
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
        return chunks(&mut file);
    }
    let is_mpeg = matches!(head.as_slice(), [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..]);
    let leading = id3::leading(&head).unwrap_or_default();
    if !is_mpeg || leading.artist.is_some() {
        return Ok(leading);
    }
    let trailer = id3::TRAILER as u64;
    let end = file.seek(SeekFrom::End(0))?;
    let tail = piece(&mut file, end.saturating_sub(trailer), trailer)?;
    let trailing = id3::trailing(&tail).unwrap_or_default();
    Ok(Tags { artist: trailing.artist, date: leading.date })
}

/// Up to `most` bytes from `at` on; fewer at the end.
fn piece(file: &mut (impl Read + Seek), at: u64, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Goes from chunk to chunk of a WAV file until there is a list of tags.
fn chunks(file: &mut (impl Read + Seek)) -> io::Result<Tags> {
    let mut at = 12;
    for _ in 0..MOST_CHUNKS {
        let header = piece(file, at, 8)?;
        let Some((name, size)) = chunk_header(&header) else { break };
        if name == b"LIST" {
            let list = piece(file, at + 8, size.min(LONGEST))?;
            if let Some(entries) = list.strip_prefix(b"INFO") {
                return Ok(info(entries));
            }
        }
        // After a crash the sound's length was never written, and what follows is sound.
        if name == b"data" && (size == 0 || size == u64::from(u32::MAX)) {
            break;
        }
        at += 8 + size + size % 2;
    }
    Ok(Tags::default())
}

fn chunk_header(bytes: &[u8]) -> Option<(&[u8], u64)> {
    let (name, size) = bytes.split_at_checked(4)?;
    Some((name, u64::from(u32::from_le_bytes(size.get(..4)?.try_into().ok()?))))
}

fn info(mut entries: &[u8]) -> Tags {
    let mut tags = Tags::default();
    while let Some((name, size)) = chunk_header(entries) {
        let Ok(size) = usize::try_from(size) else { break };
        let after = entries.get(8..).unwrap_or_default();
        let value = after.get(..size).unwrap_or(after);
        let value = text(value.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned();
        match name {
            b"IART" if tags.artist.is_none() => tags.artist = Some(value),
            b"ICRD" if tags.date.is_none() => tags.date = Some(value),
            _ => {}
        }
        entries = after.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::super::id3::tests::tag;
    use super::{read, tags};
    use crate::intake::told::Told;
    use crate::intake::told::testing::mutations;
    use std::fs;
    use std::io::Cursor;

    fn chunk(name: &str, body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len()).unwrap().to_le_bytes();
        let pad = if body.len() % 2 == 1 { b"\0".as_slice() } else { b"" };
        [name.as_bytes(), &size, body, pad].concat()
    }

    fn wav(chunks: &[Vec<u8>]) -> Vec<u8> {
        chunk("RIFF", &[b"WAVE".to_vec(), chunks.concat()].concat())
    }

    fn list() -> Vec<u8> {
        let entries = [
            b"INFO".to_vec(),
            chunk("INAM", b"odd\0\0"),
            chunk("IART", b"Pat Lee (5095550142)\0"),
            chunk("ICRD", b"2026-03-14 09:12:44\0"),
        ];
        chunk("LIST", &entries.concat())
    }

    fn told(bytes: &[u8]) -> Told {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, bytes).unwrap();
        tags(&path, "US").unwrap()
    }

    #[test]
    fn a_wav_tells_caller_and_time_before_or_after_its_sound() {
        let (format, sound) = (chunk("fmt ", &[0; 16]), chunk("data", &vec![7; 100_001]));
        for bytes in [wav(&[format.clone(), list(), sound.clone()]), wav(&[format, sound, list()])] {
            let told = told(&bytes);
            assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
            assert_eq!(told.received, crate::intake::name::time("2026-03-14 09.12.44"));
        }
    }

    #[test]
    fn an_mp3_tells_its_caller_at_either_end() {
        let caller = "+15095550142 Pat Lee";
        let leading = tag(4, "TPE1", b"\x03Pat Lee (5095550142)");
        assert_eq!(told(&leading).caller.to_string(), caller);
        let trailing = format!("TAG{:\0<30}{:\0<30}{:\0<65}", "", "Pat Lee (5095550142)", "");
        let mut mp3 = vec![0xff, 0xfb, 0x90];
        mp3.extend(vec![0; 20_000]);
        mp3.extend(trailing.into_bytes());
        assert_eq!(told(&mp3).caller.to_string(), caller);
    }

    #[test]
    fn a_file_without_tags_tells_nothing() {
        for bytes in
            [b"".as_slice(), b"RIFF", b"RIFF\0\0\0\0WAVE", &wav(&[chunk("data", b"")]), b"OggS", &[0xff; 500]]
        {
            assert_eq!(told(bytes), Told::default());
        }
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(tags(folder.path(), "US").unwrap(), Told::default());
        assert!(tags(&folder.path().join("gone"), "US").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_trouble(bytes in mutations(&wav(&[chunk("fmt ", &[0; 16]), list(), chunk("data", &[1; 50])]))) {
            let read = read(Cursor::new(&bytes)).unwrap();
            proptest::prop_assert!(read.artist.is_none_or(|artist| artist.len() <= 20_000));
        }
    }
}
