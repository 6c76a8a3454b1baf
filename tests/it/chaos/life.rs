//! The lives of a dime that is killed and started again.

use crate::home::{Home, recogniser_of};
use crate::labelled::Draw;
use serde_json::Value;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

/// When dime is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Life {
    /// After so long.
    For(Duration),
    /// So long after it took new recordings in.
    AfterTakeIn(Duration),
    /// So long after it started the process that hears.
    InHearing(Duration),
}

/// The longest life of the usual kind.
const LONGEST: Duration = Duration::from_millis(1_500);

impl Life {
    /// Any life of 1 ms to 1.5 s: short ones as often as long ones, and many that end in the middle of something.
    pub(crate) fn any(draw: &mut Draw) -> Self {
        let ms = |most: usize, draw: &mut Draw| Duration::from_millis(1 + draw.below(most) as u64);
        match draw.below(6) {
            0 => Self::For(ms(30, draw)),
            1 => Self::For(ms(200, draw)),
            2 => Self::For(ms(1_499, draw)),
            3 => Self::AfterTakeIn(ms(15, draw)),
            4 => Self::AfterTakeIn(ms(200, draw)),
            _ => Self::InHearing(ms(600, draw)),
        }
    }
}

/// Starts and kills the dime of one home.
pub(crate) struct Lives<'a> {
    home: &'a Home,
    log: PathBuf,
    /// From when it was at work to when it ended, of every life.
    pub(crate) spans: Vec<(Instant, Instant)>,
}

/// One that is going on, killed at the end of the test.
pub(crate) struct Living {
    child: Child,
    /// Where its part of the log begins.
    log_from: u64,
    since: Instant,
}

impl Drop for Living {
    fn drop(&mut self) {
        // SIGKILL, whatever it is doing.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl<'a> Lives<'a> {
    pub(crate) fn new(home: &'a Home) -> Self {
        Self { home, log: home.path().join("watch.log"), spans: Vec::new() }
    }

    /// Starts dime.
    pub(crate) fn begin(&self) -> Living {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let log_from = log.metadata().unwrap().len();
        let child = self.home.command(&["watch"]).stderr(log).spawn().unwrap();
        Living { child, log_from, since: Instant::now() }
    }

    /// Starts dime and kills it.
    pub(crate) fn one(&mut self, life: Life) {
        let mut living = self.begin();
        let end = |after: Duration| std::thread::sleep(after);
        match life {
            Life::For(time) => end(time),
            Life::AfterTakeIn(time) => {
                if until(&living, || self.log_of(&living).contains("new recordings")) {
                    end(time);
                }
            }
            Life::InHearing(time) => {
                if until(&living, || recogniser_of(living.child.id()).is_some()) {
                    end(time);
                }
            }
        }
        assert!(
            living.child.try_wait().unwrap().is_none(),
            "dime ended by itself:\n{}",
            self.log_of(&living)
        );
        let since = living.since;
        drop(living);
        self.spans.push((since, Instant::now()));
    }

    /// What this one has logged.
    fn log_of(&self, living: &Living) -> String {
        let log = fs::read(&self.log).unwrap();
        String::from_utf8_lossy(&log[usize::try_from(living.log_from).unwrap()..]).into_owned()
    }

    /// Lets it go on until nothing is left to do, and stops it in good order. What was put off is tried at once, once.
    pub(crate) fn work_off(&mut self, mut living: Living, patience: Duration) -> Vec<Value> {
        let begun = Instant::now();
        let (mut still, mut retried) = (0, Vec::new());
        let mut last = Vec::new();
        while still < 12 && begun.elapsed() < patience {
            std::thread::sleep(Duration::from_millis(250));
            assert!(living.child.try_wait().unwrap().is_none(), "dime ended:\n{}", self.log_of(&living));
            let calls = self.calls();
            for call in calls.iter().filter(|call| call["state"] == "deferred") {
                let id = call["id"].to_string();
                if !retried.contains(&id) {
                    self.home.dime(&["retry", &id]);
                    retried.push(id);
                }
            }
            let waiting = |call: &Value| call["state"] == "found" || call["state"] == "heard";
            still = if calls == last && !calls.iter().any(waiting) { still + 1 } else { 0 };
            last = calls;
        }
        self.spans.push((living.since, Instant::now()));
        crate::home::signal(living.child.id(), "TERM");
        let status = living.child.wait().unwrap();
        assert!(status.success(), "{status}:\n{}", self.log_of(&living));
        self.calls()
    }

    fn calls(&self) -> Vec<Value> {
        let done = self.home.dime(&["history", "--json", "--limit", "1000000"]);
        assert!([0, 3].contains(&done.status), "{}", done.err);
        done.json()
    }
}

/// Waits until `is_so`, at most the longest life.
fn until(living: &Living, is_so: impl Fn() -> bool) -> bool {
    while living.since.elapsed() < LONGEST {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    false
}
