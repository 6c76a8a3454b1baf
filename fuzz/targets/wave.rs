//! The chunks and the codings of a WAV file: the bytes are what follows `RIFF`, a length, and `WAVE`.

#![no_main]

use dime_fuzz::check::sound::{catch_panics, heard, samples};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: catch_panics(),
    |bytes: &[u8]| {
        let file = [b"RIFF\0\0\0\0WAVE", bytes].concat();
        heard("a.wav", &file, |recording| {
            assert!(recording.format.starts_with("WAV ") || recording.format.starts_with("MP3"), "{}", recording.format);
            if let Some(frames) = most_frames(&recording.format, bytes.len()) {
                let most = samples(frames, rate(&recording.format));
                assert!(recording.samples.0.len() as u64 <= most, "{} of {most}", recording.samples.0.len());
            }
        });
    }
);

/// The most frames that `bytes` hold of a coding whose samples have all the same size, or whose blocks do.
fn most_frames(format: &str, bytes: usize) -> Option<usize> {
    let width = |bits: usize| Some(bytes * 8 / (bits * channels(format)));
    match format.strip_prefix("WAV ")?.split([',', ' ']).collect::<Vec<_>>().as_slice() {
        ["PCM" | "float", bits, ..] => width(bits.strip_suffix("-bit")?.parse().ok()?),
        ["µ-law" | "A-law", ..] => width(8),
        ["GSM", ..] => Some(bytes / 65 * 320),
        _ => None,
    }
}

/// The hertz in `WAV PCM 16-bit, 8000 Hz, 2 channels`.
fn rate(format: &str) -> u32 {
    number(format, " Hz").and_then(|hertz| hertz.try_into().ok()).expect("a format has a rate")
}

/// The channels in it.
fn channels(format: &str) -> usize {
    number(format, " channel").expect("a format has channels")
}

/// The number before `unit`.
fn number(format: &str, unit: &str) -> Option<usize> {
    format.split_once(unit)?.0.rsplit(' ').next()?.parse().ok()
}
