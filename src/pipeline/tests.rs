//! The way of one call when hearing goes well, badly, or not at all: a scripted ear, a real store and judge.

use super::{Ear, Line, LineError, Outcome};
use crate::domain::{
    Call, CallId, CallState, FileStamp, Found, Heard, HearingError, HearingStep, Label, Millis, Told,
    Transcript,
};
use crate::judge::{Judge, RuleSet, sample_owner};
use crate::store::Store;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

/// Says what it is told to, one answer a recording; with no answer left it never ends.
struct Script(VecDeque<Result<Heard, HearingError>>);

impl Ear for Script {
    async fn hear(
        &mut self,
        _: &Path,
        _: Option<&str>,
        _: &mut (dyn FnMut(HearingStep) + Send),
    ) -> Result<Heard, HearingError> {
        match self.0.pop_front() {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

/// Shared by the tests; it only ever goes forward.
static CLOCK: AtomicI64 = AtomicI64::new(1_000);

fn clock() -> Millis {
    Millis(CLOCK.fetch_add(1, Ordering::SeqCst))
}

fn words(text: &str) -> Heard {
    let transcript =
        Transcript { text: text.to_owned(), language: Some("en".to_owned()), ..Transcript::default() };
    Heard { transcript, audio_ms: 3_000, took_ms: 100, format: "WAV".to_owned(), notes: Vec::new() }
}

fn passing() -> HearingError {
    HearingError::Passing("the recogniser died".to_owned())
}

/// A line over one found recording, and the folder that holds its state.
fn line(answers: impl IntoIterator<Item = Result<Heard, HearingError>>) -> (tempfile::TempDir, Line<Script>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let stamp = FileStamp {
        path: "/spool/a.wav".into(),
        device: 1,
        inode: 1,
        size: 1,
        modified_ns: 1,
        changed_ns: 1,
    };
    let found = Found {
        stamp,
        audio_sha256: "0".repeat(64),
        ending: "wav".to_owned(),
        lasts_ms: None,
        beside: Vec::new(),
        told: Told::default(),
        received: Millis(1),
    };
    store.record_found(&found, clock()).unwrap();
    let judge = Judge::new(&RuleSet::shipped().unwrap(), &sample_owner()).unwrap();
    let line = Line::new(store, Script(answers.into_iter().collect()), judge, clock);
    (folder, line)
}

fn call(line: &mut Line<Script>) -> Call {
    line.store().call(CallId(1)).unwrap().unwrap()
}

async fn work(line: &mut Line<Script>) -> Result<Outcome, LineError> {
    let call = call(line);
    line.work(call, &mut |_| {}, &mut ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_heard_is_judged_and_filed() {
    let (_folder, mut line) =
        line([Ok(words("My kitchen sink is leaking, could you come by on Tuesday and give me a quote?"))]);
    assert_eq!(work(&mut line).await.unwrap(), Outcome::Filed(Label::Lead));
    assert_eq!(call(&mut line).state, CallState::Filed);
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_trouble_is_tried_again_ever_later_and_then_held() {
    let (_folder, mut line) = line(std::iter::repeat_with(|| Err(passing())).take(5));
    let mut waits = Vec::new();
    for _ in 0..4 {
        let Outcome::Deferred { next_try, .. } = work(&mut line).await.unwrap() else {
            panic!("not deferred")
        };
        waits.push(next_try.0 - line.now().0);
    }
    assert!(waits.is_sorted() && waits[0] > 20_000 && waits[3] > 3_000_000, "{waits:?}");
    let Outcome::Held { problem } = work(&mut line).await.unwrap() else { panic!("not held") };
    assert_eq!(problem, "the recogniser died (tried 5 times)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_recording_is_held_at_once() {
    let (_folder, mut line) = line([Err(HearingError::Recording("text, not sound".to_owned()))]);
    assert_eq!(work(&mut line).await.unwrap(), Outcome::Held { problem: "text, not sound".to_owned() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_installation_stops_the_line_and_costs_the_call_no_attempt() {
    let (_folder, mut line) = line([Err(HearingError::Installation("no model".to_owned()))]);
    assert!(matches!(work(&mut line).await, Err(LineError::Installation(_))));
    let call = call(&mut line);
    assert_eq!((call.state, call.attempts), (CallState::Found, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_mid_message_costs_the_call_no_attempt() {
    let (_folder, mut line) = line([]);
    let began = tokio::time::timeout(std::time::Duration::from_millis(200), work(&mut line)).await;
    assert!(began.is_err(), "the script has no answer");
    assert_eq!(call(&mut line).attempts, 1, "counted before it begins");
    line.call_off().unwrap();
    assert_eq!(call(&mut line).attempts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_heard_is_not_heard_again() {
    // The script has no answer: hearing would never end.
    let (_folder, mut line) = line([]);
    let heard = words("Press one to lower your credit card interest rate, press two to be removed.");
    line.store().begin_attempt(CallId(1), Millis(5)).unwrap();
    line.store().heard(CallId(1), &heard, Millis(6)).unwrap();
    assert_eq!(work(&mut line).await.unwrap(), Outcome::Filed(Label::Spam));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_keeps_killing_dime_is_held_in_the_end() {
    let (_folder, mut line) = line([]);
    for _ in 0..12 {
        line.store().begin_attempt(CallId(1), clock()).unwrap();
    }
    let outcome = work(&mut line).await.unwrap();
    assert_eq!(outcome, Outcome::Held { problem: "begun 12 times and never finished".to_owned() });
}
