//! The history of every call: one row a step, never changed.

use super::error::Fault;
use super::{Result, Store};
use crate::domain::{CallId, Millis};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use std::fmt;

/// A kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A complete recording was recorded for the first time.
    Found,
    /// A file was recorded that cannot be read.
    Unreadable,
    /// The telephone system told more of a known call: its id, its caller, its time.
    Identified,
    /// Other sound took the place of what was recorded: it is heard anew.
    Replaced,
    /// Another call turned out to be this one and was joined to it.
    Joined,
    /// Work on it began.
    Attempt,
    /// That work was called off for a reason that is not the message's.
    CalledOff,
    /// It was transcribed.
    Heard,
    /// It was judged and filed.
    Filed,
    /// It is to be tried again later.
    Deferred,
    /// It was given up and is shown to the owner.
    Held,
    /// The owner asked for another try.
    Retried,
    /// The owner said what it is.
    Marked,
    /// The owner took that back.
    Unmarked,
}

impl Step {
    /// Every kind.
    const ALL: [Self; 14] = [
        Self::Found,
        Self::Unreadable,
        Self::Identified,
        Self::Replaced,
        Self::Joined,
        Self::Attempt,
        Self::CalledOff,
        Self::Heard,
        Self::Filed,
        Self::Deferred,
        Self::Held,
        Self::Retried,
        Self::Marked,
        Self::Unmarked,
    ];

    /// The word used in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Unreadable => "unreadable",
            Self::Identified => "identified",
            Self::Replaced => "replaced",
            Self::Joined => "joined",
            Self::Attempt => "attempt",
            Self::CalledOff => "called-off",
            Self::Heard => "heard",
            Self::Filed => "filed",
            Self::Deferred => "deferred",
            Self::Held => "held",
            Self::Retried => "retried",
            Self::Marked => "marked",
            Self::Unmarked => "unmarked",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromSql for Step {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        Self::ALL
            .into_iter()
            .find(|step| step.as_str() == word)
            .ok_or_else(|| FromSqlError::Other(format!("`{word}` is not a step").into()))
    }
}

/// One step of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// The call.
    pub call: CallId,
    /// When it happened.
    pub at: Millis,
    /// What happened.
    pub step: Step,
    /// More, for people. May hold text from outside: clean before printing.
    pub detail: String,
}

impl Store {
    /// The steps of one call, oldest first; empty for an unknown call.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn events(&self, id: CallId) -> Result<Vec<Event>> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(
                "SELECT call_id, at_ms, step, detail FROM event WHERE call_id = ?1 ORDER BY id",
            )?;
            let events = statement.query_map([id.0], event)?.collect::<rusqlite::Result<_>>()?;
            Ok(events)
        })
    }
}

/// Records one step.
pub(super) fn log(
    conn: &Connection,
    id: CallId,
    at: Millis,
    step: Step,
    detail: &str,
) -> std::result::Result<(), Fault> {
    conn.prepare_cached("INSERT INTO event (call_id, at_ms, step, detail) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id.0, at.0, step.as_str(), detail])?;
    Ok(())
}

/// One row.
fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        call: CallId(row.get("call_id")?),
        at: Millis(row.get("at_ms")?),
        step: row.get("step")?,
        detail: row.get("detail")?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::TestStore;
    use super::{FromSql, Step};

    #[test]
    fn every_step_is_written_as_it_is_read() {
        for step in Step::ALL {
            assert_eq!(Step::column_result(step.as_str().into()).unwrap(), step);
            assert_eq!(serde_json::to_string(&step).unwrap(), format!("\"{step}\""));
        }
    }

    #[test]
    fn the_history_cannot_be_changed() {
        let mut home = TestStore::new();
        home.add(1);
        for (sql, says) in
            [("UPDATE event SET detail = 'x'", "append-only"), ("DELETE FROM event", "stay with it")]
        {
            let error = home.store.conn.execute(sql, []).unwrap_err().to_string();
            assert!(error.contains(says), "{sql}: {error}");
        }
    }
}
