//! The hidden child process: decodes recordings and hears them.

use crate::audio::{self, Limits};
use crate::domain::{Fingerprint, HearingError, Recording};
use crate::transcribe::{ServeError, serve};
use rustix::fs::OFlags;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// The child cannot go on.
pub type ChildError = ServeError;

/// Answers requests on standard input until it ends.
///
/// # Errors
/// See [`ChildError`].
pub fn serve_child(max_bytes: u64, max_duration: Duration) -> Result<(), ChildError> {
    let limits = Limits { max_bytes, max_duration };
    serve(io::BufReader::new(io::stdin()), io::stdout().lock(), |path, sha256| read(path, sha256, &limits))
}

/// Reads and decodes the recording at `path`, which must have the given SHA-256.
fn read(path: &Path, sha256: Option<&str>, limits: &Limits) -> Result<Recording, HearingError> {
    let bytes = slurp(path, limits.max_bytes)?;
    if sha256.is_some_and(|sha256| sha256 != Fingerprint::of(&bytes)) {
        return Err(HearingError::Passing("another recording lies there now".to_owned()));
    }
    audio::decode(path, &bytes, limits).map_err(|error| HearingError::Recording(error.to_string()))
}

/// The bytes of the file; one byte more than allowed when it is larger, for the decoder to refuse.
fn slurp(path: &Path, max_bytes: u64) -> Result<Vec<u8>, HearingError> {
    let passing = |error: io::Error| {
        let what = if error.kind() == io::ErrorKind::NotFound { "it is gone" } else { "it cannot be read" };
        HearingError::Passing(format!("{what}: {error}"))
    };
    // Not waiting, should it be a named pipe.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(passing)?;
    if !file.metadata().map_err(passing)?.is_file() {
        return Err(HearingError::Recording("it is not a file".to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(passing)?;
    Ok(bytes)
}
