//! dime: listens to voicemail before its owner does and says whether a caller is worth a callback.

use clap::Parser;
use dime::cli::{Cli, Command};
use dime::domain::safe::one_line;
use dime::log::{self, masked};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start();
    let is_service = matches!(cli.command, Command::Watch(_));
    // The service's last words are in its log, too.
    let tell = |what: &str, line: &str| {
        let line = one_line(line);
        eprintln!("{what}: {}", if is_service { masked(&line) } else { line.as_str().into() });
    };
    dime::commands::run(cli).unwrap_or_else(|failure| {
        // Several lines only for several mistakes in rule files. What they quote comes from outside.
        for line in failure.to_string().lines() {
            tell("error", line);
        }
        tell("help", failure.help());
        ExitCode::FAILURE
    })
}
