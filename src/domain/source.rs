//! The kinds of places where telephone systems leave voicemail.

use serde::Deserialize;

/// How the files of a watched folder are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Asterisk's spool, also as FreePBX keeps it: `context/mailbox/folder/msgNNNN.*`.
    Asterisk,
    /// FreeSWITCH's or FusionPBX's storage: `msg_<uuid>.wav`, straight under the final name.
    FreeSwitch,
    /// Voicemail by e-mail: a Maildir, or a folder of `.eml` files.
    Mail,
    /// The folder `Takeout/Voice/Calls` of Google Takeout: pairs of HTML and sound.
    Takeout,
    /// Recordings, with what their names and a `NAME.json` beside them tell.
    Plain,
}
