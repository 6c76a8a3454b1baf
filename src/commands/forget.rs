//! `dime forget`: a caller with everything left of them.

use super::output::print;
use super::parts::{self, now};
use super::setting::Setting;
use super::who::who;
use super::{Failure, NOTHING_FOUND};
use crate::domain::safe::one_line;
use crate::store::Store;
use crate::ui::{one_line_path, to_line};
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, caller: &str, dry_run: bool) -> Result<ExitCode, Failure> {
    let who = who(caller, &setting.load()?.config.owner.country);
    let reader = parts::read_store()?;
    let calls = reader.as_ref().map(|store| store.calls_to_forget(&who)).transpose()?.unwrap_or_default();
    if calls.is_empty() {
        eprintln!("no calls of {}: give the number, or the whole name, that is shown", one_line(caller));
        return Ok(ExitCode::from(NOTHING_FOUND));
    }
    if dry_run {
        let ids: Vec<_> = calls.iter().map(ToString::to_string).collect();
        print(&if setting.json {
            to_line(&serde_json::json!({ "would_forget": calls }))
        } else {
            format!("would forget {}: {}", counted(calls.len()), ids.join(", "))
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    drop(reader);
    let forgotten = Store::open(&parts::state_dir()?)?.forget(&calls, now())?;
    if setting.json {
        let recordings: Vec<_> = forgotten.recordings.iter().map(|path| path.to_string_lossy()).collect();
        let answer = serde_json::json!({
            "forgotten": forgotten.calls, "recordings": recordings, "backups_removed": forgotten.backups
        });
        print(&to_line(&answer))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!("forgotten: {}", counted(forgotten.calls)))?;
    if forgotten.backups > 0 {
        print(&format!("removed: {} older copies of the database", forgotten.backups))?;
    }
    for path in &forgotten.recordings {
        print(&format!("still there, dime only reads it: {}", one_line_path(path)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn counted(calls: usize) -> String {
    format!("{calls} {}", if calls == 1 { "call" } else { "calls" })
}
