//! Whether an attachment is sound, by its first bytes; by its declared type only where the format has no header.

/// The usual file ending of the sound that `bytes` are; `None` when they are something else.
///
/// `kind` is the declared type (`audio/x-gsm`), and `name` the attachment's, for formats that have no header.
pub(super) fn sound(bytes: &[u8], kind: &str, name: &str) -> Option<&'static str> {
    by_content(bytes).or_else(|| (!bytes.is_empty()).then(|| by_declaration(kind, name)).flatten())
}

fn by_content(bytes: &[u8]) -> Option<&'static str> {
    let form = bytes.get(8..12);
    match bytes {
        [b'R', b'I', b'F', b'F' | b'X', ..] | [b'R', b'F', b'6', b'4', ..] => {
            (form == Some(b"WAVE")).then_some("wav")
        }
        [b'F', b'O', b'R', b'M', ..] => (form == Some(b"AIFF") || form == Some(b"AIFC")).then_some("aiff"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => (!is_picture(brand)).then_some("m4a"),
        [b'I', b'D', b'3', 2..=4, ..] => Some("mp3"),
        [b'O', b'g', b'g', b'S', ..] => Some("ogg"),
        [b'f', b'L', b'a', b'C', ..] => Some("flac"),
        [b'.', b's', b'n', b'd', ..] => Some("au"),
        [b'#', b'!', b'A', b'M', b'R', ..] => Some("amr"),
        [b'c', b'a', b'f', b'f', ..] => Some("caf"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("webm"),
        // AAC in its own frames.
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, third, ..] if third >> 2 & 0xf < 13 => Some("aac"),
        [0xff, second, third, ..] if is_mpeg(*second, *third) => Some("mp3"),
        _ => None,
    }
}

/// The second and third byte of an MPEG audio frame of layer II or III.
const fn is_mpeg(second: u8, third: u8) -> bool {
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bitrate, rate) = (third >> 4, third >> 2 & 3);
    second >= 0xe0 && version != 1 && (layer == 1 || layer == 2) && bitrate != 0 && bitrate != 15 && rate != 3
}

/// Pictures that are stored as films are.
fn is_picture(brand: &[u8]) -> bool {
    brand.get(..4).is_some_and(|brand| {
        [b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"]
            .contains(&&brand_of(brand))
    })
}

fn brand_of(bytes: &[u8]) -> [u8; 4] {
    bytes.try_into().unwrap_or_default()
}

/// Formats without a header that telephone systems send.
fn by_declaration(kind: &str, name: &str) -> Option<&'static str> {
    let kind = kind.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    let subtype = kind.strip_prefix("audio/").map(|subtype| subtype.strip_prefix("x-").unwrap_or(subtype));
    let of = |word: &str| match word {
        "gsm" => Some("gsm"),
        "basic" | "ulaw" | "ul" | "mu" | "ulw" | "pcmu" => Some("ulaw"),
        "alaw" | "al" | "alw" | "pcma" => Some("alaw"),
        "sln" | "slin" => Some("sln"),
        "g722" => Some("g722"),
        _ => None,
    };
    subtype.and_then(of).or_else(|| of(&ending))
}

#[cfg(test)]
mod tests {
    use super::sound;

    #[test]
    fn sound_is_known_by_its_first_bytes() {
        for (bytes, want) in [
            (b"RIFF\0\0\0\0WAVEfmt ".as_slice(), Some("wav")),
            (b"RIFF\0\0\0\0WEBPVP8 ", None),
            (b"RIFF\0\0\0\0AVI LIST", None),
            (b"ID3\x04\0", Some("mp3")),
            (b"\xff\xfb\x90\x64", Some("mp3")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", None),
            (b"\xff\xfeH\0e\0l\0", None),
            (b"OggS\0", Some("ogg")),
            (b"fLaC", Some("flac")),
            (b"\0\0\0\x20ftypM4A ", Some("m4a")),
            (b"\0\0\0\x20ftypheic", None),
            (b".snd\0\0", Some("au")),
            (b"FORM\0\0\0\0AIFC", Some("aiff")),
            (b"#!AMR\n", Some("amr")),
            (b"caff\0", Some("caf")),
            (b"\x1a\x45\xdf\xa3", Some("webm")),
            (b"%PDF-1.7", None),
            (b"\x89PNG\r\n", None),
            (b"PK\x03\x04", None),
            (b"", None),
        ] {
            assert_eq!(sound(bytes, "application/octet-stream", "a.bin"), want, "{bytes:?}");
        }
    }

    #[test]
    fn only_what_has_no_header_is_known_by_its_type() {
        assert_eq!(sound(b"\xd4\0", "audio/x-gsm", ""), Some("gsm"));
        assert_eq!(sound(b"\xd4\0", "application/octet-stream", "msg0000.GSM"), Some("gsm"));
        assert_eq!(sound(b"\x7f\xff", "audio/basic", "a"), Some("ulaw"));
        assert_eq!(sound(b"\x7f\xff", "", "a.ulaw"), Some("ulaw"));
        assert_eq!(sound(b"%PDF", "audio/wav", "a.wav"), None);
        assert_eq!(sound(b"", "audio/x-gsm", "a.gsm"), None);
    }
}
