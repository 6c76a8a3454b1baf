//! A voicemail that came by mail.

#![no_main]

use dime_fuzz::check::{COUNTRY, text, told};
use dime_fuzz::intake::told::mail::open;
use libfuzzer_sys::fuzz_target;

/// The largest recording that is taken, in bytes.
const LIMIT: usize = 1_000;

fuzz_target!(|bytes: &[u8]| {
    match open(bytes, COUNTRY, LIMIT) {
        Ok(Some(voicemail)) => {
            told(&voicemail.told);
            assert!((1..=LIMIT).contains(&voicemail.sound.len()), "{} bytes of sound", voicemail.sound.len());
            file_name(&voicemail.name);
        }
        Ok(None) => {}
        Err(large) => {
            assert!(large.bytes > LIMIT && large.limit == LIMIT, "{large}");
            file_name(&large.name);
        }
    }
});

/// Checks that `name` is a file's, in no folder, with an ending.
fn file_name(name: &str) {
    text(Some(name), 211);
    assert!(!name.contains(['/', '\\']), "{name}");
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    assert!((1..=10).contains(&ending.chars().count()), "{name}");
}
