//! How far a caller's carrier vouches for the number that is shown.

use serde::{Deserialize, Serialize};

/// The attestation levels of SHAKEN (ATIS-1000074).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attestation {
    /// Full: the carrier knows the customer, who may use this number.
    A,
    /// Partial: the carrier knows the customer, not whether the number is theirs.
    B,
    /// Gateway: the call came from elsewhere.
    C,
}

impl Attestation {
    /// The letter used in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
        }
    }

    /// The level that a letter means, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "A" | "a" => Some(Self::A),
            "B" | "b" => Some(Self::B),
            "C" | "c" => Some(Self::C),
            _ => None,
        }
    }
}
