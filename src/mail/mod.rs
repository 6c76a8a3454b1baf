//! A letter → a mail server, or the program `sendmail`.

mod error;
mod message;
mod password;

pub use error::MailError;
pub use password::{Password, PasswordSources};

use crate::domain::Letter;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Message, SendmailTransport, SmtpTransport, Transport};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the way to the mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (port 465).
    Tls,
    /// Plain at first, then TLS or nothing at all (port 587).
    StartTls,
    /// Plain: only to this machine itself.
    None,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is kept secret.
    pub security: Security,
    /// Who logs in.
    pub login: Option<(String, Password)>,
    /// Certificates of an authority of one's own, as PEM.
    pub ca: Option<Vec<u8>>,
    /// How long the server may take for each step.
    pub timeout: Duration,
}

/// What carries letters.
#[derive(Debug, Clone)]
pub enum Carrier {
    /// A mail server.
    Server(Server),
    /// A program that takes a letter as `sendmail` does.
    Sendmail(PathBuf),
}

/// Sends letters from one address to some.
#[derive(Debug, Clone)]
pub struct Post {
    from: Mailbox,
    to: Vec<Mailbox>,
    carrier: Carrier,
}

impl Post {
    /// Between these addresses: `me@example.com` or `Pat Lee <pat@example.com>`.
    ///
    /// # Errors
    /// What is not an address, or no recipient at all; a plain way to another machine.
    pub fn new(from: &str, to: &[String], carrier: Carrier) -> Result<Self, MailError> {
        if let Carrier::Server(server) = &carrier
            && server.security == Security::None
            && !is_this_machine(&server.host)
        {
            return Err(MailError::Plain { host: server.host.clone() });
        }
        let address = |text: &str| {
            text.parse::<Mailbox>()
                .map_err(|error| MailError::Address { address: text.to_owned(), problem: error.to_string() })
        };
        let to = to.iter().map(|text| address(text)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(MailError::Nobody);
        }
        Ok(Self { from: address(from)?, to, carrier })
    }

    /// Sends `letter` and returns when it has been taken. Blocks.
    ///
    /// # Errors
    /// [`MailError`]; the letter may have gone out all the same when the answer to it was lost.
    pub fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = self.message(letter)?;
        match &self.carrier {
            Carrier::Server(server) => server.send(&message),
            Carrier::Sendmail(program) => SendmailTransport::new_with_command(program)
                .send(&message)
                .map_err(|source| MailError::Sendmail { program: program.clone(), source }),
        }
    }
}

impl Server {
    fn send(&self, message: &Message) -> Result<(), MailError> {
        let mut transport = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port)
            .timeout(Some(self.timeout))
            .tls(match self.security {
                Security::Tls => Tls::Wrapper(self.tls()?),
                Security::StartTls => Tls::Required(self.tls()?),
                Security::None => Tls::None,
            });
        if let Some((user, password)) = &self.login {
            transport = transport.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        let sent = transport.build().send(message);
        sent.map(|_| ()).map_err(|source| MailError::Server { at: self.at(), source: Box::new(source) })
    }

    fn tls(&self) -> Result<TlsParameters, MailError> {
        let mut tls = TlsParameters::builder(self.host.clone()).certificate_store(CertificateStore::Default);
        if let Some(pem) = &self.ca {
            tls =
                tls.add_root_certificate(Certificate::from_pem(pem).map_err(|source| self.bad_tls(source))?);
        }
        tls.build_rustls().map_err(|source| self.bad_tls(source))
    }

    fn bad_tls(&self, source: lettre::transport::smtp::Error) -> MailError {
        MailError::Certificates { at: self.at(), source: Box::new(source) }
    }

    fn at(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
