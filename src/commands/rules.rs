//! `dime rules`: what verdicts rest on, and whether it holds.

use super::Failure;
use super::messages;
use super::output::print;
use super::parts;
use super::setting::Setting;
use crate::cli::Rules;
use crate::domain::{Label, Message, Owner, PhoneNumber};
use crate::judge::{Labelled, RuleSet, measure};
use crate::ui::{rules_table, to_line};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) fn run(setting: &Setting, what: Rules) -> Result<ExitCode, Failure> {
    let loaded = setting.load()?;
    let rules = parts::rules(&loaded)?;
    match what {
        Rules::List => list(setting, &rules),
        Rules::Check => {
            parts::judge_by(&rules, &loaded.config.owner)?;
            print(&format!("{} rules, no mistakes", rules.rules().count()))?;
            Ok(ExitCode::SUCCESS)
        }
        Rules::Test { messages: files, .. } if files.is_empty() => examples(&rules),
        Rules::Test { messages: files, owners, worst } => {
            let mut profiles = owners.as_deref().map(messages::owners).transpose()?.unwrap_or_default();
            profiles.entry(String::new()).or_insert(loaded.config.owner);
            let messages = labelled(&profiles, owners.is_some(), &files)?;
            let judges = messages::judges(&rules, &profiles)?;
            let measured = measure(&judges, &messages, worst);
            print(&if setting.json { to_line(&measured) } else { measured.to_string() })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(setting: &Setting, rules: &RuleSet) -> Result<ExitCode, Failure> {
    if setting.json {
        for rule in rules.rules() {
            print(&to_line(&serde_json::json!({
                "rule": rule.id, "language": rule.language, "weight": rule.weight, "group": rule.group,
                "description": rule.description, "source": rule.source, "line": rule.line,
            })))?;
        }
    } else {
        let rows: Vec<_> = rules
            .rules()
            .map(|rule| {
                let weight = rule.weight.map(|weight| format!("{weight:+.1}")).unwrap_or_default();
                [
                    rule.id.clone(),
                    weight,
                    rule.group.clone().unwrap_or_default(),
                    rule.description.clone(),
                    rule.source.clone(),
                ]
            })
            .collect();
        let rows = rows.iter().map(|row| row.each_ref().map(String::as_str));
        print(&rules_table(rows, &parts::look()).trim_fmt())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn examples(rules: &RuleSet) -> Result<ExitCode, Failure> {
    let failures =
        rules.check_examples().map_err(|error| Failure::new(error, "`dime rules check` says more"))?;
    for failure in &failures {
        print(&failure.to_string())?;
    }
    let tried: usize = rules.rules().map(|rule| rule.matching.len() + rule.not_matching.len()).sum();
    print(&format!("{tried} examples of {} rules, {} failed", rules.rules().count(), failures.len()))?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A labelled message as `dime rules test` reads it.
#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    owner: String,
    kind: String,
    #[serde(default)]
    hard: bool,
    label: Label,
    #[serde(default)]
    caller_number: Option<String>,
    #[serde(default)]
    caller_name: Option<String>,
    text: String,
}

/// The messages of all files. Unless `named`, every one is taken as left for the configured owner.
fn labelled(
    profiles: &BTreeMap<String, Owner>,
    named: bool,
    files: &[PathBuf],
) -> Result<Vec<Labelled>, Failure> {
    let mut labelled = Vec::new();
    for file in files {
        for (number, line) in messages::read::<Line>(file)? {
            let owner = if named { line.owner } else { String::new() };
            let Some(profile) = profiles.get(&owner) else {
                let what = format!("there is no profile of the owner `{owner}`");
                return Err(messages::bad(file, number, what));
            };
            let message = Message {
                text: line.text,
                language: None,
                caller_number: line.caller_number.and_then(|raw| PhoneNumber::parse(&raw, &profile.country)),
                caller_name: line.caller_name,
            };
            labelled.push(Labelled {
                id: line.id,
                owner,
                kind: line.kind,
                hard: line.hard,
                label: line.label,
                message,
            });
        }
    }
    Ok(labelled)
}
