//! Any file in any format; the first byte chooses its ending, which counts where the format has no header.

#![no_main]

use dime_fuzz::check::sound::{catch_panics, heard, samples};
use libfuzzer_sys::fuzz_target;

/// Endings; hertz, and bytes for how many frames, where the format is always the same.
const ENDINGS: [(&str, Option<(u32, usize, usize)>); 9] = [
    ("wav", None),
    ("gsm", Some((8_000, 33, 160))),
    ("ulaw", Some((8_000, 1, 1))),
    ("alaw", Some((8_000, 1, 1))),
    ("sln", Some((8_000, 2, 1))),
    ("sln44", Some((44_100, 2, 1))),
    ("sln192", Some((192_000, 2, 1))),
    ("mp3", None),
    ("aac", None),
];

fuzz_target!(
    init: catch_panics(),
    |bytes: &[u8]| {
        let Some((first, file)) = bytes.split_first() else { return };
        let (ending, size) = ENDINGS[usize::from(*first) % ENDINGS.len()];
        heard(&format!("a.{ending}"), file, |recording| {
            if let Some((rate, block, frames)) = size.filter(|_| recording.format.starts_with("raw ")) {
                let most = samples(file.len() / block * frames, rate);
                assert!(recording.samples.0.len() as u64 <= most, "{} of {most}", recording.samples.0.len());
            }
        });
    }
);
