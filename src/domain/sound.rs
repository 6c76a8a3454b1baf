//! Sound as the recogniser wants it: 16 kHz, one channel, silence known.

/// Samples a second of every [`Samples16k`].
pub const SAMPLE_RATE: u32 = 16_000;

/// Mono samples at 16 kHz, nominally −1 to 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples16k(pub Vec<f32>);

impl Samples16k {
    /// Length in milliseconds, rounded down.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.0.len() as u64 * 1_000 / u64::from(SAMPLE_RATE)
    }

    /// The samples of `span`, cut to what there is.
    #[must_use]
    pub fn slice(&self, span: Span) -> &[f32] {
        let at = |ms: u64| {
            let index = ms.saturating_mul(u64::from(SAMPLE_RATE)) / 1_000;
            usize::try_from(index).unwrap_or(usize::MAX).min(self.0.len())
        };
        self.0.get(at(span.start_ms)..at(span.end_ms)).unwrap_or_default()
    }
}

/// A stretch of a recording in milliseconds from its start; the end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First millisecond.
    pub start_ms: u64,
    /// One past the last millisecond.
    pub end_ms: u64,
}

impl Span {
    /// Length in milliseconds.
    #[must_use]
    pub const fn duration_ms(self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

/// One decoded recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The sound.
    pub samples: Samples16k,
    /// Where something louder than the background is heard, in order, not overlapping. Empty for silence.
    pub active: Vec<Span>,
    /// What it was stored as, for people: `WAV µ-law, 8000 Hz, 1 channel`.
    pub format: String,
    /// What was wrong with the file but could be mended, for people: `the header says 2 s, the file holds 12 s`.
    pub notes: Vec<String>,
}
