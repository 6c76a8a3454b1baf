//! Sound to words, by whisper.cpp in a child process that may be killed at any time.
//!
//! The child runs [`serve`], which holds the [`Engine`]; the parent holds a [`Listener`], which starts the
//! child, talks to it in JSON lines and replaces it when it dies, hangs or takes too long.

mod chunks;
mod engine;
mod error;
mod listener;
mod model;
mod protocol;
mod running;
#[cfg(test)]
mod tests;
mod trust;
mod whisper;
mod words;
mod worker;

pub use engine::{Engine, EngineSettings, default_threads};
pub use error::{EngineError, ModelError, ServeError};
pub use listener::{ChildSettings, Listener, TimeLimits};
pub use model::{ModelInfo, catalogue_file, check_language, check_model};
pub use worker::serve;
