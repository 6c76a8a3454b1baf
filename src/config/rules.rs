//! The owner's own rule files, `rules.d/*.toml`.

use super::ConfigError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The rule files beside the configuration in `base`, in order of their names, with their texts.
pub(super) fn read(base: Option<&Path>) -> Result<Vec<(PathBuf, String)>, ConfigError> {
    let Some(folder) = base.map(|base| base.join("rules.d")) else { return Ok(Vec::new()) };
    let unreadable = |file: &Path, source| ConfigError::Unreadable { file: file.to_owned(), source };
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&folder, error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| unreadable(&folder, error))?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            files.push(file);
        }
    }
    files.sort();
    files
        .into_iter()
        .map(|file| match std::fs::read_to_string(&file) {
            Ok(text) => Ok((file, text)),
            Err(error) => Err(unreadable(&file, error)),
        })
        .collect()
}
