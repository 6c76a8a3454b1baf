//! The artist and the date in the ID3 tags of an MP3 file, from a piece of its beginning and of its end.

use super::tags::Tags;
use crate::intake::told::plain::text;

/// Bytes of the tag at a file's end.
pub(super) const TRAILER: usize = 128;

/// Reads a tag at the beginning of `head` (ID3 2.2 to 2.4), which may be cut short.
pub(super) fn leading(head: &[u8]) -> Option<Tags> {
    let (header, rest) = head.split_at_checked(10)?;
    let [b'I', b'D', b'3', version @ 2..=4, _, flags, size @ ..] = header else { return None };
    let body = rest.get(..sevens(size)).unwrap_or(rest);
    let joined = if flags & 0x80 == 0 { body.to_vec() } else { joined(body) };
    let mut frames = joined.as_slice();
    if flags & 0x40 != 0 && *version > 2 {
        let (size, after) = frames.split_at_checked(4)?;
        let skipped = if *version == 4 { sevens(size).checked_sub(4)? } else { whole(size) };
        frames = after.get(skipped..)?;
    }
    let mut tags = Tags::default();
    while let Some((name, value, rest)) = frame(frames, *version) {
        frames = rest;
        match name {
            b"TPE1" | b"TP1" => keep(&mut tags.artist, value),
            b"TDRC" => keep(&mut tags.date, value),
            _ => {}
        }
    }
    Some(tags)
}

/// Reads the tag of 128 bytes at a file's end. An artist that fills its 30 bytes may have lost the end of a number:
/// only the name is taken then.
pub(super) fn trailing(tail: &[u8]) -> Option<Tags> {
    let artist = tail.strip_prefix(b"TAG")?.get(30..60)?;
    let used = artist.iter().position(|byte| *byte == 0).unwrap_or(artist.len());
    let artist = text(artist.get(..used)?).trim_end().to_owned();
    let artist = match artist.rsplit_once('(') {
        Some((name, _)) if !artist.ends_with(')') => name.trim_end().to_owned(),
        _ => artist,
    };
    Some(Tags { artist: (!artist.is_empty()).then_some(artist), date: None })
}

/// The first frame's name and value, and what follows it.
fn frame(frames: &[u8], version: u8) -> Option<(&[u8], &[u8], &[u8])> {
    let (name_bytes, header_bytes) = if version == 2 { (3, 6) } else { (4, 10) };
    let (header, rest) = frames.split_at_checked(header_bytes)?;
    let (name, sizes) = header.split_at_checked(name_bytes)?;
    let size = sizes.get(..name_bytes)?;
    let size = if version == 4 { sevens(size) } else { whole(size) };
    if !name.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let (value, rest) = rest.split_at_checked(size)?;
    Some((name, value, rest))
}

fn keep(place: &mut Option<String>, value: &[u8]) {
    let Some((encoding, bytes)) = value.split_first() else { return };
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let pairs = bytes.chunks_exact(2).filter_map(|pair| Some(order(pair.try_into().ok()?)));
        String::from_utf16_lossy(&pairs.collect::<Vec<_>>())
    };
    let decoded = match (encoding, bytes) {
        (1, [0xff, 0xfe, rest @ ..]) => wide(u16::from_le_bytes, rest),
        (1, [0xfe, 0xff, rest @ ..]) | (2, rest) => wide(u16::from_be_bytes, rest),
        (0 | 3, rest) => text(rest).into_owned(),
        _ => return,
    };
    // Several values are set apart by zeros.
    let first = decoded.split('\0').next().unwrap_or_default().trim();
    if place.is_none() && !first.is_empty() {
        *place = Some(first.to_owned());
    }
}

/// A number written in the lower seven bits of each byte.
fn sevens(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f))
}

fn whole(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
}

/// `bytes` without the zeros that were put in so that no MPEG frame seems to begin.
fn joined(bytes: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(bytes.len());
    let mut after_ff = false;
    for byte in bytes {
        if !(after_ff && *byte == 0) {
            joined.push(*byte);
        }
        after_ff = *byte == 0xff;
    }
    joined
}

#[cfg(test)]
pub(super) mod tests {
    use super::{leading, trailing};
    use crate::intake::told::testing::mutations;

    /// A tag of `version` with one text frame.
    pub(in super::super) fn tag(version: u8, name: &str, value: &[u8]) -> Vec<u8> {
        let sizes = |size: usize, bits: u32, bytes: u32| -> Vec<u8> {
            (0..bytes)
                .rev()
                .map(|at| u8::try_from(size >> (at * bits) & ((1 << bits) - 1)).unwrap())
                .collect()
        };
        let mut frame = name.as_bytes().to_vec();
        frame.extend(match version {
            2 => sizes(value.len(), 8, 3),
            3 => sizes(value.len(), 8, 4),
            _ => sizes(value.len(), 7, 4),
        });
        frame.extend(if version == 2 { vec![] } else { vec![0, 0] });
        frame.extend(value);
        frame.extend([0; 20]);
        [b"ID3".as_slice(), &[version, 0, 0], &sizes(frame.len(), 7, 4), &frame].concat()
    }

    #[test]
    fn every_version_and_encoding_is_read() {
        let wide: Vec<u8> =
            [1, 0xff, 0xfe].into_iter().chain("José".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for (bytes, want) in [
            (tag(2, "TP1", b"\0Jos\xe9"), "José"),
            (tag(3, "TPE1", &wide), "José"),
            (tag(4, "TPE1", "\u{3}José\0another".as_bytes()), "José"),
            (tag(4, "TPE1", &[b"\0".as_slice(), &[b'x'; 300]].concat()), &"x".repeat(300)),
        ] {
            assert_eq!(leading(&bytes).unwrap().artist.as_deref(), Some(want));
        }
        assert_eq!(leading(&tag(4, "TPE1", b"")).unwrap().artist, None);
        assert!(leading(b"ID3").is_none());
    }

    #[test]
    fn a_number_that_was_cut_off_is_not_told() {
        let tail = |artist: &str| format!("TAG{:\0<30}{artist:\0<30}{:\0<65}", "", "").into_bytes();
        assert_eq!(trailing(&tail("Pat Lee (5095550142)")).unwrap().artist.unwrap(), "Pat Lee (5095550142)");
        assert_eq!(
            trailing(&tail("Pat and Kim Lee LLC (509555014")).unwrap().artist.unwrap(),
            "Pat and Kim Lee LLC"
        );
        assert_eq!(trailing(&tail("")).unwrap().artist, None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_trouble(bytes in mutations(&tag(4, "TPE1", b"\x03Pat Lee (5095550142)"))) {
            leading(&bytes);
            trailing(&bytes);
        }
    }
}
