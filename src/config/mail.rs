//! The `[mail]` part: from whom to whom the digest goes, and what carries it.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How the digest is sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// The sender's address.
    pub from: String,
    /// The recipients' addresses.
    pub to: Vec<String>,
    /// What carries it.
    pub carrier: CarrierChoice,
    /// The mail server's name.
    pub host: String,
    /// Its port; 0: the usual one.
    port: u16,
    /// How the way there is kept secret.
    pub security: SecurityChoice,
    /// Who logs in; empty: nobody.
    pub user: String,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
    /// Certificates of an authority of one's own, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Seconds that one try may take, from looking up the server's name to its last answer.
    timeout_seconds: f64,
    /// Seconds to wait before each further try.
    retry_seconds: Vec<f64>,
    /// The program that takes a letter as `sendmail` does.
    pub sendmail: PathBuf,
}

/// What carries the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CarrierChoice {
    /// A mail server.
    Smtp,
    /// A program on this machine.
    Sendmail,
}

/// How the way to the mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecurityChoice {
    /// Plain at first, then TLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Plain.
    None,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            from: String::new(),
            to: Vec::new(),
            carrier: CarrierChoice::Smtp,
            host: String::new(),
            port: 0,
            security: SecurityChoice::StartTls,
            user: String::new(),
            password_file: None,
            ca_file: None,
            timeout_seconds: 60.0,
            retry_seconds: vec![30.0, 120.0, 600.0],
            sendmail: PathBuf::from("/usr/sbin/sendmail"),
        }
    }
}

impl MailConfig {
    /// Makes relative paths start at `base`.
    pub(super) fn resolve(&mut self, base: &Path) {
        for file in [&mut self.password_file, &mut self.ca_file].into_iter().flatten() {
            *file = base.join(&*file);
        }
    }

    pub(super) fn ranges(&self) -> impl Iterator<Item = (&'static str, f64, f64, f64)> {
        let waits = self.retry_seconds.iter().map(|wait| ("mail.retry_seconds", *wait, 0.0, 86_400.0));
        std::iter::once(("mail.timeout_seconds", self.timeout_seconds, 1.0, 600.0)).chain(waits)
    }

    /// The server's port: the one given, else the usual one.
    #[must_use]
    pub const fn port(&self) -> u16 {
        match (self.port, self.security) {
            (0, SecurityChoice::StartTls) => 587,
            (0, SecurityChoice::Tls) => 465,
            (0, SecurityChoice::None) => 25,
            (port, _) => port,
        }
    }

    /// How long one try may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout_seconds)
    }

    /// How long to wait before each further try.
    pub fn waits(&self) -> impl Iterator<Item = Duration> {
        self.retry_seconds.iter().copied().map(Duration::from_secs_f64)
    }
}
