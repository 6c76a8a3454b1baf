//! The rooms of dime that read what comes from outside, and what must be true of all they say.

#[path = "../../src/audio/mod.rs"]
pub mod audio;
pub mod check;
#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/intake/mod.rs"]
pub mod intake;
