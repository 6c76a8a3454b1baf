//! One started child: asking it, timing it, ending it, and saying in words how it ended.

use super::listener::{ChildSettings, TimeLimits};
use super::protocol::{Hello, LONGEST_LINE, Reply, Request};
use crate::domain::{Heard, HearingError, HearingStep};
use serde::Serialize;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, timeout, timeout_at};

/// How long a child that closed its output, or was asked to end, may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// Two replies may lie as far apart as the hearing of so much sound may take: twice the longest part, in milliseconds.
/// So a child that hangs over a long message is noticed before the service seems to hang.
const LONGEST_SILENCE_MS: u64 = 60_000;

/// A child whose model is loaded. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Running {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// Why a child cannot be used any more.
#[derive(Debug)]
pub(super) enum Fault {
    /// It closed its side of a pipe.
    Ended,
    /// It said what the protocol does not allow.
    Garbage(&'static str),
    /// It took longer than this.
    TooSlow { limit: Duration, doing: String },
    /// Talking to it failed.
    Pipe(io::Error),
}

impl Running {
    /// Starts a child and waits until its model is loaded.
    pub(super) async fn start(settings: &ChildSettings) -> Result<Self, HearingError> {
        let mut process = Command::new(&settings.program)
            .args(&settings.args)
            // Else ggml starts a debugger before it aborts, which writes to the child's output.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| cannot_start(settings, &error))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let Some((input, output)) = pipes else {
            return Err(cannot_start(settings, &io::Error::other("no pipe to it")));
        };
        let mut child = Self { process, input, output: BufReader::new(output) };
        let hello = Hello { engine: settings.engine.clone(), memory_bytes: settings.memory_bytes };
        match child.greet(&hello, settings.limits.load).await {
            Ok(Ok(())) => Ok(child),
            Ok(Err(error)) => {
                child.close().await;
                Err(error)
            }
            Err(fault) => Err(child.end(fault, settings.memory_bytes).await),
        }
    }

    async fn greet(&mut self, hello: &Hello, limit: Duration) -> Result<Result<(), HearingError>, Fault> {
        let late = || Fault::TooSlow { limit, doing: "load the speech model".to_owned() };
        let until = Instant::now() + limit;
        timeout_at(until, self.say(hello)).await.map_err(|_| late())??;
        match timeout_at(until, self.reply()).await.map_err(|_| late())?? {
            Reply::Ready { model } => {
                tracing::debug!(model, "the recogniser is ready");
                Ok(Ok(()))
            }
            Reply::Failed { id: None, error } => Ok(Err(error)),
            _ => Err(Fault::Garbage("a reply before its model was loaded")),
        }
    }

    /// This child, unless it ended since it was last used.
    pub(super) fn if_alive(mut self) -> Option<Self> {
        match self.process.try_wait() {
            Ok(None) => Some(self),
            ended => {
                tracing::warn!(?ended, "the recogniser ended between two messages");
                None
            }
        }
    }

    /// The child's answer, or what makes it unusable.
    pub(super) async fn hear(
        &mut self,
        request: &Request,
        limits: &TimeLimits,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
    ) -> Result<Result<Heard, HearingError>, Fault> {
        let mut limit = limits.decode;
        let mut doing = "decode the recording".to_owned();
        let mut until = Instant::now() + limit;
        let late = |limit, doing: &str| Fault::TooSlow { limit, doing: doing.to_owned() };
        timeout_at(until, self.say(request)).await.map_err(|_| late(limit, &doing))??;
        let silence = limits.for_sound(LONGEST_SILENCE_MS);
        loop {
            let now = Instant::now();
            let reply = if until.saturating_duration_since(now) > silence {
                let late = |_| late(silence, "hear the next part of it");
                timeout_at(now + silence, self.reply()).await.map_err(late)??
            } else {
                timeout_at(until, self.reply()).await.map_err(|_| late(limit, &doing))??
            };
            match reply {
                Reply::Decoded { id, audio_ms } if id == request.id => {
                    limit = limits.for_sound(audio_ms);
                    until = Instant::now() + limit;
                    doing = format!("hear {} s of sound", audio_ms.div_ceil(1_000));
                    on_step(HearingStep::Decoded { audio_ms });
                }
                Reply::Progress { id, percent } if id == request.id => {
                    on_step(HearingStep::Progress { percent: percent.min(100) });
                }
                Reply::Heard { id, heard } if id == request.id => return Ok(Ok(heard)),
                Reply::Failed { id: Some(id), error } if id == request.id => return Ok(Err(error)),
                _ => return Err(Fault::Garbage("a reply to another request")),
            }
        }
    }

    async fn say(&mut self, what: &impl Serialize) -> Result<(), Fault> {
        let mut line = serde_json::to_vec(what).map_err(|error| Fault::Pipe(error.into()))?;
        line.push(b'\n');
        match self.input.write_all(&line).await {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Fault::Ended),
            result => result.map_err(Fault::Pipe),
        }
    }

    async fn reply(&mut self) -> Result<Reply, Fault> {
        let mut line = Vec::new();
        loop {
            let more = self.output.fill_buf().await.map_err(Fault::Pipe)?;
            if more.is_empty() {
                return Err(Fault::Ended);
            }
            let end = more.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(more.len(), |end| end + 1);
            line.extend(more.iter().take(taken));
            self.output.consume(taken);
            if line.len() > LONGEST_LINE {
                return Err(Fault::Garbage("a line too long for a reply"));
            }
            if end.is_some() {
                return serde_json::from_slice(&line)
                    .map_err(|_| Fault::Garbage("a line that is not a reply"));
            }
        }
    }

    /// Lets the child end by itself, or kills it, and reaps it.
    pub(super) async fn close(self) {
        let Self { mut process, input, output } = self;
        drop((input, output));
        if timeout(GRACE, process.wait()).await.is_err() {
            kill(&mut process).await;
        }
    }

    /// Kills and reaps the child and says what was wrong.
    pub(super) async fn end(self, fault: Fault, memory_bytes: Option<u64>) -> HearingError {
        let Self { mut process, input, output } = self;
        let said = match fault {
            Fault::Ended => match timeout(GRACE, process.wait()).await {
                Ok(Ok(status)) => how_it_ended(status, memory_bytes),
                _ => "the recogniser closed its output".to_owned(),
            },
            Fault::Garbage(what) => format!("the recogniser sent {what}"),
            Fault::TooSlow { limit, doing } => {
                format!("the recogniser took longer than {} s to {doing}", limit.as_secs())
            }
            Fault::Pipe(error) => format!("the pipe to the recogniser failed: {error}"),
        };
        kill(&mut process).await;
        drop((input, output));
        HearingError::Passing(said)
    }
}

async fn kill(process: &mut Child) {
    // An error means that it has ended already.
    let _ = process.kill().await;
}

/// A missing program will still be missing at the next try; a full process table may not be.
fn cannot_start(settings: &ChildSettings, error: &io::Error) -> HearingError {
    let said = format!("cannot start the recogniser `{}`: {error}", settings.program.display());
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => HearingError::Installation(said),
        _ => HearingError::Passing(said),
    }
}

fn how_it_ended(status: ExitStatus, memory_bytes: Option<u64>) -> String {
    const KILL: i32 = rustix::process::Signal::KILL.as_raw();
    const ABORT: i32 = rustix::process::Signal::ABORT.as_raw();
    const FAULT: i32 = rustix::process::Signal::SEGV.as_raw();
    match (status.signal(), memory_bytes) {
        // Measured: whisper.cpp aborts or faults, depending on which allocation fails.
        (Some(signal @ (ABORT | FAULT)), Some(bytes)) => format!(
            "the recogniser crashed (signal {signal}), as it does when it needs more memory than its limit of {} MiB",
            bytes >> 20
        ),
        (Some(KILL), _) => {
            "the recogniser was killed by signal 9, as the system does when memory runs out".to_owned()
        }
        (Some(signal), _) => format!("the recogniser was killed by signal {signal}"),
        (None, _) => format!("the recogniser ended by itself ({status})"),
    }
}
