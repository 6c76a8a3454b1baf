//! `dime history`: calls, newest first, held ones before all.

use super::output::print;
use super::parts;
use super::setting::Setting;
use super::who::who;
use super::{Failure, NOTHING_FOUND};
use crate::store::CallFilter;
use crate::ui::{CallLine, history_table, to_line};
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, caller: Option<String>, limit: u32) -> Result<ExitCode, Failure> {
    let country = setting.load()?.config.owner.country;
    let calls = match parts::read_store()? {
        Some(store) => {
            let filter = CallFilter {
                caller: caller.as_deref().map(|caller| who(caller, &country)),
                limit: Some(limit),
                ..CallFilter::default()
            };
            store.calls(&filter)?
        }
        None => Vec::new(),
    };
    if setting.json {
        for call in &calls {
            print(&to_line(&CallLine::from(call)))?;
        }
    } else if !calls.is_empty() {
        print(&history_table(&calls, &parts::look()).trim_fmt())?;
    }
    if calls.is_empty() {
        match caller {
            Some(caller) => eprintln!("no calls of {}", crate::domain::safe::one_line(&caller)),
            None => eprintln!("no calls yet"),
        }
        return Ok(ExitCode::from(NOTHING_FOUND));
    }
    Ok(ExitCode::SUCCESS)
}
