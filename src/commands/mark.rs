//! `dime mark`: the owner's word against the judge's.

use super::Failure;
use super::output::print;
use super::parts::{self, now};
use super::setting::Setting;
use super::show::missing;
use crate::cli::{Mark, MarkLabel};
use crate::domain::{CallId, Label};
use crate::ui::{CallLine, to_line};
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, what: &Mark) -> Result<ExitCode, Failure> {
    let id = CallId(what.call);
    let Some(mut store) = parts::store_with(id)? else { return Ok(missing(what.call)) };
    let said = match what.label.map(Label::from) {
        Some(label) => {
            store.mark(id, label, now())?;
            format!("call {id} is {label} now; `dime mark {id} --undo` takes it back")
        }
        None if store.unmark(id, now())? => format!("call {id}: your correction is taken back"),
        None => format!("call {id} was not corrected: nothing to take back"),
    };
    match store.call(id)? {
        Some(call) if setting.json => print(&to_line(&CallLine::from(&call)))?,
        _ => print(&said)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl From<MarkLabel> for Label {
    fn from(label: MarkLabel) -> Self {
        match label {
            MarkLabel::Lead => Self::Lead,
            MarkLabel::Spam => Self::Spam,
            MarkLabel::Review => Self::Review,
        }
    }
}
