//! The text that Asterisk writes beside a recording.

#![no_main]

use dime_fuzz::check::{COUNTRY, told};
use dime_fuzz::intake::told::asterisk;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = asterisk::read(bytes, COUNTRY);
    told(&read);
    assert_eq!(asterisk::is_complete(bytes), read.seconds.is_some(), "whole when it says how long");
});
