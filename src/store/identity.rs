//! Whether a message is one that is known, and what it adds to what is known.

use super::error::Fault;
use super::row::CallerColumns;
use super::seen::path_from;
use crate::domain::{CallId, Found};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Two copies of a message may tell its time a little differently; two calls are never this near, in milliseconds.
const SAME_MOMENT_MS: u64 = 2_000;

/// Two formats of one message differ by no more than a block of the coarser one, in milliseconds.
const SAME_LENGTH_MS: u64 = 250;

/// The call that a found message is.
pub(super) struct Same {
    /// Which.
    pub(super) id: CallId,
    /// Whether its sound is the one that is known.
    pub(super) sound: Sound,
}

/// How the sound of a found message stands to the one that is known of its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sound {
    /// It is that.
    Known,
    /// It is that in another format.
    Other,
    /// It has taken its place, and is to be heard.
    Anew,
}

/// The known call that `found` is.
///
/// The same file with the same sound is the same message, whatever is told of it by now: names are renumbered, and
/// texts beside a recording come late or get mixed up. In another file, the same sound is the same message unless what
/// is told of the two contradicts: two callers who left the same silence are two calls, and so are two moments. Other
/// sound under the same id, or of the same caller at the same moment, is the same message in another format, or, in a
/// file that has its name by that id, recorded anew; otherwise it is another message, whose text was mixed up.
pub(super) fn find(tx: &Connection, found: &Found) -> std::result::Result<Option<Same>, Fault> {
    let by_sound = tx
        .prepare_cached(&select("audio_sha256 = ?1"))?
        .query_map([&found.audio_sha256], Known::read)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let same = match in_the_same_file(tx, found)? {
        None => by_sound.iter().find(|known| known.may_be(found)).map(|known| known.id),
        seen => seen,
    };
    if let Some(id) = same {
        return Ok(Some(Same { id, sound: Sound::Known }));
    }
    let message_id = found.told.message_id.as_deref().unwrap_or_default();
    let by_id = tx
        .prepare_cached(&select("message_id = ?1 AND message_id <> '' AND audio_sha256 IS NOT NULL"))?
        .query_map([message_id], Known::read)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for known in by_id.iter().chain(&of_the_same_moment(tx, found)?).filter(|known| known.may_be(found)) {
        let id = known.id;
        if known.path == found.stamp.path {
            if !message_id.is_empty() && name(&found.stamp.path).contains(message_id) {
                return Ok(Some(Same { id, sound: Sound::Anew }));
            }
        } else if known.is_in_another_format(found) {
            // What is no longer there cannot be heard.
            let sound = if known.waits && !known.path.exists() { Sound::Anew } else { Sound::Other };
            return Ok(Some(Same { id, sound }));
        }
    }
    Ok(None)
}

fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// The calls of the same caller at the same moment, where both are told: old Asterisks give no id.
fn of_the_same_moment(tx: &Connection, found: &Found) -> std::result::Result<Vec<Known>, Fault> {
    let caller = CallerColumns::from(&found.told.caller);
    if found.told.received.is_none() || (caller.number, caller.raw) == ("", "") {
        return Ok(Vec::new());
    }
    let condition = "received_ms = ?1 AND time_told = 1 AND caller_number = ?2 AND caller_raw = ?3
                     AND audio_sha256 IS NOT NULL";
    Ok(tx
        .prepare_cached(&select(condition))?
        .query_map(params![found.received.0, caller.number, caller.raw], Known::read)?
        .collect::<rusqlite::Result<_>>()?)
}

/// The call of this very sound that was seen in this very file, under whatever name.
fn in_the_same_file(tx: &Connection, found: &Found) -> std::result::Result<Option<CallId>, Fault> {
    let stamp = &found.stamp;
    let id = tx
        .prepare_cached(
            "SELECT call.id FROM call JOIN seen ON seen.call_id = call.id
             WHERE audio_sha256 = ?1 AND device = ?2 AND inode = ?3 AND size = ?4 AND modified_ns = ?5 AND NOT beside
             ORDER BY call.id LIMIT 1",
        )?
        .query_row(
            params![
                found.audio_sha256,
                stamp.device.cast_signed(),
                stamp.inode.cast_signed(),
                stamp.size.cast_signed(),
                stamp.modified_ns
            ],
            |row| row.get(0).map(CallId),
        )
        .optional()?;
    Ok(id)
}

/// Learns of call `id` what was not known and `found` tells; whether there was anything.
pub(super) fn learn(tx: &Connection, id: CallId, found: &Found) -> std::result::Result<bool, Fault> {
    let told = &found.told;
    let caller = CallerColumns::from(&told.caller);
    let learned = tx
        .prepare_cached(
            "UPDATE call SET
                 message_id    = iif(message_id = '', ?2, message_id),
                 caller_number = iif(caller_number = '' AND caller_raw = '', ?3, caller_number),
                 caller_raw    = iif(caller_number = '' AND caller_raw = '', ?4, caller_raw),
                 caller_name   = iif(caller_name = '', ?5, caller_name),
                 caller_folded = iif(caller_name = '', ?6, caller_folded),
                 received_ms   = iif(?7 AND NOT time_told, ?8, received_ms),
                 time_told     = ?7 OR time_told,
                 ending        = iif(ending = '', ?12, ending),
                 mailbox       = iif(mailbox = '', ?9, mailbox),
                 attestation   = iif(attestation = '', ?10, attestation),
                 told_text     = iif(told_text = '', ?11, told_text)
             WHERE id = ?1
               AND ((message_id = '' AND ?2 <> '')
                 OR (caller_number = '' AND caller_raw = '' AND ?3 || ?4 <> '')
                 OR (caller_name = '' AND ?5 <> '')
                 OR (NOT time_told AND ?7)
                 OR (mailbox = '' AND ?9 <> '')
                 OR (attestation = '' AND ?10 <> '')
                 OR (told_text = '' AND ?11 <> ''))",
        )?
        .execute(params![
            id.0,
            told.message_id.as_deref().unwrap_or_default(),
            caller.number,
            caller.raw,
            caller.name,
            caller.folded,
            told.received.is_some(),
            found.received.0,
            told.mailbox.as_deref().unwrap_or_default(),
            told.attestation.map_or("", |level| level.as_str()),
            told.transcript.as_deref().unwrap_or_default(),
            found.ending,
        ])?;
    Ok(learned > 0)
}

/// What tells one known call from another.
struct Known {
    id: CallId,
    path: PathBuf,
    /// Whether it is still to be heard.
    waits: bool,
    number: String,
    raw: String,
    received_ms: i64,
    time_told: bool,
    /// How long its sound lasts, once it was heard.
    heard_ms: Option<u64>,
}

/// The columns of a [`Known`] of the calls of which `condition` is true, the first one first.
fn select(condition: &str) -> String {
    format!(
        "SELECT id, path, state IN ('found', 'deferred', 'held'), caller_number, caller_raw, received_ms, time_told,
                audio_ms
         FROM call LEFT JOIN hearing ON hearing.call_id = call.id WHERE {condition} ORDER BY id"
    )
}

impl Known {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: CallId(row.get(0)?),
            path: path_from(row.get(1)?),
            waits: row.get(2)?,
            number: row.get(3)?,
            raw: row.get(4)?,
            received_ms: row.get(5)?,
            time_told: row.get(6)?,
            heard_ms: row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned),
        })
    }

    /// Whether `found`, of the same message id or moment, is this call in another format: by its name, and as long.
    fn is_in_another_format(&self, found: &Found) -> bool {
        let lengths = self.heard_ms.zip(found.lasts_ms);
        let lasts_as_long = lengths.is_none_or(|(one, other)| one.abs_diff(other) <= SAME_LENGTH_MS);
        self.path.extension() != found.stamp.path.extension() && lasts_as_long
    }

    /// Whether nothing that is told of the two contradicts. What is not known contradicts nothing.
    fn may_be(&self, found: &Found) -> bool {
        let caller = CallerColumns::from(&found.told.caller);
        let known = (self.number.as_str(), self.raw.as_str());
        let told = (caller.number, caller.raw);
        let caller_agrees = known == told || known == ("", "") || told == ("", "");
        let apart = self.received_ms.abs_diff(found.received.0);
        caller_agrees && !(self.time_told && found.told.received.is_some() && apart > SAME_MOMENT_MS)
    }
}
