//! Listens to voicemail before its owner does and says whether a caller is worth a callback.
//!
//! `ARCHITECTURE.md` tells which room does what; each module below is one.

pub mod audio;
pub mod cli;
pub mod commands;
pub mod config;
pub mod daemon;
pub mod digest;
pub mod domain;
pub mod intake;
pub mod judge;
pub mod log;
pub mod mail;
pub mod pipeline;
pub mod store;
pub mod transcribe;
pub mod ui;
