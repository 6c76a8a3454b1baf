//! The `[hearing]` part: which model, and how much a message may cost.

use super::locate;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How messages are heard.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HearingConfig {
    /// A model's name in the catalogue (`base`, `tiny.en`) or the path of a whisper ggml file.
    pub model: PathBuf,
    /// SHA-256 of a model that is not in the catalogue, as `sha256sum` prints it.
    pub model_sha256: Option<String>,
    /// ISO 639-1 language of the callers, or `auto`.
    pub language: String,
    /// Threads for recognition; 0 chooses.
    pub threads: u16,
    /// Most memory the recogniser may take, in megabytes (10⁶ bytes) of address space.
    memory_megabytes: u32,
    /// Longer recordings are held unheard.
    max_minutes: f64,
    /// Seconds of work allowed for a second of sound.
    seconds_per_second: f64,
    /// Seconds allowed for loading the model, and on top of the above for each message.
    patience_seconds: f64,
}

impl Default for HearingConfig {
    fn default() -> Self {
        Self {
            model: PathBuf::from("base"),
            model_sha256: None,
            language: "auto".to_owned(),
            threads: 0,
            memory_megabytes: 2_000,
            max_minutes: 30.0,
            seconds_per_second: 5.0,
            patience_seconds: 60.0,
        }
    }
}

/// Which model file the configuration means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// A path was given.
    File(PathBuf),
    /// A name of the catalogue was given: look for its file in these folders, in order.
    Named {
        /// The name, such as `base`.
        name: String,
        /// Where to look.
        folders: Vec<PathBuf>,
    },
}

impl HearingConfig {
    /// Makes a relative path start at `base`.
    pub(super) fn resolve(&mut self, base: &Path) {
        if self.is_path() {
            self.model = base.join(&self.model);
        }
    }

    /// Whether the model is given as a path: anything with a slash, or ending in `.bin`.
    fn is_path(&self) -> bool {
        self.model.components().count() > 1 || self.model.extension().is_some_and(|ending| ending == "bin")
    }

    pub(super) fn ranges(&self) -> [(&'static str, f64, f64, f64); 5] {
        [
            ("hearing.threads", f64::from(self.threads), 0.0, 64.0),
            ("hearing.memory_megabytes", f64::from(self.memory_megabytes), 300.0, 1e6),
            ("hearing.max_minutes", self.max_minutes, 0.1, 240.0),
            ("hearing.seconds_per_second", self.seconds_per_second, 0.1, 1_000.0),
            ("hearing.patience_seconds", self.patience_seconds, 0.1, 3_600.0),
        ]
    }

    /// The model that is meant.
    #[must_use]
    pub fn model(&self) -> ModelChoice {
        if self.is_path() {
            return ModelChoice::File(self.model.clone());
        }
        ModelChoice::Named { name: self.model.to_string_lossy().into_owned(), folders: model_folders() }
    }

    /// The most address space the recogniser may take, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.memory_megabytes) * 1_000_000
    }

    /// The longest recording that is heard.
    #[must_use]
    pub fn max_duration(&self) -> Duration {
        Duration::from_secs_f64(self.max_minutes * 60.0)
    }

    /// Work allowed for a second of sound, in seconds.
    #[must_use]
    pub const fn seconds_per_second(&self) -> f64 {
        self.seconds_per_second
    }

    /// Time allowed for loading the model, and on top of the sound's share for each message.
    #[must_use]
    pub fn patience(&self) -> Duration {
        Duration::from_secs_f64(self.patience_seconds)
    }

    /// The language, or `None` to find it out.
    #[must_use]
    pub fn language(&self) -> Option<String> {
        (self.language != "auto").then(|| self.language.clone())
    }
}

/// Folders that may hold models, strongest first: the user's, the installation's, the checkout's.
fn model_folders() -> Vec<PathBuf> {
    let user = locate::base("XDG_DATA_HOME", ".local/share").map(|base| base.join("dime/models"));
    let program = std::env::current_exe().ok();
    let beside = |up: usize, down: &str| {
        program.as_deref().and_then(|program| program.ancestors().nth(up)).map(|folder| folder.join(down))
    };
    // …/bin/dime → …/share/dime/models; …/target/release/dime → …/models
    [user, beside(2, "share/dime/models"), Some("/usr/share/dime/models".into()), beside(3, "models")]
        .into_iter()
        .flatten()
        .collect()
}
