//! Printing: whole lines to standard output, quietly ending when nobody reads on.

use super::Failure;
use std::io::{self, ErrorKind, Write};

/// Prints `text` and a line end, unless it has one.
///
/// # Errors
/// When standard output cannot be written; a closed pipe (`dime history | head`) ends the process with success.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(end.as_bytes()))
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        done => Ok(done?),
    }
}
