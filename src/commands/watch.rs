//! `dime watch`: the service itself, or one round of it with progress.

use super::parts::{self, now, runtime};
use super::progress::Progress;
use super::service::{self, build};
use super::setting::Setting;
use super::{Failure, output::print};
use crate::daemon::{Daemon, Event, Summary};
use crate::domain::Call;
use crate::domain::safe::one_line;
use crate::pipeline::{Line, Outcome};
use crate::store::Store;
use crate::ui::one_line_path;
use std::io::{IsTerminal, stdin};
use std::process::ExitCode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(super) fn run(setting: &Setting, once: bool) -> Result<ExitCode, Failure> {
    let built = build(setting)?;
    let state = parts::state_dir()?;
    let _only_one = Store::lock_daemon(&state)?;
    let line = Line::new(Store::open(&state)?, built.hearing.ear(), built.judge, now);
    let watching = built.watching;
    let runtime = runtime()?;
    let done = runtime.block_on(async {
        let stop = CancellationToken::new();
        stop_on_signal(stop.clone())?;
        if once {
            let mut told = Told::default();
            let summary = Daemon::new(line, watching, stop, |event| told.event(&event)).once().await?;
            return in_the_end(&summary);
        }
        let (sender, renewals) = mpsc::channel(1);
        // At a terminal it means that the terminal is gone.
        if !stdin().is_terminal() {
            let hangup = listen(SignalKind::hangup())?;
            tokio::spawn(service::reload(setting.clone(), built.hearing, hangup, sender));
        }
        tracing::info!(state = %state.display(), "watching");
        Daemon::new(line, watching, stop, |event| log(&event)).watch(renewals).await?;
        Ok(ExitCode::SUCCESS)
    });
    // A reload under way is not waited for.
    runtime.shutdown_background();
    done
}

/// Tells what a single run has done.
fn in_the_end(summary: &Summary) -> Result<ExitCode, Failure> {
    print(&in_words(summary))?;
    if summary.stopped {
        return Err(Failure::new("stopped before everything was done", "run it again: nothing is lost"));
    }
    if summary.unread_folders > 0 {
        let what = format!("{} of the folders could not be read", summary.unread_folders);
        return Err(Failure::new(what, "the warnings above say which; `dime doctor` says why"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Cancels `stop` when the process is told to end.
fn stop_on_signal(stop: CancellationToken) -> Result<(), Failure> {
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.cancel();
    });
    Ok(())
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format_args!("no signals: {error}"), "this should not happen"))
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
            Event::Unwritten(problem) => {
                eprintln!("warning: the numbers cannot be written: {}", one_line(problem));
            }
            Event::Renewed | Event::WordsForgotten(_) | Event::Stuck(_) | Event::Unstuck => {}
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

/// Tells the log. Names and words of callers stay out of it; numbers in what is told are masked on the way.
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
        Event::WordsForgotten(calls) => tracing::info!(calls, "words are forgotten (keep.transcripts_days)"),
        Event::Renewed => tracing::info!("reloaded: configuration and rules are as they are written now"),
        Event::Stuck(waiting) => tracing::warn!(waiting, "stuck: a message has waited for more than an hour"),
        Event::Unstuck => tracing::info!("no longer stuck"),
        Event::Unwritten(problem) => {
            tracing::warn!(problem = %one_line(problem), "the numbers cannot be written (service.metrics_file)");
        }
    }
}

fn in_words(summary: &Summary) -> String {
    let Summary { lead, review, spam, empty, deferred, held, growing, .. } = summary;
    let usual = [(lead, "lead"), (review, "review"), (spam, "spam"), (empty, "empty")];
    let troubles = [(deferred, "deferred"), (held, "held"), (growing, "still growing")];
    let told = usual.into_iter().chain(troubles.into_iter().filter(|(count, _)| **count > 0));
    told.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}
