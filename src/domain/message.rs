//! What the judge is given: words, and what the line said of the caller.

use super::phone::PhoneNumber;

/// One message to be judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Message {
    /// What was said.
    pub text: String,
    /// ISO 639-1 language of the words, where known.
    pub language: Option<String>,
    /// The number the telephone system showed.
    pub caller_number: Option<PhoneNumber>,
    /// The name the telephone system showed.
    pub caller_name: Option<String>,
}
