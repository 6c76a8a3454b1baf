//! The command line: names and help texts only.

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::civil::Date;
use std::path::PathBuf;

/// Listens to voicemail before you do and says whether a caller is worth a callback.
///
/// Exit status: 0 done; 1 an error; 2 wrong usage; 3 nothing found.
#[derive(Debug, Parser)]
#[command(name = "dime", version, max_term_width = 100)]
pub struct Cli {
    /// Configuration file; else `$DIME_CONFIG`, `$XDG_CONFIG_HOME/dime/dime.toml` or `/etc/dime/dime.toml`
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Answer in JSON: one object, or one object a line
    #[arg(long, global = true)]
    pub json: bool,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch the configured folders and file what arrives
    Watch(Watch),
    /// Transcribe and judge recordings now; files nothing
    Screen {
        /// Recordings
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Judge text instead of sound: plain text (one message), or JSON lines with a `text` each
    Judge {
        /// The text; standard input when left out or `-`
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Show the sum: every weight, the caps of the groups, the learned part, the thresholds
        #[arg(long)]
        explain: bool,
    },
    /// Calls, newest first, held ones before all; with a caller, everything about that caller
    History {
        /// A number, or part of a name or a company
        caller: Option<String>,
        /// At most so many calls
        #[arg(long, short = 'n', default_value_t = 100, value_name = "N")]
        limit: u32,
    },
    /// One call in full: its words, what counted, what else its caller did
    Show {
        /// The call's number in `dime history`
        call: i64,
    },
    /// Correct a verdict
    Mark(Mark),
    /// Try a held or deferred message again
    Retry {
        /// The call's number in `dime history`
        call: i64,
    },
    /// Forget a caller: every call, its words, its history; only a count is left. Letters already sent stay sent
    Forget {
        /// The number, or the whole name, that is shown
        caller: String,
        /// Only say what would be forgotten
        #[arg(long)]
        dry_run: bool,
    },
    /// Tonight's letter: everything since the last one that was sent
    Digest(Digest),
    /// The rules that verdicts rest on
    #[command(subcommand)]
    Rules(Rules),
    /// What is wrong with this installation, and how to mend it
    Doctor,
    /// Print shell completions
    Completions {
        /// For this shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
    /// Print messages as the learned part of the judge sees them (for `models/judge/train.py`)
    #[command(hide = true)]
    Words {
        /// Messages as JSON lines: id, owner, text
        #[arg(required = true, value_name = "MESSAGES")]
        messages: Vec<PathBuf>,
        /// Profiles of the owners that the messages name, a TOML table each
        #[arg(long, value_name = "FILE")]
        owners: PathBuf,
    },
    /// The child process that hears (started by dime itself)
    #[command(hide = true)]
    Hear {
        /// The largest recording in bytes
        #[arg(long)]
        max_bytes: u64,
        /// The longest recording in seconds
        #[arg(long)]
        max_seconds: u64,
    },
}

/// How to watch.
#[derive(Debug, Args)]
pub struct Watch {
    /// Deal with what is there, show progress, and exit
    #[arg(long)]
    pub once: bool,
}

/// What to correct.
#[derive(Debug, Args)]
pub struct Mark {
    /// The call's number in `dime history`
    pub call: i64,
    /// What it is
    #[arg(required_unless_present = "undo", conflicts_with = "undo")]
    pub label: Option<MarkLabel>,
    /// Take your correction back
    #[arg(long)]
    pub undo: bool,
}

/// What an owner can say of a call.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum MarkLabel {
    /// Worth calling back
    Lead,
    /// A pitch
    Spam,
    /// Undecided
    Review,
}

/// Which letter, and what to do with it.
#[derive(Debug, Args)]
pub struct Digest {
    /// The calls received on this day, such as 2026-03-14, instead; tonight's letter tells of them all the same
    #[arg(long, value_name = "DAY")]
    pub date: Option<Date>,
    /// Write the letter to a file, as HTML
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub html: Option<PathBuf>,
    /// Send it as `[mail]` of the configuration says
    #[arg(long, conflicts_with_all = ["html", "json"])]
    pub send: bool,
}

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub enum Rules {
    /// All rules, shipped and yours
    List,
    /// Read all rule files and report every mistake with file and line
    Check,
    /// Try every rule's own examples; with messages, measure the verdicts
    Test {
        /// Labelled messages as JSON lines: id, owner, kind, label, text
        #[arg(value_name = "MESSAGES")]
        messages: Vec<PathBuf>,
        /// Profiles of the owners that the messages name, a TOML table each
        #[arg(long, value_name = "FILE", requires = "messages")]
        owners: Option<PathBuf>,
        /// Show so many of the worst mistakes of each side
        #[arg(long, default_value_t = 10, value_name = "N")]
        worst: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
