//! What FreeSWITCH's voicemail, and FusionPBX's, tells of a message: by its file name, tags, and database.

mod database;
mod id3;
mod tags;

pub use database::{Database, DatabaseError};
pub use tags::{read_tags, tags};

use std::path::Path;

/// Letters and hyphens of an id such as `0d1c5e9a-3f5b-4c1e-9a77-5b0f4a0f9c11`.
const UUID_CHARS: usize = 36;

/// The id in a message's file name: `msg_<id>.wav`, `msg_<id>_broadcast_….wav`.
#[must_use]
pub fn message_uuid(path: &Path) -> Option<&str> {
    let (id, rest) = uuid(stem(path)?.strip_prefix("msg_")?)?;
    (rest.is_empty() || rest.starts_with("_broadcast_")).then_some(id)
}

/// Whether the file is the mailbox owner's, not a caller's: a greeting, a recorded name, the introduction to a
/// forwarded message.
#[must_use]
pub fn is_own_file(path: &Path) -> bool {
    let Some(stem) = stem(path) else { return false };
    if let Some(number) = stem.strip_prefix("greeting_") {
        let number = number.strip_suffix("_TMP").unwrap_or(number);
        return !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    }
    let introduced = stem.strip_prefix("intro_").map(|rest| rest.strip_prefix("msg_").unwrap_or(rest));
    matches!(stem, "recorded_name" | "recorded_name_TMP") || introduced.and_then(uuid).is_some()
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()
}

/// The id at the beginning of `text`, and what follows.
fn uuid(text: &str) -> Option<(&str, &str)> {
    let (id, rest) = text.split_at_checked(UUID_CHARS)?;
    let is_right = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    id.bytes().enumerate().all(is_right).then_some((id, rest))
}

#[cfg(test)]
mod tests {
    use super::{is_own_file, message_uuid};
    use std::path::Path;

    const ID: &str = "0d1c5e9a-3f5b-4c1e-9a77-5b0f4a0f9c11";

    #[test]
    fn a_message_is_known_by_its_name() {
        for name in ["msg_{}.wav", "/a/msg_{}.mp3", "msg_{}_broadcast_hello.wav"] {
            assert_eq!(message_uuid(Path::new(&name.replace("{}", ID))), Some(ID), "{name}");
        }
        for name in
            ["{}.wav", "msg_{}0.wav", "msg_{}-2.wav", "msg_0001.wav", "msg_é{}.wav", "intro_msg_{}.wav", ""]
        {
            assert_eq!(message_uuid(Path::new(&name.replace("{}", ID))), None, "{name}");
        }
    }

    #[test]
    fn an_owners_own_files_are_known_by_their_names() {
        for name in
            ["greeting_1.wav", "greeting_12_TMP.wav", "recorded_name.wav", "intro_{}.wav", "intro_msg_{}.wav"]
        {
            assert!(is_own_file(Path::new(&name.replace("{}", ID))), "{name}");
        }
        for name in ["msg_{}.wav", "greeting_.wav", "greeting_pat.wav", "intro_pat.wav", "a.wav", ""] {
            assert!(!is_own_file(Path::new(&name.replace("{}", ID))), "{name}");
        }
    }
}
