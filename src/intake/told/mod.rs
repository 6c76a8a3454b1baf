//! What a telephone system tells of a message beside its sound, each system in its own file.

pub mod asterisk;
pub mod caller;
pub mod freeswitch;
mod html;
pub mod mail;
pub mod pattern;
mod plain;
pub mod sidecar;
pub mod takeout;
#[cfg(test)]
mod testing;

pub use crate::domain::Told;
pub use pattern::Pattern;
