//! Recordings as telephone systems store them: quiet noise, which is heard in milliseconds and filed as empty, each
//! with bytes of its own; a few words, which whisper hears; and damage.

use crate::home::checkout;
use crate::labelled::Draw;
use dime::audio::{Limits, decode};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

/// Samples a second of everything here.
const RATE: usize = 8_000;
/// A GSM 06.10 frame lasts 20 ms.
const FRAMES_A_SECOND: usize = 50;

/// What somebody left on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Nobody speaks for so many seconds.
    Quiet(usize),
    /// "Please call me back", and then quiet for so many seconds.
    Words(usize),
    /// Bytes that are no sound.
    Damaged,
}

/// The few words of `tests/audio`, as 8 kHz samples and as WAV49 blocks.
static WORDS: LazyLock<(Vec<i16>, Vec<u8>)> = LazyLock::new(|| {
    let audio = checkout().join("tests/audio");
    let gsm = fs::read(audio.join("speech.gsm")).unwrap();
    let limits = Limits { max_bytes: 1_000_000, max_duration: Duration::from_mins(1) };
    let sound = decode(Path::new("speech.gsm"), &gsm, &limits).unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "a float to an integer saturates")]
    let samples = sound.samples.0.iter().step_by(2).map(|sample| (sample * 32_767.0) as i16).collect();
    let wav49 = fs::read(audio.join("speech-wav49.wav")).unwrap();
    let at = wav49.windows(4).position(|window| window == b"data").unwrap() + 8;
    let blocks = (wav49.len() - at) / 65 * 65;
    (samples, wav49[at..at + blocks].to_vec())
});

/// The bytes of one recording in `format` (`wav`, `WAV`, `gsm`, `ulaw`), and how many seconds it lasts, rounded down.
pub(crate) fn recording(content: Content, format: &str, draw: &mut Draw) -> (Vec<u8>, usize) {
    let (words, seconds) = match content {
        Content::Quiet(seconds) => (false, seconds),
        Content::Words(seconds) => (true, seconds),
        Content::Damaged => return (damaged(format, draw), 2),
    };
    match format {
        "wav" => {
            let spoken = if words { WORDS.0.as_slice() } else { &[] };
            let samples: Vec<i16> = spoken.iter().copied().chain(quiet(seconds, draw)).collect();
            (wav(&samples), samples.len() / RATE)
        }
        "WAV" => {
            let mut data = if words { WORDS.1.clone() } else { Vec::new() };
            data.extend(quiet_blocks(seconds, draw));
            let length = data.len() / 65 * 320 / RATE;
            (wav49(&data), length)
        }
        "gsm" => {
            let mut data =
                if words { fs::read(checkout().join("tests/audio/speech.gsm")).unwrap() } else { Vec::new() };
            data.extend((0..seconds * FRAMES_A_SECOND).flat_map(|_| raw_frame(&quiet_frame(draw))));
            let length = data.len() / 33 / FRAMES_A_SECOND;
            (data, length)
        }
        "ulaw" => {
            // The two faintest codes of either sign.
            let codes = [0xff, 0x7f, 0xfe, 0x7e];
            let samples = seconds * RATE + if words { WORDS.0.len() } else { 0 };
            ((0..samples).map(|_| codes[draw.below(2)]).collect(), samples / RATE)
        }
        other => panic!("no sound in {other}"),
    }
}

/// Noise of one or two steps either side of nothing: under what anybody hears.
fn quiet(seconds: usize, draw: &mut Draw) -> Vec<i16> {
    (0..seconds * RATE).map(|_| i16::try_from(draw.below(5)).unwrap() - 2).collect()
}

/// A complete WAV file of 16-bit samples, its 44-byte header as Asterisk writes it.
fn wav(samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut file = chunk_header(&data, 36, 16);
    file.extend([1u16, 1].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([8_000u32, 16_000].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([2u16, 16].iter().flat_map(|field| field.to_le_bytes()));
    with_data(file, &data)
}

/// A complete WAV49 file: GSM in blocks of 65 bytes for 320 samples.
fn wav49(data: &[u8]) -> Vec<u8> {
    let mut file = chunk_header(data, 52, 20);
    file.extend([49u16, 1].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([8_000u32, 1_625].iter().flat_map(|field| field.to_le_bytes()));
    file.extend([65u16, 0, 2, 320].iter().flat_map(|field| field.to_le_bytes()));
    file.extend(b"fact");
    file.extend(4u32.to_le_bytes());
    file.extend(u32::try_from(data.len() / 65 * 320).unwrap().to_le_bytes());
    with_data(file, data)
}

/// `RIFF`, `WAVE` and the beginning of `fmt `, for `rest` bytes of header after the first eight.
fn chunk_header(data: &[u8], rest: usize, fmt: u32) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(data.len() + rest).unwrap().to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(fmt.to_le_bytes());
    file
}

fn with_data(mut file: Vec<u8>, data: &[u8]) -> Vec<u8> {
    file.extend(b"data");
    file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    file.extend(data);
    file
}

/// A WAV file with the caller in its tags, as `FreeSWITCH`'s file module writes them: `LIST`/`INFO` after the sound.
pub(crate) fn tagged(mut file: Vec<u8>, artist: &str) -> Vec<u8> {
    let mut text = artist.as_bytes().to_vec();
    text.push(0);
    let padded = text.len() + text.len() % 2;
    let mut list = b"INFOIART".to_vec();
    list.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    text.resize(padded, 0);
    list.extend(text);
    file.extend(b"LIST");
    file.extend(u32::try_from(list.len()).unwrap().to_le_bytes());
    file.extend(list);
    let size = u32::try_from(file.len() - 8).unwrap().to_le_bytes();
    file[4..8].copy_from_slice(&size);
    file
}

/// The sizes in a WAV file's header before the recorder has closed it: nothing.
pub(crate) fn unclosed(file: &[u8]) -> Vec<u8> {
    let mut open = file.to_vec();
    if let Some(at) = open.windows(4).position(|window| window == b"data") {
        open[4..8].fill(0);
        open[at + 4..at + 8].fill(0);
    }
    open
}

/// The values of one frame's fields, in their order in the file, and how many bits each takes.
type Frame = Vec<(u8, u8)>;

/// A frame of next to nothing: a flat filter, the smallest amplitude, and the faintest pulses of either sign.
fn quiet_frame(draw: &mut Draw) -> Frame {
    // The filter of libgsm for digital silence.
    let mut frame: Frame = [32, 32, 20, 11, 8, 6, 4, 3].into_iter().zip([6, 6, 5, 5, 4, 4, 3, 3]).collect();
    for _ in 0..4 {
        let grid = u8::try_from(draw.below(4)).unwrap();
        frame.extend([(40, 7), (0, 2), (grid, 2), (0, 6)]);
        frame.extend((0..13).map(|_| (3 + u8::try_from(draw.below(2)).unwrap(), 3)));
    }
    frame
}

/// libgsm's packing: a nibble 0xD, then every field with its highest bit first.
fn raw_frame(frame: &Frame) -> Vec<u8> {
    let bits = std::iter::once(&(0xd, 4)).chain(frame);
    let bits: Vec<bool> =
        bits.flat_map(|(value, width)| (0..*width).rev().map(move |bit| value >> bit & 1 == 1)).collect();
    bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | u8::from(*bit))).collect()
}

/// Microsoft's packing of `seconds`: two frames in 65 bytes, every field with its lowest bit first.
fn quiet_blocks(seconds: usize, draw: &mut Draw) -> Vec<u8> {
    let mut blocks = Vec::new();
    for _ in 0..seconds * FRAMES_A_SECOND / 2 {
        let pair = [quiet_frame(draw), quiet_frame(draw)].concat();
        let bits: Vec<bool> = pair
            .iter()
            .flat_map(|(value, width)| (0..*width).map(move |bit| value >> bit & 1 == 1))
            .collect();
        blocks.extend(
            bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | u8::from(*bit))),
        );
    }
    blocks
}

/// Bytes that no decoder takes for sound, never the same twice, as many as two seconds of the format have.
fn damaged(format: &str, draw: &mut Draw) -> Vec<u8> {
    let number = draw.below(usize::MAX);
    if format == "wav" && number.is_multiple_of(2) {
        // A header that says 0 samples a second.
        let mut file = wav(&quiet(2, draw));
        file[24..28].fill(0);
        return file;
    }
    let size = if format == "wav" { 32_044 } else { 3_310 };
    let text = format!("The disk was full, and here lies no sound. {number}\n");
    text.bytes().cycle().take(size).collect()
}

#[cfg(test)]
mod tests {
    use super::{Content, recording, tagged};
    use crate::labelled::Draw;
    use dime::audio::{Limits, decode};
    use std::path::Path;
    use std::time::Duration;

    #[test]
    fn every_format_holds_quiet_that_nobody_is_heard_in() {
        let limits = Limits { max_bytes: 1_000_000, max_duration: Duration::from_mins(1) };
        for format in ["wav", "WAV", "gsm", "ulaw"] {
            let mut draw = Draw::new(format);
            for seconds in [1, 2, 7, 31] {
                let (bytes, _) = recording(Content::Quiet(seconds), format, &mut draw);
                let bytes = if format == "wav" { tagged(bytes, "Pat Lee (5095550123)") } else { bytes };
                let name = format!("a.{format}");
                let sound = decode(Path::new(&name), &bytes, &limits).unwrap();
                assert_eq!(sound.samples.duration_ms(), seconds as u64 * 1_000, "{format}");
                assert_eq!((sound.active, sound.notes), (vec![], vec![]), "{format} {seconds}");
            }
        }
    }

    #[test]
    fn words_are_heard_in_both_formats_and_damage_in_none() {
        let limits = Limits { max_bytes: 1_000_000, max_duration: Duration::from_mins(1) };
        for format in ["wav", "WAV"] {
            let mut draw = Draw::new(format);
            let (bytes, _) = recording(Content::Words(3), format, &mut draw);
            let name = format!("a.{format}");
            assert_eq!(decode(Path::new(&name), &bytes, &limits).unwrap().active.len(), 1, "{format}");
            for _ in 0..4 {
                let (bytes, _) = recording(Content::Damaged, format, &mut draw);
                decode(Path::new(&name), &bytes, &limits).unwrap_err();
            }
        }
    }
}
