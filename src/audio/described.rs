//! What a reader says of a file beside its sound.

/// The stored form of a file, and what had to be mended, for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Described {
    /// `WAV µ-law, 8000 Hz, 1 channel`.
    pub(super) format: String,
    /// One line each.
    pub(super) notes: Vec<String>,
}

impl Described {
    /// A file stored as `coding`.
    pub(super) fn new(coding: &str, rate: u32, channels: usize) -> Self {
        let plural = if channels == 1 { "" } else { "s" };
        Self { format: format!("{coding}, {rate} Hz, {channels} channel{plural}"), notes: Vec::new() }
    }

    /// Adds that `damaged` of `all` pieces were left out, if any were.
    pub(super) fn note_damaged(&mut self, damaged: u64, all: u64) {
        if damaged > 0 {
            self.notes.push(format!("{damaged} of {all} packets are damaged and were left out"));
        }
    }
}
