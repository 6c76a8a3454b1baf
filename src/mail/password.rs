//! The password for the mail server: where it comes from, and that it is never shown.

use super::MailError;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The systemd credential that may hold the password.
const CREDENTIAL: &str = "smtp-password";
/// Nobody's password is longer, in bytes.
const MOST_BYTES: u64 = 4096;

/// A password, which no output shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// `text` as a password.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// For the server only.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(hidden)")
    }
}

/// Where the password may be. The first that is there counts, in this order.
#[derive(Debug, Clone, Default)]
pub struct PasswordSources {
    /// A file named in the configuration, which only its owner may read.
    pub file: Option<PathBuf>,
    /// The folder of systemd's credentials, `$CREDENTIALS_DIRECTORY`; the password is `smtp-password` there.
    pub credentials: Option<PathBuf>,
    /// The value of `$DIME_SMTP_PASSWORD`.
    pub variable: Option<Password>,
}

impl PasswordSources {
    /// The password; a line end after it is not part of it.
    ///
    /// # Errors
    /// A file that is named and missing, unreadable, empty or open to others; no password anywhere.
    pub fn read(&self) -> Result<Password, MailError> {
        if let Some(path) = &self.file {
            return read(path, Secrecy::Checked).map_err(|error| error.at(path));
        }
        if let Some(path) = self.credentials.as_deref().map(|folder| folder.join(CREDENTIAL)) {
            match read(&path, Secrecy::BySystemd) {
                Err(Fault::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
                other => return other.map_err(|error| error.at(&path)),
            }
        }
        self.variable.clone().filter(|password| !password.0.is_empty()).ok_or(MailError::NoPassword)
    }
}

/// Who sees to it that nobody else reads the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrecy {
    /// Its mode, which is checked.
    Checked,
    /// systemd, whose folder only the service may enter.
    BySystemd,
}

enum Fault {
    Io(io::Error),
    Open(u32),
    Empty,
}

impl Fault {
    fn at(self, path: &Path) -> MailError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => MailError::PasswordFile { path, source },
            Self::Open(mode) => MailError::PasswordOpen { path, mode },
            Self::Empty => MailError::PasswordEmpty { path },
        }
    }
}

fn read(path: &Path, secrecy: Secrecy) -> Result<Password, Fault> {
    let file = File::open(path).map_err(Fault::Io)?;
    let mode = file.metadata().map_err(Fault::Io)?.permissions().mode() & 0o7777;
    if secrecy == Secrecy::Checked && mode & 0o077 != 0 {
        return Err(Fault::Open(mode));
    }
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).map_err(Fault::Io)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    if password.is_empty() { Err(Fault::Empty) } else { Ok(Password(password.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordSources};
    use crate::mail::MailError;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn write(path: &Path, text: &str, mode: u32) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_place_that_has_it_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = PasswordSources {
            file: None,
            credentials: Some(folder.path().to_owned()),
            variable: Some(Password::new("from the environment".to_owned())),
        };
        assert_eq!(sources.read().unwrap().reveal(), "from the environment");
        write(&folder.path().join("smtp-password"), "from systemd", 0o440);
        assert_eq!(sources.read().unwrap().reveal(), "from systemd");
        let file = folder.path().join("secret");
        write(&file, " from the file \n", 0o600);
        sources.file = Some(file);
        assert_eq!(sources.read().unwrap().reveal(), " from the file ");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        for mode in [0o640, 0o604, 0o620, 0o601] {
            write(&file, "hunter2\n", mode);
            let sources = PasswordSources { file: Some(file.clone()), ..PasswordSources::default() };
            let error = sources.read().unwrap_err();
            assert!(matches!(error, MailError::PasswordOpen { .. }), "{error:?}");
            assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
            assert!(error.help().contains("chmod 600"), "{}", error.help());
        }
    }

    #[test]
    fn a_password_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let sources = PasswordSources { file: Some(missing.clone()), ..PasswordSources::default() };
        let error = sources.read().unwrap_err();
        assert!(error.to_string().contains(missing.to_str().unwrap()), "{error}");
        write(&missing, "\n", 0o600);
        assert!(matches!(sources.read().unwrap_err(), MailError::PasswordEmpty { .. }));
        assert!(matches!(PasswordSources::default().read().unwrap_err(), MailError::NoPassword));
    }

    #[test]
    fn a_password_is_never_shown() {
        let sources =
            PasswordSources { variable: Some(Password::new("hunter2".to_owned())), ..Default::default() };
        assert!(!format!("{sources:?} {:?}", sources.read()).contains("hunter2"));
    }
}
