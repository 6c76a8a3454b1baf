//! How the child that hears is started.

use crate::transcribe::{ChildSettings, EngineSettings, Listener, TimeLimits, default_threads};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Everything the owner can set about hearing.
#[derive(Debug, Clone, PartialEq)]
pub struct EarSettings {
    /// The model file.
    pub model: PathBuf,
    /// Its SHA-256, for a model that is not in the catalogue.
    pub model_sha256: Option<String>,
    /// ISO 639-1 language, or `None` to find it out.
    pub language: Option<String>,
    /// Threads; 0 chooses.
    pub threads: u16,
    /// Most address space of the child, in bytes.
    pub memory_bytes: u64,
    /// The largest recording, in bytes.
    pub max_bytes: u64,
    /// The longest recording.
    pub max_duration: Duration,
    /// Time for loading the model, for decoding, and on top of the next for every message.
    pub patience: Duration,
    /// Work allowed for a second of sound, in seconds.
    pub seconds_per_second: f64,
}

/// This very program, even when an upgrade has put another in its place: the two sides of the pipe must agree.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// An ear whose child runs this same program with the hidden command `hear`. Nothing is started yet.
#[must_use]
pub fn listener(settings: EarSettings) -> Listener {
    let args = ["hear", "--max-bytes", &settings.max_bytes.to_string(), "--max-seconds"]
        .into_iter()
        .map(OsString::from)
        .chain([settings.max_duration.as_secs().to_string().into()])
        .collect();
    let threads = if settings.threads == 0 { default_threads() } else { settings.threads };
    let limits = TimeLimits {
        load: settings.patience,
        decode: settings.patience,
        hear: settings.patience,
        hear_per_second: settings.seconds_per_second,
    };
    let engine = EngineSettings {
        model: settings.model,
        model_sha256: settings.model_sha256,
        threads,
        language: settings.language,
        prompt: None,
    };
    let program = PathBuf::from(THIS_PROGRAM);
    Listener::new(ChildSettings { program, args, engine, memory_bytes: Some(settings.memory_bytes), limits })
}
