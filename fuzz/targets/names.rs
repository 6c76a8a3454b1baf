//! A recording's path, read as dime reads names and by the owner's pattern: the first line is the pattern.

#![no_main]

use dime_fuzz::check::{COUNTRY, received, told};
use dime_fuzz::intake::{Pattern, from_name};
use libfuzzer_sys::fuzz_target;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let (pattern, path) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (&b""[..], bytes),
    };
    let path = Path::new(OsStr::from_bytes(path));
    let read = from_name(path, COUNTRY);
    dime_fuzz::check::caller(&read.caller);
    received(read.received);
    // The owner writes the pattern: a long one is none of an enemy's.
    let pattern = str::from_utf8(pattern).ok().filter(|pattern| pattern.len() <= 200);
    if let Some(read) = pattern.and_then(|pattern| Pattern::new(pattern).ok()?.read(path, COUNTRY)) {
        told(&read);
    }
});
