//! How domain values lie in columns, and a row read back as a call.

use super::error::Fault;
use super::seen::path_from;
use crate::domain::{
    Call, CallId, CallState, Caller, Heard, Label, Mention, Mentions, Millis, PhoneNumber, Place, Reason,
    Score, Transcript, Verdict, Word,
};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row};
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};

/// Every column a [`Call`] needs except its mentions; conditions and order follow.
pub(super) const SELECT_CALL: &str = "
    SELECT call.id, call.path, audio_sha256, caller_number, caller_raw, caller_name, received_ms, mailbox,
           attestation, told_text, found_ms,
           state, attempts, next_try_ms, problem,
           heard_ms, text, words, language, model, audio_ms, took_ms, format, notes,
           verdict.label AS judged, score, reasons, mark.label AS marked
    FROM call
    LEFT JOIN hearing ON hearing.call_id = call.id
    LEFT JOIN verdict ON verdict.call_id = call.id
    LEFT JOIN mark ON mark.call_id = call.id AND mark.undone_ms IS NULL ";

/// A value stored as its one word: a state, a label, a number.
pub(super) struct Text<T>(pub(super) T);

impl<T: DeserializeOwned> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word: StrDeserializer<'_, WordError> = value.as_str()?.into_deserializer();
        T::deserialize(word).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A list stored as JSON.
struct Json<T>(T);

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// An optional text, stored as an empty one when it is not known.
struct Known<T>(Option<T>);

impl<T: DeserializeOwned> FromSql for Known<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        if value.as_str()?.is_empty() {
            Ok(Self(None))
        } else {
            Text::column_result(value).map(|Text(it)| Self(Some(it)))
        }
    }
}

/// A caller as the columns `caller_number`, `caller_raw`, `caller_name`, `caller_folded`.
pub(super) struct CallerColumns<'a> {
    /// E.164, or empty.
    pub(super) number: &'a str,
    /// What was shown in its place, or empty.
    pub(super) raw: &'a str,
    /// The name, or empty.
    pub(super) name: &'a str,
    /// The name for searching.
    pub(super) folded: String,
}

impl<'a> From<&'a Caller> for CallerColumns<'a> {
    fn from(caller: &'a Caller) -> Self {
        let name = caller.name.as_deref().unwrap_or_default();
        Self {
            number: caller.number.as_ref().map_or("", PhoneNumber::as_str),
            raw: caller.raw_number.as_deref().unwrap_or_default(),
            name,
            folded: folded(name),
        }
    }
}

/// `text` as it is searched: in lower case, in every script that has one.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// A row of [`SELECT_CALL`] as a call, its mentions looked up.
pub(super) fn call(conn: &Connection, row: &Row<'_>) -> Result<Call, Fault> {
    let id = CallId(row.get("id")?);
    Ok(Call {
        id,
        path: path_from(row.get("path")?),
        audio_sha256: row.get("audio_sha256")?,
        caller: Caller {
            number: row.get::<_, Known<_>>("caller_number")?.0,
            raw_number: row.get::<_, Known<_>>("caller_raw")?.0,
            name: row.get::<_, Known<_>>("caller_name")?.0,
        },
        mailbox: row.get::<_, Known<_>>("mailbox")?.0,
        attestation: row.get::<_, Known<_>>("attestation")?.0,
        told_transcript: row.get::<_, Known<_>>("told_text")?.0,
        received: Millis(row.get("received_ms")?),
        found: Millis(row.get("found_ms")?),
        state: row.get::<_, Text<CallState>>("state")?.0,
        attempts: row.get("attempts")?,
        next_try: row.get::<_, Option<i64>>("next_try_ms")?.map(Millis),
        problem: row.get::<_, Known<_>>("problem")?.0,
        heard: heard(row)?,
        verdict: verdict(conn, id, row)?,
        marked: row.get::<_, Option<Text<Label>>>("marked")?.map(|Text(label)| label),
    })
}

/// What was heard, where it was.
fn heard(row: &Row<'_>) -> rusqlite::Result<Option<Heard>> {
    if row.get::<_, Option<i64>>("heard_ms")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Heard {
        transcript: Transcript {
            text: row.get("text")?,
            words: row.get::<_, Json<Vec<Word>>>("words")?.0,
            language: row.get::<_, Known<_>>("language")?.0,
            model: row.get("model")?,
        },
        audio_ms: row.get::<_, i64>("audio_ms")?.cast_unsigned(),
        took_ms: row.get::<_, i64>("took_ms")?.cast_unsigned(),
        format: row.get("format")?,
        notes: row.get::<_, Json<Vec<String>>>("notes")?.0,
    }))
}

/// What the judge said, where it has.
fn verdict(conn: &Connection, id: CallId, row: &Row<'_>) -> rusqlite::Result<Option<Verdict>> {
    let Some(Text(label)) = row.get::<_, Option<Text<Label>>>("judged")? else {
        return Ok(None);
    };
    Ok(Some(Verdict {
        label,
        score: Score(row.get("score")?),
        reasons: row.get::<_, Json<Vec<Reason>>>("reasons")?.0,
        mentions: mentions(conn, id)?,
    }))
}

/// What the message names.
fn mentions(conn: &Connection, id: CallId) -> rusqlite::Result<Mentions> {
    fn of<T: DeserializeOwned>(
        conn: &Connection,
        id: CallId,
        kind: &str,
    ) -> rusqlite::Result<Vec<Mention<T>>> {
        conn.prepare_cached(
            "SELECT value, start_char, end_char FROM mention WHERE call_id = ?1 AND kind = ?2 ORDER BY position",
        )?
        .query_map((id.0, kind), |row| {
            let (start, end) = (row.get::<_, Option<u32>>("start_char")?, row.get::<_, Option<u32>>("end_char")?);
            let place = start.zip(end);
            Ok(Mention {
                value: row.get::<_, Text<T>>("value")?.0,
                place: place.map(|(start, end)| Place { start, end }),
            })
        })?
        .collect()
    }
    Ok(Mentions {
        numbers: of(conn, id, "number")?,
        names: of(conn, id, "name")?,
        companies: of(conn, id, "company")?,
        urls: of(conn, id, "url")?,
    })
}
