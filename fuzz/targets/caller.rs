//! A caller's name and number in one line, dialled from the country in the first two bytes.

#![no_main]

use dime_fuzz::domain::PhoneNumber;
use dime_fuzz::intake::told::caller::{caller, caller_id};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Some((country, line)) = text.split_at_checked(2) else { return };
    let read = caller_id(line, country);
    dime_fuzz::check::caller(&read);
    if let Some(number) = &read.number {
        let again = PhoneNumber::parse(number.as_str(), country);
        assert_eq!(again.as_ref(), Some(number), "a number in E.164 is itself, from wherever it is dialled");
    }
    let (name, number) = line.split_once('\n').unwrap_or((line, ""));
    dime_fuzz::check::caller(&caller(name, number, country));
});
