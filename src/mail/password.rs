//! Where the password for the mail server comes from.

use super::MailError;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The credential's name with systemd.
const CREDENTIAL: &str = "smtp-password";

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A password; it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The password itself, for the server alone.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Where a password may be, strongest first.
#[derive(Debug, Clone, Default)]
pub struct PasswordSources {
    /// A file named in the configuration.
    pub file: Option<PathBuf>,
    /// The folder of systemd's credentials, `$CREDENTIALS_DIRECTORY`.
    pub credentials: Option<PathBuf>,
    /// The environment's `DIME_SMTP_PASSWORD`.
    pub environment: Option<Password>,
}

impl PasswordSources {
    /// The password; `None` when there is none anywhere.
    ///
    /// # Errors
    /// A file that is named and cannot be read, or that others can read.
    pub fn find(&self) -> Result<Option<Password>, MailError> {
        if let Some(file) = &self.file {
            let mode = fs::metadata(file).map_err(|error| bad(file, &error))?.permissions().mode();
            if mode & OTHERS != 0 {
                return Err(bad(file, &format_args!("others may use it (mode {:03o})", mode & 0o777)));
            }
            return read(file).map(Some);
        }
        let credential = self.credentials.as_ref().map(|folder| folder.join(CREDENTIAL));
        match credential.filter(|file| file.exists()) {
            Some(file) => read(&file).map(Some),
            None => Ok(self.environment.clone()),
        }
    }
}

fn read(file: &Path) -> Result<Password, MailError> {
    let text = fs::read_to_string(file).map_err(|error| bad(file, &error))?;
    Ok(Password(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn bad(file: &Path, problem: &dyn fmt::Display) -> MailError {
    MailError::PasswordFile { file: file.to_owned(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordSources};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_file_counts_most_then_the_credential_then_the_environment() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, "from file\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let mut sources = PasswordSources {
            file: Some(file),
            credentials: Some(dir.path().to_owned()),
            environment: Some(Password("from environment".to_owned())),
        };
        assert_eq!(sources.find().unwrap().unwrap().reveal(), "from file");
        sources.file = None;
        assert_eq!(sources.find().unwrap().unwrap().reveal(), "from environment");
        fs::write(dir.path().join("smtp-password"), "from systemd").unwrap();
        assert_eq!(sources.find().unwrap().unwrap().reveal(), "from systemd");
        assert_eq!(PasswordSources::default().find().unwrap(), None);
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_and_nothing_shows_a_password() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        fs::write(&file, "swordfish").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let sources = PasswordSources { file: Some(file), ..PasswordSources::default() };
        let error = sources.find().unwrap_err();
        assert!(error.to_string().ends_with("secret: others may use it (mode 640)"), "{error}");
        let shown = format!("{error:?} {:?}", Password("swordfish".to_owned()));
        assert!(!shown.contains("swordfish"), "{shown}");
    }
}
