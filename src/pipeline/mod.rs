//! One voicemail's way through the house, step by step: found → heard → judged → filed.

mod child;
mod ear;
mod line;
mod listen;
mod retry;
#[cfg(test)]
mod tests;

pub use crate::transcribe::{Listener, ModelError, ModelInfo, catalogue_file, check_language, check_model};
pub use child::{ChildError, serve_child};
pub use ear::Ear;
pub use line::{Line, LineError, Meanwhile, Outcome, screen};
pub use listen::{EarSettings, listener};
