//! Where the log goes: to systemd's journal with its fields, or as text to standard error. Numbers are masked in both.

mod layer;
mod mask;

pub use mask::masked;

use layer::{Masked, Message};
use rustix::fs::fstat;
use std::io::{IsTerminal, stderr};
use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt};

/// Logs what `DIME_LOG` asks for, such as `debug` or `dime=info,whisper_rs=warn`.
pub fn start() {
    let filter = EnvFilter::try_from_env("DIME_LOG").unwrap_or_else(|_| EnvFilter::new("warn,dime=info"));
    let log = tracing_subscriber::registry().with(filter);
    if let Some(journal) = journal() {
        log.with(Masked::new(journal, Message::InFull)).init();
    } else {
        let text = fmt::layer().with_writer(stderr).with_ansi(stderr().is_terminal()).with_target(false);
        log.with(Masked::new(text, Message::Alone)).init();
    }
}

/// The journal, where standard error goes there and it can be reached.
fn journal() -> Option<tracing_journald::Layer> {
    let stream = std::env::var("JOURNAL_STREAM").ok()?;
    let (device, inode) = stream.split_once(':')?;
    let here = fstat(stderr()).ok()?;
    if device.parse() != Ok(here.st_dev) || inode.parse() != Ok(here.st_ino) {
        return None;
    }
    let journal = tracing_journald::Layer::new().ok()?;
    let levels =
        PriorityMappings { info: Priority::Informational, debug: Priority::Debug, ..PriorityMappings::new() };
    Some(
        journal
            .with_field_prefix(None)
            .with_syslog_identifier("dime".to_owned())
            .with_priority_mappings(levels),
    )
}
