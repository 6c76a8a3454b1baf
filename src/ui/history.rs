//! The table of calls.

use super::look::{Look, table_colour};
use super::words::moment;
use crate::domain::safe::one_line;
use crate::domain::{Call, CallState, Label, Verdict};
use comfy_table::{Cell, CellAlignment, Table};

/// Calls as a table, in the order given: id, time, caller, where filed, score and the main reason or problem.
#[must_use]
pub fn history_table(calls: &[Call], look: &Look) -> Table {
    let mut table = look.table();
    table.set_header(["call", "received", "caller", "filed as", "score", "why"]);
    for call in calls {
        let judged = call.verdict.as_ref().filter(|verdict| verdict.label != Label::Empty);
        let score = judged.map(|verdict| format!("{:.2}", verdict.score.0)).unwrap_or_default();
        table.add_row([
            Cell::new(call.id).set_alignment(CellAlignment::Right),
            Cell::new(moment(call.received, &look.zone)),
            Cell::new(&call.caller),
            Cell::new(standing(call)).fg(table_colour(call.state, call.label())),
            Cell::new(score),
            Cell::new(why(call)),
        ]);
    }
    table
}

/// Where a call stands, in a word or three.
fn standing(call: &Call) -> String {
    match (call.state, call.label()) {
        (CallState::Filed, Some(label)) if call.marked.is_some() => format!("{label} (yours)"),
        (CallState::Filed, Some(label)) => label.to_string(),
        (state, _) => state.to_string(),
    }
}

/// The main reason on one line: what went wrong, or what counted most for the verdict.
fn why(call: &Call) -> String {
    match (&call.problem, &call.verdict) {
        (Some(problem), _) => one_line(problem),
        (None, Some(verdict)) => main_reason(verdict),
        (None, None) => "waiting to be heard".to_owned(),
    }
}

/// The verdict's main reason with the words it rests on.
fn main_reason(verdict: &Verdict) -> String {
    let nothing = || "nothing in the words speaks for either side".to_owned();
    verdict.main_reason().map_or_else(nothing, |reason| one_line(&reason.to_string()))
}
