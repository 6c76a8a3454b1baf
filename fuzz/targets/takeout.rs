//! Google Takeout's pages, and which page belongs to which recording.

#![no_main]

use dime_fuzz::check::{COUNTRY, told};
use dime_fuzz::intake::told::takeout::{partner, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    told(&read(bytes, COUNTRY));
    let Ok(text) = str::from_utf8(bytes) else { return };
    let names: Vec<&str> = text.lines().take(10).collect();
    for name in &names {
        let found = partner(name, &names);
        assert!(found.is_none_or(|found| found != *name && names.contains(&found)), "{found:?}");
    }
});
