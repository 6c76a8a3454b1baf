//! A letter → an SMTP server or the local sendmail.
//!
//! Everything here blocks, for not much longer than the carrier's timeout: call it off the async threads.

mod addresses;
mod error;
mod message;
mod password;
mod sendmail;
mod smtp;

pub use addresses::Addresses;
pub use error::MailError;
pub use password::{Password, PasswordSources};
pub use sendmail::Sendmail;
pub use smtp::{Login, Security, Smtp};

use crate::domain::Letter;
use jiff::tz::TimeZone;

/// What carries letters to the owner.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// A server takes them.
    Smtp(Smtp),
    /// A program on this machine takes them.
    Sendmail(Sendmail),
}

impl Carrier {
    /// Sends `letter` from and to the carrier's addresses, and returns when it has been taken.
    ///
    /// A letter sent again has the same `Message-ID` and `Date`, so that a mailbox can tell.
    ///
    /// # Errors
    /// [`MailError`]; whether another try is worth it, [`MailError::is_passing`] says. The letter may have gone out
    /// all the same when the answer to it was lost.
    pub fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = message::build(letter, self.addresses(), &TimeZone::system())?;
        match self {
            Self::Smtp(smtp) => smtp.send(&message),
            Self::Sendmail(sendmail) => sendmail.send(&message),
        }
    }

    const fn addresses(&self) -> &Addresses {
        match self {
            Self::Smtp(smtp) => &smtp.addresses,
            Self::Sendmail(sendmail) => &sendmail.addresses,
        }
    }
}
