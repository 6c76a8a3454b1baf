//! Is this file the speech model it should be?
//!
//! whisper.cpp throws through its C interface, and so ends the process, when a model's vocabulary is wrong.
//! So a file is loaded only when its SHA-256 is known beforehand: from the catalogue of models that dime can
//! build, or from the configuration.

use super::error::ModelError;
use crate::domain::Fingerprint;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The models that can be built from this repository, with their hashes.
const CATALOGUE: &str = include_str!("../../models/catalogue.toml");

/// First four bytes of a ggml file: 0x67676d6c, little endian.
const MAGIC: [u8; 4] = *b"lmgg";

/// A model file whose bytes are what they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// File name, such as `ggml-base-q8_0.bin`.
    pub file: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

#[derive(Debug, Deserialize)]
struct Catalogue {
    model: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    name: String,
    file: String,
    sha256: String,
}

/// Reads the whole file and compares its SHA-256 with `stated`, else with the catalogue's entry for its name.
///
/// # Errors
/// When the file is missing, unreadable, not a ggml file, of another hash, or in neither place.
pub fn check_model(path: &Path, stated: Option<&str>) -> Result<ModelInfo, ModelError> {
    let at = || path.to_path_buf();
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ModelError::Missing { path: at() },
        _ => ModelError::Unreadable { path: at(), source },
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut head = [0; MAGIC.len()];
    match file.read_exact(&mut head) {
        Ok(()) if head == MAGIC => {}
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(unreadable(error)),
        _ => return Err(ModelError::NotAModel { path: at() }),
    }

    let mut fingerprint = Fingerprint::default();
    fingerprint.update(&head);
    let mut bytes = head.len() as u64;
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        fingerprint.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    let found = fingerprint.finish();

    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match stated.map(str::to_ascii_lowercase).or_else(|| catalogued(&name)) {
        Some(expected) if expected == found => {
            Ok(ModelInfo { file: name.into_owned(), bytes, sha256: found })
        }
        Some(expected) => Err(ModelError::Different { path: at(), expected, found }),
        None => Err(ModelError::Unknown { path: at(), found }),
    }
}

/// Whether the model at `path` can write `language` (ISO 639-1), as far as its name tells.
///
/// # Errors
/// [`ModelError::Language`] for what is no language of whisper's, or another than English with an English model.
pub fn check_language(path: &Path, language: &str) -> Result<(), ModelError> {
    let english_only = path.file_name().is_some_and(|name| name.to_string_lossy().contains(".en"));
    if is_language(language) && (!english_only || language == "en") {
        return Ok(());
    }
    Err(ModelError::Language { path: path.to_owned(), language: language.to_owned() })
}

/// Whether whisper knows `code` as the ISO 639-1 code of a language. Its own look-up takes English names as well,
/// and writes to standard error what it does not know.
pub(super) fn is_language(code: &str) -> bool {
    (0..=whisper_rs::get_lang_max_id()).any(|id| whisper_rs::get_lang_str(id) == Some(code))
}

/// The hash that the catalogue states for a file of this name.
fn catalogued(name: &str) -> Option<String> {
    catalogue().into_iter().find(|entry| entry.file == name).map(|entry| entry.sha256)
}

/// The file name of the model that the catalogue calls `name`: `base-q8_0`, or `base` for short.
#[must_use]
pub fn catalogue_file(name: &str) -> Option<String> {
    let is_meant = |entry: &Entry| {
        entry.name == name || entry.name.rsplit_once('-').is_some_and(|(short, _)| short == name)
    };
    catalogue().into_iter().find(is_meant).map(|entry| entry.file)
}

/// The catalogue's entries. It is part of the program and tested below; one that does not parse knows no model.
fn catalogue() -> Vec<Entry> {
    toml::from_str(CATALOGUE).map(|catalogue: Catalogue| catalogue.model).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// SHA-256 of `lmgg` followed by `rest`.
    const RIGHT: &str = "781792ef8d2adca87632629d53f97f5f4e80c7a410180c24cececbb333d51979";

    fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        (dir, path)
    }

    #[test]
    fn a_stated_hash_decides() {
        let (_dir, path) = file("own.bin", b"lmggrest");
        let info = check_model(&path, Some(&RIGHT.to_uppercase())).unwrap();
        assert_eq!((info.file.as_str(), info.bytes, info.sha256.as_str()), ("own.bin", 8, RIGHT));
        let wrong = check_model(&path, Some("00")).unwrap_err();
        assert!(matches!(wrong, ModelError::Different { .. }), "{wrong}");
    }

    #[test]
    fn a_model_nobody_vouches_for_is_refused_and_its_hash_offered() {
        let (_dir, path) = file("own.bin", b"lmggrest");
        let error = check_model(&path, None).unwrap_err();
        assert!(error.help().contains(RIGHT), "{}", error.help());
    }

    #[test]
    fn a_damaged_file_with_a_catalogued_name_is_refused() {
        let catalogue: Catalogue = toml::from_str(CATALOGUE).unwrap();
        for entry in catalogue.model {
            let (_dir, path) = file(&entry.file, b"lmgg and half a model");
            let error = check_model(&path, None).unwrap_err();
            assert!(matches!(&error, ModelError::Different { expected, .. } if *expected == entry.sha256));
        }
    }

    #[test]
    fn other_files_are_told_apart() {
        let gone = check_model(Path::new("/nonexistent/model.bin"), None).unwrap_err();
        assert!(matches!(gone, ModelError::Missing { .. }));
        for content in [&b""[..], b"lm", b"GGUF and more"] {
            let (_dir, path) = file("ggml-base-q8_0.bin", content);
            let error = check_model(&path, None).unwrap_err();
            assert!(matches!(error, ModelError::NotAModel { .. }), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let error = check_model(folder.path(), None).unwrap_err();
        assert!(matches!(error, ModelError::Unreadable { .. }), "{error}");
    }
}
