//! Listens to voicemail before its owner does and says whether a caller is worth a callback.

pub mod config;
pub mod domain;
pub mod intake;
