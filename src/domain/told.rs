//! What a telephone system tells of a message beside its sound.

use super::attestation::Attestation;
use super::call::Caller;
use super::time::Millis;

/// What is told of one message. Everything in it comes from outside; what is not told is `None`, nothing is guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Who called.
    pub caller: Caller,
    /// When the message was left.
    pub received: Option<Millis>,
    /// The system's own id of the message, the same in every copy of it.
    pub message_id: Option<String>,
    /// The mailbox it was left in: `201@default`.
    pub mailbox: Option<String>,
    /// How far the caller's carrier vouches for the number (STIR/SHAKEN).
    pub attestation: Option<Attestation>,
    /// The system's own transcript.
    pub transcript: Option<String>,
    /// How long the recording is, in whole seconds as the system counts them.
    pub seconds: Option<u32>,
}

impl Told {
    /// This, and what `other` tells where this says nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            caller: if self.caller == Caller::default() { other.caller } else { self.caller },
            received: self.received.or(other.received),
            message_id: self.message_id.or(other.message_id),
            mailbox: self.mailbox.or(other.mailbox),
            attestation: self.attestation.or(other.attestation),
            transcript: self.transcript.or(other.transcript),
            seconds: self.seconds.or(other.seconds),
        }
    }
}
