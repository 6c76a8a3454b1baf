//! The parent's side: keeps a child that hears, and replaces it when anything goes wrong with it.

use super::engine::EngineSettings;
use super::protocol::Request;
use super::running::Running;
use crate::domain::{Heard, HearingError, HearingStep};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How to start the child and what to allow it.
#[derive(Debug, Clone)]
pub struct ChildSettings {
    /// The program whose child runs [`serve`](super::serve): usually this one.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// What the child loads.
    pub engine: EngineSettings,
    /// Address space that the child may use, in bytes; `None` for no limit.
    pub memory_bytes: Option<u64>,
    /// How long its work may take.
    pub limits: TimeLimits,
}

/// How long the child may take before it is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeLimits {
    /// From its start until the model is loaded.
    pub load: Duration,
    /// From a request until its sound is decoded.
    pub decode: Duration,
    /// For hearing any message at all.
    pub hear: Duration,
    /// Beyond that, for each second of sound, in seconds.
    pub hear_per_second: f64,
}

impl TimeLimits {
    /// How long hearing so much sound may take, decoding not counted.
    pub(super) fn for_sound(&self, audio_ms: u64) -> Duration {
        let seconds = Duration::from_millis(audio_ms).as_secs_f64() * self.hear_per_second;
        Duration::try_from_secs_f64(seconds).map_or(Duration::MAX, |more| self.hear.saturating_add(more))
    }
}

impl Default for TimeLimits {
    /// Above the worst that was measured (2.8 s for a second of sound, by two threads on a machine with four
    /// times as much to do as it has cores), so that only a stuck child is killed.
    fn default() -> Self {
        Self {
            load: Duration::from_mins(1),
            decode: Duration::from_mins(1),
            hear: Duration::from_secs(30),
            hear_per_second: 4.0,
        }
    }
}

/// Hears recordings in a child process, one at a time, with the model loaded once.
#[derive(Debug)]
pub struct Listener {
    settings: ChildSettings,
    /// Only between messages: while one is heard the child belongs to that call, so that a call dropped
    /// half-way takes its child with it and no stale reply can be read by the next.
    idle: Option<Running>,
    next_id: u64,
}

impl Listener {
    /// Starts nothing yet.
    #[must_use]
    pub fn new(settings: ChildSettings) -> Self {
        Self { settings, idle: None, next_id: 1 }
    }

    /// Hears the recording at `path`, whose SHA-256 must be `expected_sha256` where that is given.
    ///
    /// May be dropped at any time: the child is then killed, and the next call starts another.
    ///
    /// # Errors
    /// [`HearingError::Recording`] and [`HearingError::Installation`] as the child says;
    /// [`HearingError::Passing`] also when the child dies, breaks the protocol or takes too long.
    pub async fn hear(
        &mut self,
        path: &Path,
        expected_sha256: Option<&str>,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
    ) -> Result<Heard, HearingError> {
        let request = Request {
            id: self.next_id,
            path: path.to_path_buf(),
            sha256: expected_sha256.map(str::to_owned),
        };
        self.next_id += 1;
        let mut child = match self.idle.take().and_then(Running::if_alive) {
            Some(child) => child,
            None => Running::start(&self.settings).await?,
        };
        match child.hear(&request, &self.settings.limits, on_step).await {
            Ok(answer) => {
                self.idle = Some(child);
                answer
            }
            Err(fault) => Err(child.end(fault, self.settings.memory_bytes).await),
        }
    }

    /// Lets the child end by itself, or kills it.
    pub async fn close(self) {
        if let Some(child) = self.idle {
            child.close().await;
        }
    }
}

#[cfg(test)]
mod tests;
