//! Which calls are asked for, as data and as an SQL condition.

use super::row::folded;
use crate::domain::{CallState, Label, Millis, PhoneNumber};
use rusqlite::types::Value;

/// A caller, as the owner names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By the number the telephone system showed.
    Number(PhoneNumber),
    /// By what it showed in the number's place: `anonymous`, `201`. ASCII case does not matter.
    Raw(String),
    /// By part of a name: the one shown, or a person or company the message names. Case does not matter.
    Named(String),
}

/// Which calls are asked for; everything left out does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// Of this caller.
    pub caller: Option<Who>,
    /// In this state.
    pub state: Option<CallState>,
    /// With this label: the owner's, else the judge's.
    pub label: Option<Label>,
    /// Received at this moment or later.
    pub since: Option<Millis>,
    /// Received before this moment.
    pub until: Option<Millis>,
    /// No more than so many.
    pub limit: Option<u32>,
}

/// A number the telephone system showed. The second half lets the index of known numbers be used.
pub(super) const BY_NUMBER: &str = "caller_number = ? AND caller_number <> ''";
/// What it showed in the number's place: markers are ASCII, so `SQLite`'s own lower case will do.
pub(super) const BY_RAW: &str = "lower(caller_raw) = lower(?) AND caller_raw <> ''";
/// A part of the name shown, or of a person or company the message names.
const BY_NAME: &str = "(SELECT count(*) FROM (SELECT ? AS part) WHERE instr(caller_folded, part) > 0
    OR EXISTS (SELECT 1 FROM mention WHERE mention.call_id = call.id
               AND kind IN ('name', 'company') AND instr(folded, part) > 0)) > 0";

impl CallFilter {
    /// The conditions after `WHERE`, and the values of their `?` in order.
    pub(super) fn conditions(&self) -> (String, Vec<Value>) {
        let caller = self.caller.as_ref().map(|caller| match caller {
            Who::Number(number) => (BY_NUMBER, number.as_str().to_owned().into()),
            Who::Raw(raw) => (BY_RAW, raw.clone().into()),
            Who::Named(name) => (BY_NAME, folded(name.trim()).into()),
        });
        let state = self.state.map(|state| ("state = ?", state.as_str().to_owned().into()));
        let label = self
            .label
            .map(|label| ("coalesce(mark.label, verdict.label) = ?", label.as_str().to_owned().into()));
        let since = self.since.map(|at| ("received_ms >= ?", at.0.into()));
        let until = self.until.map(|at| ("received_ms < ?", at.0.into()));
        let (conditions, values): (Vec<&str>, Vec<Value>) =
            [caller, state, label, since, until].into_iter().flatten().unzip();
        let conditions = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
        (conditions, values)
    }
}
