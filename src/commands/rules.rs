//! `dime rules`: what verdicts rest on, and whether it holds.

use super::Failure;
use super::output::print;
use super::parts;
use super::setting::Setting;
use crate::cli::Rules;
use crate::domain::{Label, Message, Owner, PhoneNumber};
use crate::judge::{Labelled, RuleSet, measure};
use crate::ui::{rules_table, to_line};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
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
        Rules::Test { messages: None, .. } => examples(&rules),
        Rules::Test { messages: Some(messages), owners } => {
            labelled(&rules, &loaded.config.owner, &messages, owners.as_deref())
        }
    }
}

fn list(setting: &Setting, rules: &RuleSet) -> Result<ExitCode, Failure> {
    if setting.json {
        for rule in rules.rules() {
            print(&to_line(&serde_json::json!({
                "rule": rule.id, "weight": rule.weight, "group": rule.group,
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

fn labelled(rules: &RuleSet, owner: &Owner, file: &Path, owners: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut profiles: BTreeMap<String, Owner> = match owners {
        Some(owners) => {
            let wrong = |error: toml::de::Error| bad(owners, error.message());
            toml::from_str(&read(owners)?).map_err(wrong)?
        }
        None => BTreeMap::new(),
    };
    profiles.entry(String::new()).or_insert_with(|| owner.clone());
    let judges = profiles
        .iter()
        .map(|(name, owner)| Ok((name.clone(), parts::judge_by(rules, owner)?)))
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let mut messages = Vec::new();
    for (index, line) in read(file)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|error| {
            Failure::new(
                format_args!("{}:{}: {error}", file.display(), index + 1),
                "one JSON object a line: id, owner, kind, label, text",
            )
        })?;
        // Without profiles, every message is taken as left for the configured owner.
        let owner = if owners.is_some() { line.owner } else { String::new() };
        if !judges.contains_key(&owner) {
            return Err(bad(
                file,
                &format!("line {}: there is no profile of the owner `{owner}`", index + 1),
            ));
        }
        let country = profiles.get(&owner).map_or("US", |owner| owner.country.as_str());
        let message = Message {
            text: line.text,
            language: None,
            caller_number: line.caller_number.and_then(|raw| PhoneNumber::parse(&raw, country)),
            caller_name: line.caller_name,
        };
        messages.push(Labelled {
            id: line.id,
            owner,
            kind: line.kind,
            hard: line.hard,
            label: line.label,
            message,
        });
    }
    print(&measure(&judges, &messages).to_string())?;
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| bad(file, &error.to_string()))
}

fn bad(file: &Path, what: &str) -> Failure {
    Failure::new(
        format_args!("{}: {what}", file.display()),
        "messages are JSON lines; owners are TOML tables like [owner]",
    )
}
