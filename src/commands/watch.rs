//! `dime watch`: the service itself, or one round of it with progress.

use super::parts::{self, now, runtime};
use super::progress::Progress;
use super::setting::Setting;
use super::{Failure, output::print};
use crate::config::{Loaded, Watch};
use crate::daemon::{Daemon, Event, Summary, Watching};
use crate::domain::Call;
use crate::domain::safe::one_line;
use crate::intake::{Folder, Pattern};
use crate::pipeline::{Line, Outcome};
use crate::store::Store;
use crate::ui::one_line_path;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub(super) fn run(setting: &Setting, once: bool) -> Result<ExitCode, Failure> {
    let loaded = setting.load()?;
    if loaded.config.watch.is_empty() {
        let file = loaded
            .file
            .map_or_else(|| "there is no configuration".to_owned(), |file| file.display().to_string());
        let help = "add `[[watch]]` and `path = \"/where/voicemail/lies\"`; config/dime.toml shows every key";
        return Err(Failure::new(format_args!("{file}: no folder to watch"), help));
    }
    let judge = parts::judge(&loaded)?;
    let ear = parts::ear(&loaded)?;
    let state = parts::state_dir()?;
    let _only_one = Store::lock_daemon(&state)?;
    let mut store = Store::open(&state)?;
    store.keep_copies(loaded.config.keep.audio_copies);
    store.tidy_copies()?;
    let line = Line::new(store, ear, judge, now);
    let watching = watching(&loaded)?;
    runtime()?.block_on(async {
        let stop = CancellationToken::new();
        stop_on_signal(stop.clone())?;
        if once {
            let mut told = Told::default();
            let summary = Daemon::new(line, watching, |event| told.event(&event)).once(&stop).await?;
            print(&in_words(&summary))?;
            if summary.stopped {
                return Err(Failure::new(
                    "stopped before everything was done",
                    "run it again: nothing is lost",
                ));
            }
            if summary.unread_folders > 0 {
                let what = format!("{} of the folders could not be read", summary.unread_folders);
                return Err(Failure::new(what, "the warnings above say which; `dime doctor` says why"));
            }
        } else {
            tracing::info!(state = %state.display(), "watching");
            Daemon::new(line, watching, |event| log(&event)).watch(&stop).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn watching(loaded: &Loaded) -> Result<Watching, Failure> {
    let config = &loaded.config;
    Ok(Watching {
        folders: config.watch.iter().map(folder).collect::<Result<_, _>>()?,
        settle: config.intake.settle(),
        rescan: config.intake.rescan(),
        max_bytes: config.intake.max_bytes(),
        country: config.owner.country.clone(),
    })
}

fn folder(watch: &Watch) -> Result<Folder, Failure> {
    let pattern = watch.pattern.as_deref().map(Pattern::new).transpose().map_err(|problem| {
        let help = "a regular expression with named groups; docs/phone-systems.md shows them";
        Failure::new(format_args!("watch.pattern of {}: {problem}", watch.path.display()), help)
    })?;
    Ok(Folder {
        path: watch.path.clone(),
        recursive: watch.recursive,
        kind: watch.kind,
        mailbox_folders: watch.folders.clone(),
        pattern,
        database: watch.database.clone(),
    })
}

/// Cancels `stop` when the process is told to end.
fn stop_on_signal(stop: CancellationToken) -> Result<(), Failure> {
    let no_signals = |error| Failure::new(format_args!("no signals: {error}"), "this should not happen");
    let mut terminate = signal(SignalKind::terminate()).map_err(no_signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(no_signals)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}

/// Tells a person at the terminal what happens, a line a message.
#[derive(Default)]
struct Told {
    progress: Option<Progress>,
}

impl Told {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Found(new) => eprintln!("{new} new {}", if *new == 1 { "message" } else { "messages" }),
            Event::Unreadable(file) => {
                eprintln!("held      {}: {}", one_line_path(&file.path), one_line(&file.problem));
            }
            Event::FolderProblem(problem) => eprintln!("warning: {}", one_line(&problem.to_string())),
            Event::Started(call) => self.progress = Some(Progress::new(&name(call))),
            Event::Step(step) => {
                if let Some(progress) = &self.progress {
                    progress.step(*step);
                }
            }
            Event::Finished(call, outcome) => {
                if let Some(progress) = self.progress.take() {
                    progress.clear();
                }
                eprintln!("{}", finished(call, outcome));
            }
        }
    }
}

fn finished(call: &Call, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Filed(label) => format!("{label:<10}{}", name(call)),
        Outcome::Deferred { problem, .. } => format!("deferred  {}: {}", name(call), one_line(problem)),
        Outcome::Held { problem } => format!("held      {}: {}", name(call), one_line(problem)),
        Outcome::Forgotten => format!("forgotten call {}", call.id),
    }
}

/// A call as one line names it: its id, its caller and its file.
fn name(call: &Call) -> String {
    let file = call.path.file_name().map(|file| one_line(&file.to_string_lossy())).unwrap_or_default();
    format!("{:>4}  {:<12}  {file}", call.id, call.caller)
}

/// Tells the log. Numbers, names and words of callers stay out of it.
fn log(event: &Event<'_>) {
    match event {
        Event::Found(new) => tracing::info!(new, "new recordings"),
        Event::Unreadable(file) => tracing::warn!(problem = %one_line(&file.problem), "a recording is held"),
        Event::FolderProblem(problem) => tracing::warn!(%problem, "a watched folder cannot be read"),
        Event::Started(call) => tracing::debug!(call = call.id.0, "hearing"),
        Event::Step(_) => {}
        Event::Finished(call, Outcome::Filed(label)) => tracing::info!(call = call.id.0, %label, "filed"),
        Event::Finished(call, Outcome::Deferred { problem, .. }) => {
            tracing::warn!(call = call.id.0, problem = %one_line(problem), "deferred");
        }
        Event::Finished(call, Outcome::Held { problem }) => {
            tracing::warn!(call = call.id.0, problem = %one_line(problem), "held");
        }
        Event::Finished(call, Outcome::Forgotten) => tracing::info!(call = call.id.0, "forgotten meanwhile"),
    }
}

fn in_words(summary: &Summary) -> String {
    let Summary { lead, review, spam, empty, deferred, held, growing, .. } = summary;
    let usual = [(lead, "lead"), (review, "review"), (spam, "spam"), (empty, "empty")];
    let troubles = [(deferred, "deferred"), (held, "held"), (growing, "still growing")];
    let told = usual.into_iter().chain(troubles.into_iter().filter(|(count, _)| **count > 0));
    told.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}
