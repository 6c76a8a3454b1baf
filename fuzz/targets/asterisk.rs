//! The text that Asterisk writes beside a recording, and the beginning of the recording itself.

#![no_main]

use dime_fuzz::check::{COUNTRY, told};
use dime_fuzz::intake::told::asterisk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    told(&asterisk::read(bytes, COUNTRY));
    let size = bytes.len() as u64;
    let lasts = asterisk::seconds_of("wav", size, bytes);
    assert!(lasts.is_none_or(|lasts| (0.0..=size as f64).contains(&lasts)), "no more than a second a byte");
    let _ = asterisk::is_whole(size, bytes);
});
