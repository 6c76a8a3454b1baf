//! What a telephone system tells of a message beside its sound, each system in its own file.

pub use crate::domain::Told;
