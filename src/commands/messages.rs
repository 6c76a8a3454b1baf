//! Files of labelled messages, and of the owners whom they were left for.

use super::Failure;
use super::parts;
use crate::domain::Owner;
use crate::judge::{Judge, RuleSet};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// The objects of a file of JSON lines, each with its line, counted from 1.
pub(super) fn read<T: DeserializeOwned>(file: &Path) -> Result<Vec<(usize, T)>, Failure> {
    let text = read_text(file)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            let message = serde_json::from_str(line).map_err(|error| bad(file, index + 1, &error))?;
            Ok((index + 1, message))
        })
        .collect()
}

/// The owners that a file describes, by their names.
pub(super) fn owners(file: &Path) -> Result<BTreeMap<String, Owner>, Failure> {
    toml::from_str(&read_text(file)?).map_err(|error| {
        let what = format!("{}: {}", file.display(), error.message());
        Failure::new(what, "owners are TOML tables like [owner]")
    })
}

/// A judge for each owner.
pub(super) fn judges(
    rules: &RuleSet,
    owners: &BTreeMap<String, Owner>,
) -> Result<BTreeMap<String, Judge>, Failure> {
    owners.iter().map(|(name, owner)| Ok((name.clone(), parts::judge_by(rules, owner)?))).collect()
}

/// What is wrong with a line.
pub(super) fn bad(file: &Path, line: usize, what: impl std::fmt::Display) -> Failure {
    let help = "one JSON object a line: id, owner, kind, label, text";
    Failure::new(format_args!("{}:{line}: {what}", file.display()), help)
}

fn read_text(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        Failure::new(format_args!("{}: {error}", file.display()), "name a file that can be read")
    })
}
