//! Why a letter is not sent.

use std::path::PathBuf;

/// What went wrong on the way, and where.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "each variant's text says what it is, and its fields are what the text names"
)]
pub enum MailError {
    #[error("`{address}` is not an address: {problem}")]
    Address { address: String, problem: String },
    #[error("nobody to send the letter to")]
    Nobody,
    #[error("{host} is another machine, and the way there would be open to everybody")]
    Plain { host: String },
    #[error("the letter cannot be written: {source}")]
    Message { source: lettre::error::Error },
    #[error("the letter's head cannot be written")]
    Header,
    #[error("{at}: the certificates cannot be used: {source}")]
    Certificates { at: String, source: Box<lettre::transport::smtp::Error> },
    #[error("{at}: {}", in_full(source))]
    Server { at: String, source: Box<lettre::transport::smtp::Error> },
    #[error("{}: {source}", program.display())]
    Sendmail { program: PathBuf, source: lettre::transport::sendmail::Error },
    #[error("{}: {problem}", file.display())]
    PasswordFile { file: PathBuf, problem: String },
}

/// An error with its causes, on one line.
fn in_full(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let mut text = error.to_string();
    for cause in causes.map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    crate::domain::safe::one_line(&text)
}

impl MailError {
    /// Whether trying again later may help: the network, a busy server; not a refusal.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Server { source, .. } => !(source.is_permanent() || source.is_tls() || source.is_client()),
            Self::Sendmail { .. } => true,
            _ => false,
        }
    }

    /// What can be done about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Address { .. } => "write mail.from and mail.to like `Pat Lee <pat@example.com>`",
            Self::Nobody => "name at least one address in mail.to",
            Self::Plain { .. } => "set mail.security to \"starttls\" or \"tls\"",
            Self::Message { .. } | Self::Header => "this is a defect in dime: please report it",
            Self::Certificates { .. } => "mail.ca_file must be a PEM file of certificates",
            Self::Server { source, .. } if source.is_tls() => {
                "the server's certificate must be good for mail.host; mail.ca_file names an authority of your own"
            }
            Self::Server { source, .. } if source.is_permanent() => {
                "the server refuses: check mail.user, the password, mail.from and mail.to"
            }
            Self::Server { source, .. } if source.is_client() => {
                "check mail.security and mail.user: the server does not offer what they ask for"
            }
            Self::Server { .. } => {
                "it is tried again; check mail.host, mail.port and the network if it stays so"
            }
            Self::Sendmail { .. } => "check that mail.sendmail is there and works by hand",
            Self::PasswordFile { .. } => "make it a file that only dime's user can read: chmod 600",
        }
    }
}
