//! The local sendmail, or what stands in for it: a program that takes a message on its standard input.

use super::{Addresses, MailError};
use crate::domain::safe::one_line;
use lettre::Message;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long the pipes are waited for once the program has ended.
const REST: Duration = Duration::from_secs(1);
/// The most that is kept of what the program says, in bytes.
const MOST_SAID: usize = 4096;

/// A program that is called as `program -i -f sender -- recipients`.
#[derive(Debug, Clone)]
pub struct Sendmail {
    /// From whom and to whom.
    pub addresses: Addresses,
    /// The program.
    pub program: PathBuf,
    /// It is killed when it has not ended after this time.
    pub timeout: Duration,
}

impl Sendmail {
    pub(super) fn send(&self, message: &Message) -> Result<(), MailError> {
        let start = Instant::now();
        let mut child = self.start(message).map_err(|source| self.cannot_run(source))?;
        // Each pipe has a thread: a program that neither reads nor ends, or that leaves another behind which
        // holds its pipes, must not hold this one.
        let bytes = message.formatted();
        let input = child.stdin.take();
        let written = apart(move |tell| {
            let _ = tell.send(input.map_or(Ok(()), |mut input| input.write_all(&bytes)));
        });
        let output = child.stderr.take();
        let words = apart(move |tell| output.map_or((), |output| listen(output, tell)));
        let Some(status) = self.wait(&mut child, start).map_err(|source| self.cannot_run(source))? else {
            let status = format!("not done after {} s", self.timeout.as_secs_f64());
            return Err(self.failed(status, true, said(&words)));
        };
        if !status.success() {
            let (meaning, passing) = status.code().map_or((None, false), meaning);
            let status = meaning.map_or_else(|| status.to_string(), |meaning| format!("{status}, {meaning}"));
            return Err(self.failed(status, passing, said(&words)));
        }
        match written.recv_timeout(REST) {
            Ok(Ok(())) => Ok(()),
            // It ended without reading to the end, and cannot have the whole letter.
            _ => Err(self.failed(status.to_string(), false, "it did not read the whole letter".to_owned())),
        }
    }

    fn start(&self, message: &Message) -> io::Result<Child> {
        let envelope = message.envelope();
        let mut command = Command::new(&self.program);
        command.arg("-i");
        if let Some(from) = envelope.from() {
            command.arg("-f").arg(from);
        }
        command.arg("--").args(envelope.to());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
    }

    /// How the program ended; `None` when it had to be killed.
    fn wait(&self, child: &mut Child, start: Instant) -> io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() >= self.timeout {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            thread::sleep(LOOK);
        }
    }

    fn cannot_run(&self, source: io::Error) -> MailError {
        MailError::Program { program: self.program.clone(), source }
    }

    fn failed(&self, status: String, passing: bool, what: String) -> MailError {
        MailError::ProgramFailed { program: self.program.clone(), status, passing, what }
    }
}

/// What an exit status means by `sysexits.h`, which every sendmail keeps to, and whether it may pass by itself.
const fn meaning(code: i32) -> (Option<&'static str>, bool) {
    match code {
        64 => (Some("wrong usage"), false),
        65 => (Some("a letter it cannot read"), false),
        67 => (Some("no such recipient"), false),
        68 => (Some("no such host"), false),
        69 => (Some("a service it needs is not there"), false),
        70 => (Some("a defect in it"), false),
        71 => (Some("trouble with the operating system"), true),
        73 => (Some("a file it cannot make"), false),
        74 => (Some("trouble reading or writing"), true),
        75 => (Some("try again later"), true),
        76 => (Some("a misunderstanding with another server"), false),
        77 => (Some("not allowed"), false),
        78 => (Some("its configuration is wrong"), false),
        _ => (None, false),
    }
}

/// Does `work` in a thread of its own; what it tells can be waited for.
fn apart<T: Send + 'static>(work: impl FnOnce(&Sender<T>) + Send + 'static) -> Receiver<T> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || work(&tell));
    told
}

/// Tells the beginning of what the program says, piece by piece; reads on to the end, so that it never waits.
fn listen(mut output: impl Read, tell: &Sender<Vec<u8>>) {
    let mut piece = [0; MOST_SAID];
    let mut room = MOST_SAID;
    while let Ok(length @ 1..) = output.read(&mut piece) {
        let kept = piece.get(..length.min(room)).unwrap_or_default();
        room -= kept.len();
        if !kept.is_empty() {
            let _ = tell.send(kept.to_vec());
        }
    }
}

/// What the program said so far, on one line.
fn said(words: &Receiver<Vec<u8>>) -> String {
    let end = Instant::now() + REST;
    let next = || words.recv_timeout(end.saturating_duration_since(Instant::now())).ok();
    let bytes: Vec<u8> = std::iter::from_fn(next).flatten().collect();
    let text = one_line(&String::from_utf8_lossy(&bytes));
    if text.is_empty() { "it said nothing".to_owned() } else { text }
}
