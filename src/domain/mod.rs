//! Plain data that every room speaks: calls, callers, sound, words, verdicts. No I/O.

mod attestation;
pub mod call;
pub mod explanation;
mod fingerprint;
pub mod found;
pub mod hearing;
pub mod label;
pub mod letter;
pub mod message;
pub mod owner;
pub mod phone;
pub mod safe;
pub mod sound;
mod source;
pub mod time;
mod told;
pub mod transcript;
pub mod verdict;

pub use attestation::Attestation;
pub use call::{Call, CallId, CallState, Caller};
pub use explanation::{Counted, Explanation};
pub use fingerprint::Fingerprint;
pub use found::{FileStamp, Found, Unreadable};
pub use hearing::{Heard, HearingError, HearingStep};
pub use label::Label;
pub use letter::Letter;
pub use message::Message;
pub use owner::Owner;
pub use phone::PhoneNumber;
pub use sound::{Recording, SAMPLE_RATE, Samples16k, Span};
pub use source::SourceKind;
pub use time::Millis;
pub use told::Told;
pub use transcript::{Transcript, Word};
pub use verdict::{Mention, Mentions, Place, Reason, Score, Verdict};
