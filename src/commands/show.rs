//! `dime show`: one call in full.

use super::output::print;
use super::parts;
use super::setting::Setting;
use super::{Failure, NOTHING_FOUND};
use crate::domain::CallId;
use crate::ui::{CallLine, call_in_full, to_line};
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, call: i64) -> Result<ExitCode, Failure> {
    let Some(store) = parts::read_store()? else { return Ok(missing(call)) };
    let Some(call) = store.call(CallId(call))? else { return Ok(missing(call)) };
    if setting.json {
        print(&to_line(&CallLine::from(&call)))?;
    } else {
        print(&call_in_full(&call, &store.past(&call)?, &parts::look()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Says that there is no such call.
pub(super) fn missing(call: i64) -> ExitCode {
    eprintln!("no call {call}; `dime history` lists them");
    ExitCode::from(NOTHING_FOUND)
}
