//! What the command line says for every command.

use super::Failure;
use crate::config::{Loaded, Places};
use std::path::PathBuf;

/// What the command line says for every command. Nothing is read before it is asked for.
#[derive(Clone)]
pub(super) struct Setting {
    config: Option<PathBuf>,
    /// Whether answers are for programs.
    pub(super) json: bool,
}

impl Setting {
    pub(super) const fn new(config: Option<PathBuf>, json: bool) -> Self {
        Self { config, json }
    }

    /// Reads the configuration.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        Ok(Loaded::load(&Places::of_process(self.config.clone()))?)
    }
}
