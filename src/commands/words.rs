//! `dime words`: messages as the learned part of the judge sees them, for the program that trains it.

use super::Failure;
use super::output::print;
use super::parts;
use crate::domain::Owner;
use crate::judge::{Judge, RuleSet};
use crate::ui::to_line;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    owner: String,
    text: String,
}

pub(super) fn run(messages: &[PathBuf], owners: &Path) -> Result<ExitCode, Failure> {
    let bad = |file: &Path, what: &str| {
        Failure::new(format_args!("{}: {what}", file.display()), "JSON lines with id, owner and text")
    };
    let read = |file: &Path| std::fs::read_to_string(file).map_err(|error| bad(file, &error.to_string()));
    let owners: BTreeMap<String, Owner> =
        toml::from_str(&read(owners)?).map_err(|error| bad(owners, error.message()))?;
    let rules = RuleSet::shipped()?;
    let judges = owners
        .iter()
        .map(|(name, owner)| Ok((name.clone(), parts::judge_by(&rules, owner)?)))
        .collect::<Result<BTreeMap<String, Judge>, Failure>>()?;
    let anybody = parts::judge_by(&rules, &Owner::default())?;
    for file in messages {
        for line in read(file)?.lines() {
            let line: Line = serde_json::from_str(line).map_err(|error| bad(file, &error.to_string()))?;
            let judge = judges.get(&line.owner).unwrap_or(&anybody);
            print(&to_line(&serde_json::json!({
                "id": line.id, "words": judge.words(&line.text), "rules": judge.noticed(&line.text),
            })))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
