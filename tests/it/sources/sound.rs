//! Sound for telephone systems' files: the two words in each of their formats, and silences that differ.

use super::CALL_ME;
use crate::home::samples;
use oxideav_gsm::{EncoderState, UnpackedFrame};
use std::fs;

/// Samples a second.
const RATE: u32 = 8_000;

/// The sample of two words as it lies in its file.
pub(super) fn call_me() -> Vec<u8> {
    fs::read(samples().join(CALL_ME)).unwrap()
}

/// The samples of a WAV file, 16 bits each: what Asterisk writes as `.sln`.
pub(super) fn sln(wav: &[u8]) -> Vec<u8> {
    let at = wav.windows(4).position(|window| window == b"data").unwrap();
    wav[at + 8..].to_vec()
}

/// The same as GSM in RIFF: what Asterisk writes as `.WAV`.
pub(super) fn wav49(wav: &[u8]) -> Vec<u8> {
    let mut samples: Vec<i16> =
        sln(wav).chunks_exact(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect();
    samples.resize(samples.len().next_multiple_of(320), 0);
    let mut encoder = EncoderState::new();
    let mut frame = |samples: &[i16]| encoder.encode_frame(samples.try_into().unwrap());
    let blocks = samples
        .chunks_exact(320)
        .flat_map(|two| UnpackedFrame::pair_to_msgsm_block(&frame(&two[..160]), &frame(&two[160..])));
    let data: Vec<u8> = blocks.collect();
    let length = u32::try_from(data.len()).unwrap();
    let mut file = b"RIFF".to_vec();
    file.extend((length + 52).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(20u32.to_le_bytes());
    for short in [49u16, 1] {
        file.extend(short.to_le_bytes());
    }
    for long in [RATE, 1_625] {
        file.extend(long.to_le_bytes());
    }
    for short in [65u16, 0, 2, 320] {
        file.extend(short.to_le_bytes());
    }
    file.extend(b"fact");
    for long in [4, length / 65 * 320] {
        file.extend(long.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(data);
    file
}

/// A WAV file in which nobody speaks for so long, another one for each `seed`.
pub(super) fn silence(seed: u8, seconds: u32) -> Vec<u8> {
    let length = RATE * 2 * seconds;
    let mut file = b"RIFF".to_vec();
    file.extend((length + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    for short in [1u16, 1] {
        file.extend(short.to_le_bytes());
    }
    for long in [RATE, RATE * 2] {
        file.extend(long.to_le_bytes());
    }
    for short in [2u16, 16] {
        file.extend(short.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    let ticks = (0..RATE * seconds).map(|at| i16::from(at % (u32::from(seed) + 2) == 0));
    file.extend(ticks.flat_map(i16::to_le_bytes));
    file
}

#[test]
fn the_formats_are_the_same_sound() {
    let wav = call_me();
    let seconds = f64::from(u32::try_from(sln(&wav).len()).unwrap()) / 16_000.0;
    assert!((2.0..2.2).contains(&seconds), "{seconds}");
    assert_eq!(wav49(&wav).len(), 60 + 53 * 65);
    assert_ne!(silence(1, 1), silence(2, 1));
}
