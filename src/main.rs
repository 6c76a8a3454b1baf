//! dime: listens to voicemail before its owner does and says whether a caller is worth a callback.

use clap::Parser;
use dime::cli::Cli;
use dime::domain::safe::one_line;
use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log();
    dime::commands::run(cli).unwrap_or_else(|failure| {
        // Several lines only for several mistakes in rule files. What they quote comes from outside.
        for line in failure.to_string().lines() {
            eprintln!("error: {}", one_line(line));
        }
        eprintln!("help: {}", one_line(failure.help()));
        ExitCode::FAILURE
    })
}

/// Logs to standard error what `DIME_LOG` asks for, such as `debug` or `dime=info,whisper_rs=warn`.
fn log() {
    let filter = EnvFilter::try_from_env("DIME_LOG").unwrap_or_else(|_| EnvFilter::new("warn,dime=info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .with_target(false)
        .init();
}
