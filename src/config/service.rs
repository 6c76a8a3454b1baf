//! The `[service]` part: how the service is watched by others.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// How the service is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceConfig {
    /// The file that its numbers are written to, for Prometheus' textfile collector; none when absent.
    pub metrics_file: Option<PathBuf>,
}

impl ServiceConfig {
    /// Makes a relative path start at `base`.
    pub(super) fn resolve(&mut self, base: &Path) {
        if let Some(file) = &mut self.metrics_file {
            *file = base.join(&*file);
        }
    }
}
