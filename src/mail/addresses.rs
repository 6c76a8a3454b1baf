//! From whom letters come and to whom they go.

use super::MailError;
use crate::domain::safe::one_line;
use lettre::Address;
use lettre::message::Mailbox;

/// The sender and the recipients, which are known to be addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Addresses {
    /// Reads `from` and `to`, each as `ann@example.com` or `Ann Lee <ann@example.com>`.
    ///
    /// # Errors
    /// [`MailError::Address`] for what is not an address, [`MailError::NoRecipient`] when `to` is empty.
    pub fn new(from: &str, to: &[String]) -> Result<Self, MailError> {
        if to.is_empty() {
            return Err(MailError::NoRecipient);
        }
        let to = to.iter().map(|text| mailbox(text)).collect::<Result<_, _>>()?;
        Ok(Self { from: mailbox(from)?, to })
    }

    pub(super) const fn from(&self) -> &Mailbox {
        &self.from
    }

    pub(super) fn to(&self) -> &[Mailbox] {
        &self.to
    }
}

/// One address. The name is cleaned; an address with anything to clean is refused.
fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    let wrong = |what: String| MailError::Address { text: one_line(text), what };
    let text = text.trim();
    let (name, address) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<')).unwrap_or(("", text));
    if address.contains(char::is_whitespace) || one_line(address) != address {
        return Err(wrong("it holds spaces or control characters".to_owned()));
    }
    let email: Address = address.parse().map_err(|error| wrong(format!("{error}")))?;
    let name = one_line(name);
    let bare = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(&name);
    Ok(Mailbox::new((!bare.is_empty()).then(|| bare.to_owned()), email))
}

#[cfg(test)]
mod tests {
    use super::{Addresses, mailbox};

    #[test]
    fn an_address_may_have_a_name() {
        let mailbox = mailbox(" Zoë Müller <zoe@example.com> ").unwrap();
        assert_eq!(mailbox.name.as_deref(), Some("Zoë Müller"));
        assert_eq!(mailbox.email.to_string(), "zoe@example.com");
    }

    #[test]
    fn a_name_is_cleaned_and_may_stand_in_quotes() {
        for (text, name) in [
            ("\"Lee, Ann\" <ann@example.com>", Some("Lee, Ann")),
            ("Lee, Ann\r\nBcc: eve@example.com <ann@example.com>", Some("Lee, Ann Bcc: eve@example.com")),
            ("<ann@example.com>", None),
            ("ann@example.com", None),
        ] {
            let mailbox = mailbox(text).unwrap();
            assert_eq!(
                (mailbox.name.as_deref(), mailbox.email.to_string().as_str()),
                (name, "ann@example.com")
            );
        }
    }

    #[test]
    fn what_is_no_address_is_told_on_one_line() {
        for text in
            ["", "ann", "ann@", "<>", "a@b c", "a@example.com\r\nBcc: b@example.com", "a\n@example.com"]
        {
            let error = Addresses::new(text, &["b@example.com".to_owned()]).unwrap_err();
            assert!(!error.to_string().contains(['\r', '\n']) && !error.is_passing(), "{error}");
        }
        let error = Addresses::new("ann", &["b@example.com".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("`ann` is not an e-mail address: "), "{error}");
        Addresses::new("a@example.com", &[]).unwrap_err();
    }
}
