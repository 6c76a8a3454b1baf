//! The chunks of a WAV file, read with doubt: crashed recorders leave headers that lie.

use super::error::{AudioError, spoken};
use std::time::Duration;

/// Fewest bytes a second that a header is believed to mean; GSM, the thriftiest coding here, takes 1,625.
const LOWEST_BYTE_RATE: u64 = 1_000;

/// Chunks that are known to follow the sound, so that they are not taken for more of it.
const TRAILERS: [&[u8; 4]; 14] = [
    b"LIST", b"fact", b"bext", b"cue ", b"smpl", b"inst", b"JUNK", b"junk", b"id3 ", b"ID3 ", b"PEAK",
    b"iXML", b"afsp", b"PAD ",
];

/// What the `fmt ` chunk says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// Registered number of the coding (RFC 2361); an extensible format's own number is looked up.
    pub(super) tag: u16,
    /// Channels.
    pub(super) channels: u16,
    /// Sample rate in hertz.
    pub(super) rate: u32,
    /// Bytes a second, as written.
    pub(super) byte_rate: u32,
    /// Bytes of one block of all channels, as written.
    pub(super) block: u16,
    /// Bits a sample, as written.
    pub(super) bits: u16,
}

/// A WAV file's sound, still coded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wave<'a> {
    /// How it is coded.
    pub(super) format: Format,
    /// The coded sound.
    pub(super) data: &'a [u8],
    /// What had to be mended, for people.
    pub(super) notes: Vec<String>,
}

/// Finds the format and the sound in the chunks of a `RIFF` or `RF64` file.
///
/// # Errors
/// When there is no `fmt ` chunk before the sound, or no sound.
pub(super) fn parse(bytes: &[u8]) -> Result<Wave<'_>, AudioError> {
    let (mut format, mut wide) = (None, None);
    let mut at = 12;
    while let Some(mut chunk) = Chunk::at(bytes, at) {
        match chunk.id {
            // RF64 (EBU Tech 3306) keeps the length of the sound here, in 64 bits.
            b"ds64" => {
                let [low, high] = [8, 12].map(|at| u32_at(chunk.body(bytes), at));
                wide = low.filter(|_| high == Some(0)).and_then(|low| usize::try_from(low).ok());
            }
            b"fmt " => format = Some(Format::parse(chunk.body(bytes))?),
            b"data" => {
                let format =
                    format.ok_or_else(|| AudioError::damaged("WAV", &"no format before the sound"))?;
                if let (0xffff_ffff, Some(wide)) = (chunk.size, wide) {
                    chunk.size = wide;
                }
                return sound(bytes, &chunk, format);
            }
            _ => {}
        }
        at = chunk.next(bytes);
    }
    match format {
        Some(_) => Err(AudioError::NoSound("WAV")),
        None => Err(AudioError::damaged("WAV", &"neither a format nor sound in it")),
    }
}

/// The sound that starts where `chunk`'s body does, as long as the file makes likely.
fn sound<'a>(bytes: &'a [u8], chunk: &Chunk<'_>, format: Format) -> Result<Wave<'a>, AudioError> {
    let held = bytes.get(chunk.start..).unwrap_or_default();
    let claimed = chunk.size;
    let open_ended = matches!(claimed, 0x7fff_ffff | 0xffff_fffe | 0xffff_ffff);
    let second = u64::from(format.byte_rate).max(LOWEST_BYTE_RATE);
    let mut notes = Vec::new();
    let mut held_instead = |data: &'a [u8]| {
        let seconds = |length: usize| spoken(&Duration::from_millis(length as u64 * 1_000 / second));
        let says = if open_ended {
            "does not say how long it is".to_owned()
        } else {
            format!("says {}", seconds(claimed))
        };
        notes.push(format!("the header {says}, the file holds {}", seconds(data.len())));
        data
    };
    let data = match held.get(..claimed) {
        _ if (claimed == 0 || open_ended) && (held.is_empty() || trailer(held)) => &[],
        // Asterisk writes the length when it closes the file, what writes to a pipe never does.
        _ if claimed == 0 || open_ended => held_instead(held),
        None => held_instead(held),
        Some(data) => {
            let rest = held.get(claimed..).unwrap_or_default();
            let chunks_follow = trailer(rest) || rest.get(1..).is_some_and(trailer);
            if rest.len() as u64 >= second && !chunks_follow { held_instead(held) } else { data }
        }
    };
    if data.is_empty() {
        return Err(AudioError::NoSound("WAV"));
    }
    Ok(Wave { format, data, notes })
}

/// Whether `bytes` start with a chunk that is known to follow sound.
fn trailer(bytes: &[u8]) -> bool {
    Chunk::at(bytes, 0).is_some_and(|chunk| TRAILERS.contains(&chunk.id))
}

/// One chunk's head.
struct Chunk<'a> {
    id: &'a [u8; 4],
    /// Where its body starts.
    start: usize,
    /// How long its body is said to be.
    size: usize,
}

impl<'a> Chunk<'a> {
    /// The chunk whose head starts at `at`.
    fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let id = bytes.get(at..at.checked_add(4)?)?.first_chunk()?;
        let size = usize::try_from(u32_at(bytes, at.checked_add(4)?)?).ok()?;
        Some(Self { id, start: at.checked_add(8)?, size })
    }

    /// Its body, cut to what there is.
    fn body(&self, bytes: &'a [u8]) -> &'a [u8] {
        let end = self.start.saturating_add(self.size).min(bytes.len());
        bytes.get(self.start..end).unwrap_or_default()
    }

    /// Where the next chunk starts: at an even place, unless the writer forgot.
    fn next(&self, bytes: &[u8]) -> usize {
        let end = self.start.saturating_add(self.size);
        let forgot = self.size % 2 == 1 && bytes.get(end).is_some_and(u8::is_ascii_alphabetic);
        if forgot { end } else { end.saturating_add(self.size % 2) }
    }
}

impl Format {
    /// Reads a `fmt ` chunk's body.
    fn parse(body: &[u8]) -> Result<Self, AudioError> {
        let read = || {
            Some(Self {
                tag: u16_at(body, 0)?,
                channels: u16_at(body, 2)?,
                rate: u32_at(body, 4)?,
                byte_rate: u32_at(body, 8)?,
                block: u16_at(body, 12)?,
                bits: u16_at(body, 14)?,
            })
        };
        let mut format = read().ok_or_else(|| AudioError::damaged("WAV", &"the format is cut short"))?;
        // WAVE_FORMAT_EXTENSIBLE: the coding is the start of the sub-format's GUID.
        if format.tag == 0xfffe {
            format.tag =
                u16_at(body, 24).ok_or_else(|| AudioError::damaged("WAV", &"the format is cut short"))?;
        }
        Ok(format)
    }

    /// Its clean `RIFF` header before `data_len` bytes of sound; `extra` is what its coding adds to the format.
    pub(super) fn header(&self, extra: &[u8], data_len: usize) -> Vec<u8> {
        let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let plain = self.tag == super::wav::PCM || self.tag == super::wav::FLOAT;
        let fmt_len = if plain { 16 } else { 18 + extra.len() };
        let mut header = Vec::with_capacity(28 + fmt_len);
        header.extend(b"RIFF");
        header.extend(size(20 + fmt_len + data_len));
        header.extend(b"WAVEfmt ");
        header.extend(size(fmt_len));
        header.extend(self.tag.to_le_bytes());
        header.extend(self.channels.to_le_bytes());
        header.extend(self.rate.to_le_bytes());
        header.extend(self.byte_rate.to_le_bytes());
        header.extend(self.block.to_le_bytes());
        header.extend(self.bits.to_le_bytes());
        if !plain {
            header.extend(u16::try_from(extra.len()).unwrap_or(0).to_le_bytes());
            header.extend(extra);
        }
        header.extend(b"data");
        header.extend(size(data_len));
        header
    }
}

/// The little-endian number at `at`.
fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|raw| u16::from_le_bytes(*raw))
}

/// The little-endian number at `at`.
fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|raw| u32::from_le_bytes(*raw))
}
