//! A letter to the owner, ready to be sent.

use super::time::Millis;

/// What is sent, whatever carries it. Sender and recipients are the carrier's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The part of the `Message-ID` before the `@`: the same whenever the same letter is sent again.
    pub id: String,
    /// The part before the `@` of the id that all letters of this kind answer to, so that they form a thread.
    pub thread: String,
    /// When it was written.
    pub date: Millis,
    /// One line.
    pub subject: String,
    /// The letter as plain text.
    pub text: String,
    /// The same letter as HTML.
    pub html: String,
}
