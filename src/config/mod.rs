//! What the owner set: one TOML file, every key optional, unknown keys refused.

mod error;
mod hearing;
mod keep;
mod locate;
mod mail;
mod rules;
mod service;
mod watch;

pub use error::ConfigError;
pub use hearing::{HearingConfig, ModelChoice};
pub use keep::Keep;
pub use locate::{Places, state_dir};
pub use mail::{CarrierChoice, MailConfig, SecurityChoice};
pub use service::ServiceConfig;
pub use watch::Watch;

use crate::domain::Owner;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The whole configuration.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Who is being called.
    pub owner: Owner,
    /// Folders to watch.
    pub watch: Vec<Watch>,
    /// How new files are noticed.
    pub intake: Intake,
    /// How messages are heard.
    pub hearing: HearingConfig,
    /// What is kept.
    pub keep: Keep,
    /// How the digest is sent.
    pub mail: MailConfig,
    /// How the service is watched.
    pub service: ServiceConfig,
}

/// How new files are noticed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    /// A file is complete when it has not changed for this many seconds.
    settle_seconds: f64,
    /// The folders are read anew after this many seconds, whatever the kernel told of changes.
    rescan_seconds: f64,
    /// Files larger than this many megabytes (10⁶ bytes) are held unheard.
    max_megabytes: u32,
}

impl Default for Intake {
    fn default() -> Self {
        Self { settle_seconds: 2.0, rescan_seconds: 30.0, max_megabytes: 300 }
    }
}

impl Intake {
    /// How long a file must have been left alone.
    #[must_use]
    pub fn settle(&self) -> Duration {
        Duration::from_secs_f64(self.settle_seconds)
    }

    /// The longest time between two readings of the folders.
    #[must_use]
    pub fn rescan(&self) -> Duration {
        Duration::from_secs_f64(self.rescan_seconds)
    }

    /// The largest file that is heard, in bytes.
    #[must_use]
    pub fn max_bytes(&self) -> u64 {
        u64::from(self.max_megabytes) * 1_000_000
    }
}

/// A configuration and where it came from.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    /// The file they were read from; `None` when there is none and defaults apply.
    pub file: Option<PathBuf>,
}

impl Loaded {
    /// Reads the configuration that `places` names, or the defaults when there is no file at all.
    ///
    /// # Errors
    /// A file that was named and is missing, cannot be read, is not TOML, or holds a key or a value that
    /// dime does not know.
    pub fn load(places: &Places) -> Result<Self, ConfigError> {
        match places.find()? {
            Some(file) => Self::read(&file),
            None => Ok(Self::default()),
        }
    }

    fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        let mut config: Config =
            toml::from_str(&text).map_err(|error| ConfigError::invalid(file, &text, &error))?;
        config.check(file)?;
        // Absolute, because calls remember where their recordings lie.
        let file = std::path::absolute(file)
            .map_err(|source| ConfigError::Unreadable { file: file.to_owned(), source })?;
        let base = file.parent().unwrap_or(Path::new("/"));
        for watch in &mut config.watch {
            watch.resolve(base);
        }
        config.hearing.resolve(base);
        config.mail.resolve(base);
        config.service.resolve(base);
        Ok(Self { config, file: Some(file) })
    }

    /// The owner's own rule files: `rules.d/*.toml` beside the configuration, by name, with their texts.
    ///
    /// # Errors
    /// A folder or a file that is there and cannot be read.
    pub fn owner_rules(&self) -> Result<Vec<(PathBuf, String)>, ConfigError> {
        rules::read(self.file.as_deref().and_then(Path::parent))
    }
}

impl Config {
    fn check(&self, file: &Path) -> Result<(), ConfigError> {
        let seconds = [
            ("intake.settle_seconds", self.intake.settle_seconds, 0.1, 600.0),
            ("intake.rescan_seconds", self.intake.rescan_seconds, 0.1, 86_400.0),
        ];
        let hearing = self.hearing.ranges();
        for (key, value, least, most) in seconds.into_iter().chain(hearing).chain(self.mail.ranges()) {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::OutOfRange { file: file.to_owned(), key, value, least, most });
            }
        }
        if !is_country(&self.owner.country) {
            let country = self.owner.country.clone();
            return Err(ConfigError::Country { file: file.to_owned(), country });
        }
        Ok(())
    }
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Config, Loaded, Places};
    use std::path::Path;

    fn load(text: &str) -> Result<Loaded, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("dime.toml");
        std::fs::write(&file, text).unwrap();
        Loaded::load(&Places { explicit: Some(file), ..Places::default() })
            .map_err(|error| error.to_string().replace(folder.path().to_str().unwrap(), ""))
    }

    #[test]
    fn the_commented_default_is_the_default() {
        let shipped = load(include_str!("../../config/dime.toml")).unwrap();
        assert_eq!(shipped.config, Config::default());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = load("[owner]\nname = \"Ann\"\nnmae = 3\n").unwrap_err();
        assert!(error.starts_with("/dime.toml:3:"), "{error}");
        assert!(error.contains("`owner.nmae`") || error.contains("unknown field `nmae`"), "{error}");
    }

    #[test]
    fn values_out_of_range_are_refused() {
        let error = load("[intake]\nsettle_seconds = -1\n").unwrap_err();
        assert_eq!(error, "/dime.toml: intake.settle_seconds is -1, not between 0.1 and 600");
        let error = load("[owner]\ncountry = \"USA\"\n").unwrap_err();
        assert!(error.contains("owner.country"), "{error}");
    }

    #[test]
    fn relative_paths_start_at_the_file() {
        let loaded = load("[[watch]]\npath = \"spool\"\n[service]\nmetrics_file = \"dime.prom\"\n").unwrap();
        let file = loaded.file.as_deref().and_then(Path::parent).unwrap();
        assert_eq!(loaded.config.watch[0].path, file.join("spool"));
        assert_eq!(loaded.config.service.metrics_file, Some(file.join("dime.prom")));
        let loaded = load("[mail]\npassword_file = \"secret\"\nca_file = \"/etc/ca.pem\"\n").unwrap();
        let file = loaded.file.as_deref().and_then(Path::parent).unwrap();
        assert_eq!(loaded.config.mail.password_file, Some(file.join("secret")));
        assert_eq!(loaded.config.mail.ca_file.as_deref(), Some(Path::new("/etc/ca.pem")));
    }

    #[test]
    fn only_what_is_known_carries_mail() {
        for wrong in ["carrier = \"pigeon\"", "security = \"maybe\"", "port = 70000", "password = \"x\""] {
            let error = load(&format!("[mail]\n{wrong}\n")).unwrap_err();
            assert!(error.starts_with("/dime.toml:2:"), "{error}");
        }
        let error = load("[mail]\ntimeout_seconds = 0\n").unwrap_err();
        assert_eq!(error, "/dime.toml: mail.timeout_seconds is 0, not between 1 and 600");
        for (security, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
            let loaded = load(&format!("[mail]\nsecurity = \"{security}\"\n")).unwrap();
            assert_eq!(loaded.config.mail.port(), port);
        }
    }
}
