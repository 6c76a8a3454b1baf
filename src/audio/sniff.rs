//! What a file is: by its first bytes, and by its name only where the format has no header.

use super::compressed::Container;
use super::error::AudioError;
use super::raw::Headerless;
use std::path::Path;

/// How a file is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Chunks after `RIFF` or `RF64`.
    Wave,
    /// Whatever symphonia reads.
    Symphonia(Container),
    /// Sound from the first byte on.
    Headerless(Headerless),
}

/// First bytes of sound formats that are not read, and the formats' names.
const UNREAD: [(&[u8], &str); 12] = [
    (b"#!AMR-WB", "AMR-WB"),
    (b"#!AMR", "AMR"),
    (b"#!SILK", "SILK"),
    (b"\x02#!SILK", "SILK"),
    (b"#!iLBC", "iLBC"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (WMA)"),
    (b".snd", "Sun/NeXT audio (.au)"),
    (b"RIFX", "big-endian WAV (RIFX)"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b".RMF", "RealAudio"),
    (b"riff\x2e\x91\xcf\x11", "Sony Wave64"),
];

/// First bytes of things that people put beside recordings and that are no sound.
const NOT_SOUND: [(&[u8], &str); 11] = [
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"MThd", "MIDI notes"),
];

/// Recognises `bytes`; the second part is where the sound's container starts (behind ID3 tags).
///
/// # Errors
/// When it is no sound, or in a format that is not read.
pub(super) fn sniff<'a>(name: &Path, bytes: &'a [u8]) -> Result<(Kind, &'a [u8]), AudioError> {
    let starts = |table: &[(&[u8], &'static str)]| {
        table.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, name)| *name)
    };
    let body = behind_id3(bytes);
    if let Some(kind) = container(body)? {
        return Ok((kind, body));
    }
    if let Some(format) = starts(&UNREAD) {
        return Err(AudioError::Unsupported(format.to_owned()));
    }
    if let Some(thing) = starts(&NOT_SOUND) {
        return Err(AudioError::NotSound(thing));
    }
    if is_text(bytes) {
        return Err(AudioError::NotSound("text"));
    }
    let extension = name.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if let Some(kind) = by_extension(&extension.to_ascii_lowercase())? {
        return Ok((kind, bytes));
    }
    // Eleven bits of synchronisation are little evidence: only after everything else.
    match sync(body) {
        Some(container) => Ok((Kind::Symphonia(container), body)),
        None if bytes.iter().all(|byte| *byte == 0) => Err(AudioError::NotSound("nothing but zeros")),
        None => Err(AudioError::Unknown),
    }
}

/// Containers that start with a mark of four bytes or more.
fn container(bytes: &[u8]) -> Result<Option<Kind>, AudioError> {
    let at = |offset: usize, mark: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(mark));
    let found = if (at(0, b"RIFF") || at(0, b"RF64") || at(0, b"BW64")) && at(8, b"WAVE") {
        return Ok(Some(Kind::Wave));
    } else if at(4, b"ftyp") {
        Container::Mp4
    } else if at(0, b"OggS") {
        return ogg(bytes).map(|container| Some(Kind::Symphonia(container)));
    } else if at(0, b"fLaC") {
        Container::Flac
    } else if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        Container::Aiff
    } else if at(0, b"caff") {
        Container::Caf
    } else if at(0, b"\x1a\x45\xdf\xa3") {
        Container::Matroska
    } else {
        return Ok(None);
    };
    Ok(Some(Kind::Symphonia(found)))
}

/// An Ogg stream's first packet, 28 bytes in, says which coding it carries.
fn ogg(bytes: &[u8]) -> Result<Container, AudioError> {
    let packet = bytes.get(28..).unwrap_or_default();
    match packet {
        _ if packet.starts_with(b"OpusHead") => Err(AudioError::Unsupported("Ogg Opus".to_owned())),
        _ if packet.starts_with(b"Speex   ") => Err(AudioError::Unsupported("Ogg Speex".to_owned())),
        _ => Ok(Container::Ogg),
    }
}

/// What is behind any `ID3v2` tags: ten bytes each, then as many as the last four of those say, seven bits a byte.
fn behind_id3(mut bytes: &[u8]) -> &[u8] {
    while let Some([b'I', b'D', b'3', _, _, flags, size @ ..]) = bytes.first_chunk::<10>() {
        let length = size.iter().fold(0_usize, |sum, byte| (sum << 7) | usize::from(byte & 0x7f));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        // A tag longer than the file is damaged; the sound may follow its head all the same.
        bytes = bytes.get(10 + length + footer..).or_else(|| bytes.get(10..)).unwrap_or_default();
    }
    bytes
}

/// An MPEG audio or ADTS frame's head, possibly behind the zeros that some encoders pad with.
fn sync(bytes: &[u8]) -> Option<Container> {
    let start = bytes.iter().position(|byte| *byte != 0)?;
    match bytes.get(start..)?.first_chunk::<4>()? {
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some(Container::Adts),
        [0xff, second, third, _]
            if second & 0xe0 == 0xe0
                && second & 0x18 != 0x08
                && second & 0x06 != 0
                && third & 0xf0 != 0xf0
                && third & 0x0c != 0x0c =>
        {
            Some(Container::Mp3)
        }
        _ => None,
    }
}

/// Formats without a header, by Asterisk's extensions (`formats/format_*.c`).
fn by_extension(extension: &str) -> Result<Option<Kind>, AudioError> {
    let unread = |name: &str| Err(AudioError::Unsupported(name.to_owned()));
    let format = match extension {
        "ulaw" | "ul" | "mu" | "ulw" | "pcm" => Headerless::MuLaw,
        "alaw" | "al" | "alw" => Headerless::ALaw,
        "gsm" => Headerless::Gsm,
        "sln" | "slin" | "raw" => Headerless::Pcm16 { rate: 8_000 },
        "sln12" => Headerless::Pcm16 { rate: 12_000 },
        "sln16" => Headerless::Pcm16 { rate: 16_000 },
        "sln24" => Headerless::Pcm16 { rate: 24_000 },
        "sln32" => Headerless::Pcm16 { rate: 32_000 },
        "sln44" => Headerless::Pcm16 { rate: 44_100 },
        "sln48" => Headerless::Pcm16 { rate: 48_000 },
        "sln96" => Headerless::Pcm16 { rate: 96_000 },
        "sln192" => Headerless::Pcm16 { rate: 192_000 },
        "g722" => Headerless::G722,
        "g723" | "g723sf" => return unread("G.723.1"),
        "g726-40" | "g726-32" | "g726-24" | "g726-16" => return unread("G.726"),
        "g719" => return unread("G.719"),
        "g729" => return unread("G.729"),
        "siren7" => return unread("Siren 7"),
        "siren14" => return unread("Siren 14"),
        "ilbc" => return unread("iLBC"),
        "vox" => return unread("Dialogic ADPCM (.vox)"),
        "amr" | "awb" => return unread("AMR"),
        "mp3" => return Ok(Some(Kind::Symphonia(Container::Mp3))),
        "aac" => return Ok(Some(Kind::Symphonia(Container::Adts))),
        _ => return Ok(None),
    };
    Ok(Some(Kind::Headerless(format)))
}

/// Whether the first thousand bytes are printable UTF-8.
fn is_text(bytes: &[u8]) -> bool {
    let start = bytes.get(..1_000).unwrap_or(bytes);
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // Cut inside a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, bytes: &[u8]) -> Result<Kind, AudioError> {
        sniff(Path::new(name), bytes).map(|(kind, _)| kind)
    }

    #[test]
    fn content_beats_the_name() {
        assert_eq!(kind("msg0000.ulaw", b"RIFF\0\0\0\0WAVEfmt "), Ok(Kind::Wave));
        assert_eq!(kind("msg0000.wav", b"\0\0\0\x18ftypM4A "), Ok(Kind::Symphonia(Container::Mp4)));
        assert_eq!(kind("msg0000.gsm", b"dear owner,\n"), Err(AudioError::NotSound("text")));
    }

    #[test]
    fn headerless_formats_are_known_by_name_even_when_they_start_like_mp3() {
        let start = [0xff, 0xfb, 0x90, 0x00];
        assert_eq!(kind("a.ulaw", &start), Ok(Kind::Headerless(Headerless::MuLaw)));
        assert_eq!(kind("a.SLN16", &start), Ok(Kind::Headerless(Headerless::Pcm16 { rate: 16_000 })));
        assert_eq!(kind("a", &start), Ok(Kind::Symphonia(Container::Mp3)));
        assert_eq!(kind("a", &[0xff; 400]), Err(AudioError::Unknown));
    }

    #[test]
    fn tags_before_the_sound_are_stepped_over() {
        let mut bytes = b"ID3\x04\0\0\0\0\0\x05title".to_vec();
        bytes.extend(b"ID3\x04\0\x10\0\0\0\x0112345678901fLaC");
        let (kind, body) = sniff(Path::new("x"), &bytes).unwrap();
        assert_eq!((kind, body), (Kind::Symphonia(Container::Flac), &b"fLaC"[..]));
        assert_eq!(behind_id3(b"ID3\x04\0\0\x7f\x7f\x7f\x7frest"), b"rest");
    }

    #[test]
    fn what_is_not_read_is_named() {
        let refusal = |name: &str, bytes: &[u8]| kind(name, bytes).unwrap_err().to_string();
        assert_eq!(refusal("x.amr", b"#!AMR\n<"), "AMR is not a format dime reads (ffmpeg can convert it)");
        assert_eq!(refusal("x", b"%PDF-1.7"), "a PDF document, not sound");
        assert_eq!(refusal("x.wav", &[0; 44]), "nothing but zeros, not sound");
        assert_eq!(
            refusal("x.g729", &[0xfa; 44]),
            "G.729 is not a format dime reads (ffmpeg can convert it)"
        );
    }

    #[test]
    fn text_may_be_cut_inside_a_character() {
        assert!(is_text(&[b"x".repeat(999), "é".into()].concat()));
        assert!(!is_text(b"\0\0\0\0") && !is_text(&[0xff, 0x7f]) && !is_text(b""));
    }
}
