//! The child: loads the model once, then hears one recording after the other until its input ends.

use super::engine::Engine;
use super::error::ServeError;
use super::protocol::{Hello, LONGEST_LINE, Reply, Request};
use crate::domain::{Heard, HearingError, Recording, Transcript};
use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};
use std::io::{self, BufRead, Read as _, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;
use std::{fs, thread};

/// Answers requests from `input` on `output` until `input` ends.
///
/// `read_recording` turns a file into samples; its second argument is the SHA-256 that the file must have.
/// Nothing else may write to `output`. When `input` ends in the middle of a message, the parent is gone and
/// the whole process is killed at once: call this from a process that does nothing else.
///
/// # Errors
/// When the pipe breaks, the parent breaks the protocol, the memory limit cannot be set, or the model cannot
/// be used; in the last case the parent has been told.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write,
    read_recording: impl FnMut(&Path, Option<&str>) -> Result<Recording, HearingError>,
) -> Result<(), ServeError> {
    whisper_rs::install_logging_hooks();
    let busy = Arc::new(AtomicBool::new(false));
    let lines = lines(input, Arc::clone(&busy));
    let ended = answer(&lines, &busy, output, read_recording);
    busy.store(false, Ordering::SeqCst);
    ended
}

fn answer(
    lines: &Receiver<io::Result<String>>,
    busy: &AtomicBool,
    mut output: impl Write,
    mut read_recording: impl FnMut(&Path, Option<&str>) -> Result<Recording, HearingError>,
) -> Result<(), ServeError> {
    let Ok(hello) = lines.recv() else { return Ok(()) };
    let hello: Hello = serde_json::from_str(&hello?)?;
    let mut engine = match prepare(&hello) {
        Ok(engine) => engine,
        Err(error) => {
            say(&mut output, &Reply::Failed { id: None, error: error.told() })?;
            return Err(error);
        }
    };
    busy.store(false, Ordering::SeqCst);
    say(&mut output, &Reply::Ready { model: engine.model().to_owned() })?;

    for line in lines {
        let request: Request = serde_json::from_str(&line?)?;
        let started = Instant::now();
        let reply = match read_recording(&request.path, request.sha256.as_deref()) {
            Ok(recording) => hear(&mut engine, request.id, recording, started, &mut output)?,
            Err(error) => Reply::Failed { id: Some(request.id), error },
        };
        busy.store(false, Ordering::SeqCst);
        say(&mut output, &reply)?;
    }
    Ok(())
}

fn prepare(hello: &Hello) -> Result<Engine, ServeError> {
    if let Some(bytes) = hello.memory_bytes {
        limit_memory(bytes)?;
    }
    be_the_one_to_go();
    Ok(Engine::load(&hello.engine)?)
}

fn hear(
    engine: &mut Engine,
    id: u64,
    recording: Recording,
    started: Instant,
    output: &mut impl Write,
) -> io::Result<Reply> {
    let audio_ms = recording.samples.duration_ms();
    say(output, &Reply::Decoded { id, audio_ms })?;
    let mut broken = None;
    let mut progress = |percent| {
        if let Err(error) = say(output, &Reply::Progress { id, percent }) {
            broken = Some(error);
        }
    };
    let transcript = if recording.active.is_empty() {
        Ok(Transcript::default())
    } else {
        engine.transcribe(&recording, &mut progress)
    };
    if let Some(error) = broken {
        return Err(error);
    }
    Ok(match transcript {
        Ok(transcript) => {
            let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let Recording { format, notes, .. } = recording;
            Reply::Heard { id, heard: Heard { transcript, audio_ms, took_ms, format, notes } }
        }
        Err(error) => Reply::Failed { id: Some(id), error: error.into() },
    })
}

fn say(output: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    output.write_all(&line)?;
    output.flush()
}

/// Reads lines on a thread of its own, which also notices that the parent is gone while a message is heard.
///
/// A parent-death signal would not do: it comes when the thread that started the child ends, and a runtime's
/// threads come and go.
fn lines(mut input: impl BufRead + Send + 'static, busy: Arc<AtomicBool>) -> Receiver<io::Result<String>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        loop {
            let mut line = String::new();
            let read = input.by_ref().take(LONGEST_LINE as u64).read_line(&mut line);
            let line = match read {
                Ok(0) => break,
                Ok(length) if length >= LONGEST_LINE => Err(io::ErrorKind::InvalidData.into()),
                Ok(_) => Ok(line),
                Err(error) => Err(error),
            };
            busy.store(true, Ordering::SeqCst);
            let failed = line.is_err();
            if sender.send(line).is_err() || failed {
                break;
            }
        }
        if busy.load(Ordering::SeqCst) {
            // Not `exit`: its destructors would run beneath whisper.cpp's threads.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    });
    receiver
}

/// Sets the limit, or the lower one that this process was started under.
fn limit_memory(bytes: u64) -> Result<(), ServeError> {
    let bytes = getrlimit(Resource::As).maximum.map_or(bytes, |most| most.min(bytes));
    let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
    setrlimit(Resource::As, limit).map_err(|error| ServeError::Limit { bytes, source: error.into() })
}

/// When the machine runs out of memory, this process is the right one to lose: its message is tried again.
fn be_the_one_to_go() {
    if let Err(error) = fs::write("/proc/self/oom_score_adj", "500") {
        tracing::debug!(%error, "cannot raise the out-of-memory score");
    }
}
