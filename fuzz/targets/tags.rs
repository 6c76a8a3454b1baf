//! The caller and the time in the tags of a FreeSWITCH recording.

#![no_main]

use dime_fuzz::check::{COUNTRY, told};
use dime_fuzz::intake::told::freeswitch::read_tags;
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let read = read_tags(Cursor::new(bytes), COUNTRY);
    told(&read.expect("bytes in memory can be read"));
});
