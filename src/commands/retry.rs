//! `dime retry`: a held or deferred message is tried again.

use super::Failure;
use super::output::print;
use super::parts::{self, now};
use super::setting::Setting;
use super::show::missing;
use crate::domain::CallId;
use crate::ui::{CallLine, to_line};
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, call: i64) -> Result<ExitCode, Failure> {
    let id = CallId(call);
    let Some(mut store) = parts::store_with(id)? else { return Ok(missing(call)) };
    store.retry(id, now())?;
    match store.call(id)? {
        Some(call) if setting.json => print(&to_line(&CallLine::from(&call)))?,
        _ => print(&format!("call {id} will be tried again by `dime watch`"))?,
    }
    Ok(ExitCode::SUCCESS)
}
