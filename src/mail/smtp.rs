//! An SMTP server: encrypted, or on this machine.

use super::{Addresses, MailError, Password};
use crate::domain::safe::one_line;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The ways to log in that are used, the better first.
const LOGINS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// A server, and how letters are given to it.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// From whom and to whom.
    pub addresses: Addresses,
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
    /// The user and password, where the server wants them.
    pub login: Option<Login>,
    /// The whole of sending a letter takes no longer, from looking up the name to the last answer.
    pub timeout: Duration,
    /// A file of PEM certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// How a connection is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// The server is asked to encrypt (STARTTLS), and nothing is sent to one that does not.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not encrypted: only to this machine.
    None,
}

/// What a server knows its customer by.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: Password,
}

/// Where in the conversation something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connecting,
    LoggingIn,
    Sending,
}

impl Smtp {
    /// Speaks with the server in a thread of its own, because neither a name's lookup nor a server that answers
    /// byte by byte could otherwise be bounded. Given up, the thread ends with its server's patience or the program.
    pub(super) fn send(&self, message: &Message) -> Result<(), MailError> {
        if self.security == Security::None && !is_this_machine(&self.host) {
            return Err(MailError::Unencrypted { at: self.at() });
        }
        let (smtp, envelope, bytes) = (self.clone(), message.envelope().clone(), message.formatted());
        let (answer, answered) = mpsc::sync_channel(1);
        let conversation = move || {
            let _ = answer.send(smtp.converse(&envelope, &bytes));
        };
        thread::Builder::new()
            .name("mail".to_owned())
            .spawn(conversation)
            .map_err(|error| MailError::Unreachable { at: self.at(), what: error.to_string() })?;
        match answered.recv_timeout(self.timeout) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => Err(self.late()),
            Err(RecvTimeoutError::Disconnected) => {
                Err(MailError::Broken { at: self.at(), what: "it ended in the middle".to_owned() })
            }
        }
    }

    fn converse(&self, envelope: &Envelope, bytes: &[u8]) -> Result<(), MailError> {
        let start = Instant::now();
        let tls = self.tls()?;
        let me = ClientId::default();
        let from_the_start = tls.as_ref().filter(|_| self.security == Security::Tls);
        let server = (self.host.as_str(), self.port);
        let mut connection = SmtpConnection::connect(server, Some(self.timeout), &me, from_the_start, None)
            .map_err(|error| self.fault(&error, Stage::Connecting))?;
        if let Some(tls) = tls.as_ref().filter(|_| self.security == Security::StartTls) {
            if !connection.can_starttls() {
                connection.abort();
                return Err(MailError::NoStartTls { at: self.at() });
            }
            self.hurry(&mut connection, start)?;
            connection.starttls(tls, &me).map_err(|error| self.fault(&error, Stage::Connecting))?;
        }
        if let Some(login) = &self.login {
            if connection.server_info().get_auth_mechanism(&LOGINS).is_none() {
                connection.abort();
                return Err(MailError::NoLogin { at: self.at() });
            }
            self.hurry(&mut connection, start)?;
            let credentials = Credentials::new(login.user.clone(), login.password.reveal().to_owned());
            connection.auth(&LOGINS, &credentials).map_err(|error| self.fault(&error, Stage::LoggingIn))?;
        }
        self.hurry(&mut connection, start)?;
        connection.send(envelope, bytes).map_err(|error| self.fault(&error, Stage::Sending))?;
        // The letter is taken, whatever becomes of the goodbye.
        connection.abort();
        Ok(())
    }

    /// From here on, no answer may take longer than what is left of the time.
    fn hurry(&self, connection: &mut SmtpConnection, start: Instant) -> Result<(), MailError> {
        let left = self.timeout.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Err(self.late());
        }
        connection
            .set_timeout(Some(left))
            .map_err(|error| MailError::Broken { at: self.at(), what: error.to_string() })
    }

    fn tls(&self) -> Result<Option<TlsParameters>, MailError> {
        if self.security == Security::None {
            return Ok(None);
        }
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let unusable = |what: String| MailError::CaFile { path: path.clone(), what };
            let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
            if !pem.windows(11).any(|window| window == b"CERTIFICATE") {
                return Err(unusable("it holds no certificate".to_owned()));
            }
            let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
            builder = builder.add_root_certificate(certificate);
        }
        let wrong = |error: SmtpError| MailError::Tls { at: self.at(), what: one_line(&error.to_string()) };
        builder.build_rustls().map(Some).map_err(wrong)
    }

    /// The server as errors name it.
    fn at(&self) -> String {
        let bare_v6 = self.host.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6());
        let host = if bare_v6 { format!("[{}]", self.host) } else { one_line(&self.host) };
        format!("{host}:{}", self.port)
    }

    fn late(&self) -> MailError {
        MailError::Timeout { at: self.at(), seconds: self.timeout.as_secs_f64() }
    }

    /// What an error means for the owner.
    fn fault(&self, error: &SmtpError, stage: Stage) -> MailError {
        let at = self.at();
        let what = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let what = self.without_secrets(&one_line(&what));
        if let Some(code) = error.status().map(u16::from) {
            return if stage == Stage::LoggingIn && code >= 500 {
                MailError::Credentials { at, code, reply: what }
            } else {
                MailError::Refused { at, code, reply: what }
            };
        }
        let io = io_error(error);
        match io.and_then(tls_error) {
            Some(rustls::Error::InvalidCertificate(_)) => return MailError::Certificate { at, what },
            Some(_) => return MailError::Tls { at, what },
            None => {}
        }
        if io.is_some_and(|io| matches!(io.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)) {
            return self.late();
        }
        if error.is_tls() {
            return MailError::Tls { at, what };
        }
        if error.is_client() {
            return MailError::Unsupported { at, what };
        }
        if stage == Stage::Connecting && !error.is_response() {
            return MailError::Unreachable { at, what };
        }
        MailError::Broken { at, what }
    }

    /// `text`, which comes from the server, unless it repeats the password as it was sent.
    fn without_secrets(&self, text: &str) -> String {
        let Some(login) = &self.login else { return text.to_owned() };
        let password = login.password.reveal();
        let plain = BASE64_STANDARD.encode(format!("\0{}\0{password}", login.user));
        let secrets = [one_line(password), BASE64_STANDARD.encode(password), plain];
        if secrets.iter().any(|secret| !secret.is_empty() && text.contains(secret)) {
            return "(its answer repeats the password, and is not shown)".to_owned();
        }
        text.to_owned()
    }
}

/// Whether `host` can only be this machine.
fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn io_error(error: &SmtpError) -> Option<&io::Error> {
    error.source().and_then(|source| source.downcast_ref::<io::Error>())
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use super::is_this_machine;

    #[test]
    fn only_this_machine_is_this_machine() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in
            ["", "example.com", "localhost.example.com", "10.0.0.1", "::", "0.0.0.0", "127.0.0.1.nip.io"]
        {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
