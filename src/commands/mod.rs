//! One file a command: asks the rooms and prints the answer.

mod digest;
mod doctor;
mod failure;
mod forget;
mod history;
mod judge;
mod mark;
mod messages;
mod output;
mod parts;
mod progress;
mod retry;
mod rules;
mod screen;
mod service;
mod setting;
mod show;
mod watch;
mod who;
mod words;

pub use failure::Failure;

use crate::cli::{Cli, Command};
use clap::CommandFactory;
use setting::Setting;
use std::process::ExitCode;
use std::time::Duration;

/// Nothing was found.
const NOTHING_FOUND: u8 = 3;

/// Does what `cli` says.
///
/// # Errors
/// [`Failure`], in one line with what can be done about it.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let setting = Setting::new(cli.config, cli.json);
    match cli.command {
        Command::Watch(how) => watch::run(&setting, how.once),
        Command::Screen { files } => screen::run(&setting, &files),
        Command::Judge { file, explain } => judge::run(&setting, file.as_deref(), explain),
        Command::History { caller, limit } => history::run(&setting, caller, limit),
        Command::Show { call } => show::run(&setting, call),
        Command::Mark(what) => mark::run(&setting, &what),
        Command::Retry { call } => retry::run(&setting, call),
        Command::Forget { caller, dry_run } => forget::run(&setting, &caller, dry_run),
        Command::Digest(what) => digest::run(&setting, &what),
        Command::Rules(what) => rules::run(&setting, what),
        Command::Doctor => doctor::run(&setting),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "dime", &mut text);
            output::print(&String::from_utf8_lossy(&text))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text)?;
            output::print(&String::from_utf8_lossy(&text))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Words { messages, owners } => words::run(&messages, &owners),
        Command::Hear { max_bytes, max_seconds } => {
            crate::pipeline::serve_child(max_bytes, Duration::from_secs(max_seconds))
                .map_err(|error| Failure::new(error, "this command is for dime itself"))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
