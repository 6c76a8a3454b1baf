//! Why a letter could not be sent, and what the owner can do about it.

use std::io;
use std::path::PathBuf;

/// A letter cannot be sent.
///
/// Every variant is one line and names the server, the program or the file; `at` is `host:port`.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "each variant's text says what it is, and its fields are what the text names"
)]
pub enum MailError {
    #[error("`{text}` is not an e-mail address: {what}")]
    Address { text: String, what: String },
    #[error("nobody is named to send letters to")]
    NoRecipient,
    #[error("the password file {} cannot be read: {source}", path.display())]
    PasswordFile { path: PathBuf, source: io::Error },
    #[error("the password file {} has mode {mode:04o}: others than its owner may use it", path.display())]
    PasswordOpen { path: PathBuf, mode: u32 },
    #[error("the password file {} is empty", path.display())]
    PasswordEmpty { path: PathBuf },
    #[error("there is no password for the mail server")]
    NoPassword,
    #[error("the CA file {} cannot be used: {what}", path.display())]
    CaFile { path: PathBuf, what: String },
    #[error("refused to send to {at} without encryption, because it is not this machine")]
    Unencrypted { at: String },
    #[error("cannot reach {at}: {what}")]
    Unreachable { at: String, what: String },
    #[error("the connection to {at} broke: {what}")]
    Broken { at: String, what: String },
    #[error("{at} did not take the letter within {seconds} s")]
    Timeout { at: String, seconds: f64 },
    #[error("{at} offers no STARTTLS, so nothing was sent to it")]
    NoStartTls { at: String },
    #[error("the certificate of {at} is not trusted: {what}")]
    Certificate { at: String, what: String },
    #[error("no encrypted connection with {at}: {what}")]
    Tls { at: String, what: String },
    #[error("{at} offers no login with a password (AUTH PLAIN or LOGIN)")]
    NoLogin { at: String },
    #[error("{at} refused user or password: {code} {reply}")]
    Credentials { at: String, code: u16, reply: String },
    #[error("{at} refused: {code} {reply}")]
    Refused { at: String, code: u16, reply: String },
    #[error("{at} cannot take this letter: {what}")]
    Unsupported { at: String, what: String },
    #[error("cannot run {}: {source}", program.display())]
    Program { program: PathBuf, source: io::Error },
    #[error("{} did not take the letter ({status}): {what}", program.display())]
    ProgramFailed { program: PathBuf, status: String, passing: bool, what: String },
    #[error("cannot write the letter: {what}")]
    Message { what: String },
}

impl MailError {
    /// Whether the same letter may well be taken later without anybody doing anything: trouble of the network,
    /// no answer in time, or the server's or the program's own word (a reply 4xx; exit status 71, 74 or 75).
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Timeout { .. } => true,
            Self::Refused { code, .. } => *code < 500,
            Self::ProgramFailed { passing, .. } => *passing,
            _ => false,
        }
    }

    /// What the owner can do about it, as one line.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Address { .. } => "write it as ann@example.com or Ann Lee <ann@example.com> in [mail]",
            Self::NoRecipient => "name at least one address in mail.to",
            Self::PasswordFile { .. } => "name the right file in mail.password_file, readable by dime's user",
            Self::PasswordOpen { .. } => "let only its owner, dime's user, read it: chmod 600",
            Self::PasswordEmpty { .. } => "write the password into it, on one line",
            Self::NoPassword => {
                "name a file in mail.password_file, or give the systemd credential smtp-password or DIME_SMTP_PASSWORD"
            }
            Self::CaFile { .. } => "name a readable file of PEM certificates in mail.ca_file",
            Self::Unencrypted { .. } => "set mail.security to starttls or tls",
            Self::Unreachable { .. } => "check mail.host, mail.port and the network; it may pass by itself",
            Self::Broken { .. } => {
                "it may pass by itself; if not, check that mail.port and mail.security belong together"
            }
            Self::Timeout { .. } => {
                "it may pass by itself; else raise mail.timeout_seconds; port 465 wants tls, 587 starttls"
            }
            Self::NoStartTls { .. } => {
                "set mail.security to tls if the server offers that, or ask its provider"
            }
            Self::Certificate { .. } => {
                "use the name the certificate is made for in mail.host; name a private CA in mail.ca_file"
            }
            Self::Tls { .. } => {
                "check that mail.port and mail.security belong together: 465 tls, 587 starttls"
            }
            Self::NoLogin { .. } => "leave mail.user empty if the server needs no login, or ask its provider",
            Self::Credentials { .. } => {
                "check mail.user and the password; some providers want one made for programs"
            }
            Self::Refused { code, .. } => {
                if *code < 500 {
                    "the server asks to be tried again later"
                } else {
                    "see what the server says; check mail.from, mail.to and mail.user"
                }
            }
            Self::Unsupported { .. } => "use plain ASCII addresses in mail.from and mail.to",
            Self::Program { .. } => "name the right program in mail.sendmail, or use an SMTP server",
            Self::ProgramFailed { .. } => "see the log of the mail system on this machine",
            Self::Message { .. } => "this is a defect in dime: please report it",
        }
    }
}
