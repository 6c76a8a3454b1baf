//! The JSON that an owner's own program writes beside a recording.

#![no_main]

use dime_fuzz::check::{COUNTRY, told};
use dime_fuzz::intake::told::sidecar;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match sidecar::read(bytes, COUNTRY) {
        Ok(read) => told(&read),
        Err(problem) => assert!(problem.starts_with("not a JSON object: "), "{problem}"),
    }
});
