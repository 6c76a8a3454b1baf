//! What parent and child say to each other: one JSON object a line.
//!
//! The parent's first line is [`Hello`]; the child answers [`Reply::Ready`]. Then every [`Request`] is
//! answered by [`Reply::Decoded`], any number of [`Reply::Progress`], and [`Reply::Heard`] or
//! [`Reply::Failed`], all with the request's id. One request is under way at a time.

use super::engine::EngineSettings;
use crate::domain::{Heard, HearingError};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Longest line either side accepts, in bytes: an hour of talk is well under a megabyte.
pub(super) const LONGEST_LINE: usize = 8 << 20;

/// How the child is to be set up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) engine: EngineSettings,
    /// Address space that the child allows itself, in bytes; `None` for no limit.
    pub(super) memory_bytes: Option<u64>,
}

/// One recording to be heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) id: u64,
    #[serde(with = "path_bytes")]
    pub(super) path: PathBuf,
    /// What the file's SHA-256 must be, lower-case hexadecimal.
    pub(super) sha256: Option<String>,
}

/// What the child says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub(super) enum Reply {
    /// The model is loaded.
    Ready { model: String },
    /// The sound is decoded.
    Decoded { id: u64, audio_ms: u64 },
    /// So many percent are heard.
    Progress { id: u64, percent: u8 },
    /// The words.
    Heard { id: u64, heard: Heard },
    /// No words; without an id when the model cannot be used, and the child ends.
    Failed { id: Option<u64>, error: HearingError },
}

/// Paths are bytes and not always UTF-8: hexadecimal in JSON.
pub(super) mod path_bytes {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use std::ffi::OsString;
    use std::fmt::Write as _;
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    use std::path::{Path, PathBuf};

    pub(in super::super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::new();
        for byte in path.as_os_str().as_bytes() {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        serializer.serialize_str(&text)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(de: D) -> Result<PathBuf, D::Error> {
        let text = String::deserialize(de)?;
        let bytes = text
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            })
            .collect::<Option<Vec<u8>>>()
            .ok_or_else(|| D::Error::custom("a path must be bytes in hexadecimal"))?;
        Ok(OsString::from_vec(bytes).into())
    }

    fn digit(letter: u8) -> Option<u8> {
        char::from(letter).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    proptest! {
        #[test]
        fn any_path_survives(bytes: Vec<u8>, id: u64) {
            let request = Request { id, path: OsString::from_vec(bytes).into(), sha256: None };
            let line = serde_json::to_string(&request).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(serde_json::from_str::<Request>(&line).unwrap(), request);
        }
    }

    #[test]
    fn replies_survive_and_stay_on_one_line() {
        let replies = [
            Reply::Ready { model: "ggml-base-q8_0.bin".to_owned() },
            Reply::Progress { id: 3, percent: 50 },
            Reply::Failed { id: Some(3), error: HearingError::Recording("a\nb".to_owned()) },
            Reply::Failed { id: None, error: HearingError::Installation(String::new()) },
        ];
        for reply in replies {
            let line = serde_json::to_string(&reply).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<Reply>(&line).unwrap(), reply);
        }
    }

    #[test]
    fn half_a_byte_is_not_a_path() {
        for path in ["f", "zz", "é", "+f"] {
            let line = serde_json::json!({"id": 1, "path": path, "sha256": null}).to_string();
            assert!(serde_json::from_str::<Request>(&line).is_err(), "{path}");
        }
    }
}
