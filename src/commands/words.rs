//! `dime words`: messages as the learned part of the judge sees them, for the program that trains it.

use super::Failure;
use super::messages;
use super::output::print;
use super::parts;
use crate::domain::Owner;
use crate::judge::RuleSet;
use crate::ui::to_line;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    owner: String,
    text: String,
}

pub(super) fn run(files: &[PathBuf], owners: &Path) -> Result<ExitCode, Failure> {
    let rules = RuleSet::shipped()?;
    let judges = messages::judges(&rules, &messages::owners(owners)?)?;
    let anybody = parts::judge_by(&rules, &Owner::default())?;
    for file in files {
        for (_, line) in messages::read::<Line>(file)? {
            let judge = judges.get(&line.owner).unwrap_or(&anybody);
            print(&to_line(&serde_json::json!({
                "id": line.id, "words": judge.words(&line.text), "rules": judge.noticed(&line.text),
            })))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
