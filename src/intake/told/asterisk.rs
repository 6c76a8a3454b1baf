//! What Asterisk's voicemail, and FreePBX's, writes beside a recording: `msg0001.txt`.

use super::Told;
use super::caller::caller_id;
use super::plain::{epoch_text, id, mailbox, seconds, text};

/// The section that tells of the message.
const SECTION: &[u8] = b"message";

/// Reads the text beside a recording. `country` (ISO 3166) is where numbers without a country code are dialled from.
///
/// Of a repeated key the first is taken, as Asterisk does. What is not there, or absurd, is `None`.
#[must_use]
pub fn read(bytes: &[u8], country: &str) -> Told {
    let keys = Keys::read(bytes);
    Told {
        caller: keys.text("callerid").map(|line| caller_id(&line, country)).unwrap_or_default(),
        received: keys.text("origtime").and_then(|time| epoch_text(&time)),
        message_id: keys.text("msg_id").and_then(|value| id(&value)),
        // The box that was dialled, in the context that the caller came through.
        mailbox: keys
            .text("origmailbox")
            .and_then(|user| mailbox(&user, keys.text("context").as_deref().unwrap_or_default())),
        seconds: keys.text("duration").and_then(|value| seconds(&value)),
        ..Told::default()
    }
}

/// The bytes at the beginning of a recording that [`seconds_of`] and [`is_whole`] want.
pub const HEAD_BYTES: usize = 32;

/// How many seconds a recording of `size` bytes lasts, by its file name's ending (without the dot) and, for WAV, the
/// rate that its first bytes (`head`) tell.
///
/// `None` for formats without a fixed rate. What a header says of the length does not count: it is 0 after a crash.
#[must_use]
pub fn seconds_of(extension: &str, size: u64, head: &[u8]) -> Option<f64> {
    // Bytes before the sound, and bytes a second.
    let (header, rate) = match extension.to_ascii_lowercase().as_str() {
        "wav" | "wave" | "wav16" | "wav49" => (44, byte_rate(head)?),
        "gsm" => (0, 1_650),
        "ulaw" | "ul" | "mu" | "ulw" | "pcm" | "alaw" | "al" | "alw" | "g722" => (0, 8_000),
        "sln" | "slin" | "raw" => (0, 16_000),
        "sln12" => (0, 24_000),
        "sln16" => (0, 32_000),
        "sln24" => (0, 48_000),
        "sln32" => (0, 64_000),
        "sln44" => (0, 88_200),
        "sln48" => (0, 96_000),
        "sln96" => (0, 192_000),
        "sln192" => (0, 384_000),
        "au" => (24, 8_000),
        "siren7" => (0, 4_000),
        "siren14" => (0, 6_000),
        "g729" => (0, 1_000),
        _ => return None,
    };
    let bytes = size.saturating_sub(header);
    let (whole, rest) = (bytes / rate, bytes % rate);
    let fraction = f64::from(u32::try_from(rest).ok()?) / f64::from(u32::try_from(rate).ok()?);
    Some(f64::from(u32::try_from(whole).ok()?) + fraction)
}

/// The keys of the section, in the order of the file.
struct Keys<'a>(Vec<(&'a [u8], &'a [u8])>);

impl<'a> Keys<'a> {
    /// More keys than this are not Asterisk's.
    const MOST: usize = 100;

    fn read(bytes: &'a [u8]) -> Self {
        let mut keys = Vec::new();
        let mut inside = false;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for line in bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            if let Some(rest) = line.strip_prefix(b"[") {
                let name = rest.split(|byte| *byte == b']').next().unwrap_or_default();
                inside = name.trim_ascii().eq_ignore_ascii_case(SECTION);
            } else if inside && !line.starts_with(b";") && keys.len() < Self::MOST {
                let Some(at) = line.iter().position(|byte| *byte == b'=') else { continue };
                let (key, value) =
                    (line.get(..at).unwrap_or_default(), line.get(at + 1..).unwrap_or_default());
                // Asterisk's configuration files may also have `key => value`.
                let value = value.strip_prefix(b">").unwrap_or(value);
                keys.push((key.trim_ascii(), value.trim_ascii()));
            }
        }
        Self(keys)
    }

    /// The first value of `key` that is not empty. Asterisk writes `\;` for `;` when it writes a file anew.
    fn text(&self, key: &str) -> Option<String> {
        let is_it =
            |(name, value): &&(&[u8], &[u8])| name.eq_ignore_ascii_case(key.as_bytes()) && !value.is_empty();
        self.0.iter().find(is_it).map(|(_, value)| text(value).replace("\\;", ";"))
    }
}

/// Whether a recording of `size` bytes is whole by its own word: a WAV tells its length in the beginning, and Asterisk
/// writes that when all else is done.
#[must_use]
pub fn is_whole(size: u64, head: &[u8]) -> bool {
    let told = head.get(4..8).and_then(|bytes| bytes.first_chunk()).map(|bytes| u32::from_le_bytes(*bytes));
    head.starts_with(b"RIFF") && told.is_some_and(|told| u64::from(told) + 8 == size)
}

/// Bytes a second, by the header of a WAV whose format stands first in it, as everybody writes it. Only of codings in
/// which that is a fixed number: PCM, A-law, µ-law and Microsoft's GSM.
fn byte_rate(head: &[u8]) -> Option<u64> {
    let begins = head.starts_with(b"RIFF") && head.get(8..16)? == b"WAVEfmt ";
    let coding = u16::from_le_bytes(*head.get(20..22)?.first_chunk()?);
    let rate = u32::from_le_bytes(*head.get(28..32)?.first_chunk()?);
    (begins && matches!(coding, 1 | 6 | 7 | 49) && rate > 0).then(|| u64::from(rate))
}

#[cfg(test)]
mod tests {
    use super::{HEAD_BYTES, is_whole, read, seconds_of};
    use crate::domain::Millis;
    use crate::intake::told::testing::mutations;

    const GOOD: &str = ";\n; Message Information file\n;\n[message]\norigmailbox=201\ncontext=default\n\
        macrocontext=\nexten=201\nrdnis=unknown\npriority=2\ncallerchan=PJSIP/trunk-00000007\n\
        callerid=\"Pat Lee\" <5095550142>\norigdate=Sat Mar 14 04:12:44 PM UTC 2026\norigtime=1773504764\n\
        category=\nmsg_id=1773504764-00000007\nflag=\nduration=23\n";

    #[test]
    fn every_key_is_read() {
        for text in
            [GOOD.to_owned(), GOOD.replace('\n', "\r\n"), format!("\u{feff}{}", GOOD.replace('=', " => "))]
        {
            let told = read(text.as_bytes(), "US");
            assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
            assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
            assert_eq!(told.message_id.as_deref(), Some("1773504764-00000007"));
            assert_eq!(told.mailbox.as_deref(), Some("201@default"));
            assert_eq!(told.seconds, Some(23));
        }
    }

    #[test]
    fn a_message_still_being_recorded_has_no_length_yet() {
        let begun = GOOD.split("flag=").next().unwrap();
        assert_eq!(read(begun.as_bytes(), "US").seconds, None);
    }

    #[test]
    fn what_is_empty_absurd_repeated_or_elsewhere_is_not_told() {
        let told =
            read(b"[message]\nmsg_id=\norigtime=99999999999999\nduration=-1\ncallerid=Unknown\n", "US");
        assert_eq!((told.message_id, told.received, told.seconds), (None, None, None));
        assert_eq!(told.caller.raw_number.as_deref(), Some("Unknown"));
        let told =
            read(b"duration=4\n[other]\nduration=5\n[message]\n;duration=6\nduration=7\nduration=8", "US");
        assert_eq!(told.seconds, Some(7), "the first of the section, as Asterisk reads it");
        let told = read(b"[message]\ncallerid=\"Jos\xe9 \\; Lee\" <5095550142>\x1b[2J\0\n", "US");
        assert_eq!(told.caller.name.as_deref(), Some("José ; Lee"));
    }

    #[test]
    fn the_size_of_a_recording_tells_its_length() {
        let wave = |coding: u8, rate: u32| {
            let mut head = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
            head.extend([coding, 0, 1, 0, 0x40, 0x1f, 0, 0]);
            head.extend(rate.to_le_bytes());
            assert_eq!(head.len(), HEAD_BYTES);
            head
        };
        for (extension, size, head, want) in [
            ("wav", 44 + 160_000, wave(1, 16_000), Some(10.0)),
            ("wav", 44 + 80_000, wave(7, 8_000), Some(10.0)),
            ("WAV", 44 + 16_250, wave(49, 1_625), Some(10.0)),
            ("wav", 0, wave(1, 16_000), Some(0.0)),
            ("wav", 160_044, wave(1, 0), None),
            ("wav", 160_044, wave(17, 16_000), None),
            ("wav", 160_044, b"ID3".to_vec(), None),
            ("gsm", 1_650 * 10, Vec::new(), Some(10.0)),
            ("ulaw", 4_000, Vec::new(), Some(0.5)),
            ("sln16", 32_000, Vec::new(), Some(1.0)),
            ("mp3", 1_000, Vec::new(), None),
            ("ogg", 1_000, Vec::new(), None),
            ("sln", u64::MAX, Vec::new(), None),
        ] {
            assert_eq!(seconds_of(extension, size, &head), want, "{extension} {size}");
        }
    }

    #[test]
    fn a_wav_tells_whether_it_is_whole() {
        let head = b"RIFF\x24\x01\0\0WAVEfmt ";
        assert!(is_whole(300, head));
        assert!(!is_whole(299, head) && !is_whole(301, head));
        assert!(!is_whole(8, b"RIFF\x24") && !is_whole(0, b"") && !is_whole(300, b"RIFX\x24\x01\0\0"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_trouble(bytes in mutations(GOOD.as_bytes())) {
            let told = read(&bytes, "US");
            proptest::prop_assert!(told.caller.name.is_none_or(|name| name.chars().count() <= 200));
        }
    }
}
