//! Where the configuration and the state live.

use super::ConfigError;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where to look for the configuration, strongest first.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// `--config`.
    pub explicit: Option<PathBuf>,
    /// `$DIME_CONFIG`.
    pub environment: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME/dime/dime.toml`.
    pub user: Option<PathBuf>,
    /// `/etc/dime/dime.toml`.
    pub system: Option<PathBuf>,
}

impl Places {
    /// The places of this process, with what `--config` says.
    #[must_use]
    pub fn of_process(explicit: Option<PathBuf>) -> Self {
        Self {
            explicit,
            environment: variable("DIME_CONFIG").map(PathBuf::from),
            user: base("XDG_CONFIG_HOME", ".config").map(|base| base.join("dime/dime.toml")),
            system: Some(PathBuf::from("/etc/dime/dime.toml")),
        }
    }

    /// The file to read. One that was named must be there; the others may be missing.
    pub(super) fn find(&self) -> Result<Option<PathBuf>, ConfigError> {
        if let Some(named) = self.explicit.as_ref().or(self.environment.as_ref()) {
            return match named.try_exists() {
                Ok(false) => Err(ConfigError::Missing { file: named.clone() }),
                _ => Ok(Some(named.clone())),
            };
        }
        let mut usual = [&self.user, &self.system].into_iter().flatten();
        Ok(usual.find(|file| !matches!(file.try_exists(), Ok(false))).cloned())
    }
}

/// The folder for dime's database: `$STATE_DIRECTORY` (as systemd sets it), else `$XDG_STATE_HOME/dime`.
///
/// # Errors
/// [`ConfigError::NoStateFolder`] when the environment names none.
pub fn state_dir() -> Result<PathBuf, ConfigError> {
    if let Some(list) = variable("STATE_DIRECTORY")
        && let Some(first) = std::env::split_paths(&list).next()
    {
        return Ok(first);
    }
    base("XDG_STATE_HOME", ".local/state").map(|base| base.join("dime")).ok_or(ConfigError::NoStateFolder)
}

/// An XDG base folder: the variable when it holds an absolute path, else its default under `$HOME`.
pub(super) fn base(name: &str, under_home: &str) -> Option<PathBuf> {
    variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(under_home)))
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
