//! Takes one call as far as it will go.

use super::ear::Ear;
use super::retry::{is_suspect, wait_after};
use crate::domain::{
    Call, CallId, CallState, Caller, Heard, HearingError, HearingStep, Label, Message, Millis, Verdict,
};
use crate::judge::Judge;
use crate::store::{Store, StoreError};
use std::future::Future;
use std::path::{Path, PathBuf};
use tokio::task::block_in_place;

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Judged and filed.
    Filed(Label),
    /// To be tried again.
    Deferred {
        /// What went wrong.
        problem: String,
        /// When.
        next_try: Millis,
    },
    /// Given up, for the owner to see.
    Held {
        /// What went wrong.
        problem: String,
    },
    /// Forgotten by the owner with its caller, while it was worked on.
    Forgotten,
}

/// What stops the whole line, not only one call.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The state cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing can be heard until this is mended.
    #[error("{0}")]
    Installation(String),
}

/// What else is done while a message is heard: whoever hears is another process.
pub trait Meanwhile: Send {
    /// Returns when there is something to do. Dropped when the message is heard.
    fn due(&mut self) -> impl Future<Output = ()> + Send;

    /// Does it. Blocks.
    ///
    /// # Errors
    /// When no call at all can go on.
    fn act(&mut self, store: &mut Store, now: Millis) -> Result<(), LineError>;
}

/// Nothing.
impl Meanwhile for () {
    async fn due(&mut self) {
        std::future::pending::<()>().await;
    }

    fn act(&mut self, _: &mut Store, _: Millis) -> Result<(), LineError> {
        Ok(())
    }
}

/// Ear, judge and store in a row.
#[derive(Debug)]
pub struct Line<E> {
    store: Store,
    ear: E,
    judge: Judge,
    clock: fn() -> Millis,
    /// The call whose attempt is under way.
    begun: Option<CallId>,
}

impl<E: Ear> Line<E> {
    /// A line that takes the time from `clock`.
    #[must_use]
    pub const fn new(store: Store, ear: E, judge: Judge, clock: fn() -> Millis) -> Self {
        Self { store, ear, judge, clock, begun: None }
    }

    /// The store, for reading and for taking in new recordings. Off the async threads, please.
    pub const fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Judges by `judge` from now on, and hears with `ear` where one is given.
    pub fn renew(&mut self, judge: Judge, ear: Option<E>) {
        self.judge = judge;
        if let Some(ear) = ear {
            self.ear = ear;
        }
    }

    /// The time by this line's clock.
    #[must_use]
    pub fn now(&self) -> Millis {
        (self.clock)()
    }

    /// Takes `call` from where it stands to its end or aside. Every step is recorded before the next begins,
    /// so dropping this future, or the whole process, loses no step that was done.
    ///
    /// # Errors
    /// [`LineError`] when no call at all can go on.
    pub async fn work(
        &mut self,
        call: Call,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
        meanwhile: &mut impl Meanwhile,
    ) -> Result<Outcome, LineError> {
        let id = call.id;
        match self.step(call, on_step, meanwhile).await {
            Err(LineError::Store(StoreError::NoCall(gone))) if gone == id => {
                self.begun = None;
                Ok(Outcome::Forgotten)
            }
            // The store cannot take what this one call wants of it: the others go on.
            Err(LineError::Store(error)) if error.is_about_one_call() => {
                Ok(self.hold(id, error.to_string())?)
            }
            done => done,
        }
    }

    async fn step(
        &mut self,
        call: Call,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
        meanwhile: &mut impl Meanwhile,
    ) -> Result<Outcome, LineError> {
        let id = call.id;
        if is_suspect(call.attempts) {
            return Ok(self.hold(id, format!("begun {} times and never finished", call.attempts))?);
        }
        self.begin(id)?;
        let heard = match call.heard {
            Some(heard) if call.state == CallState::Heard => heard,
            _ => match self.hear(&call, on_step, meanwhile).await? {
                Ok(heard) => {
                    let now = self.now();
                    block_in_place(|| self.store.heard(id, &heard, now))?;
                    heard
                }
                Err(error) => return self.set_aside(id, error),
            },
        };
        let verdict = self.judge.judge(&message(&heard, call.caller));
        let now = self.now();
        block_in_place(|| self.store.filed(id, &verdict, now))?;
        self.begun = None;
        Ok(Outcome::Filed(verdict.label))
    }

    async fn hear(
        &mut self,
        call: &Call,
        on_step: &mut (dyn FnMut(HearingStep) + Send),
        meanwhile: &mut impl Meanwhile,
    ) -> Result<Result<Heard, HearingError>, LineError> {
        let path = self.where_it_lies(call)?;
        let sound = call.audio_sha256.as_deref();
        let mut hearing = std::pin::pin!(self.ear.hear(&path, sound, on_step));
        let heard = loop {
            tokio::select! {
                heard = &mut hearing => break heard,
                () = meanwhile.due() => block_in_place(|| meanwhile.act(&mut self.store, (self.clock)()))?,
            }
        };
        let is_another = |now: &Call| sound.is_some() && now.audio_sha256.as_deref() != sound;
        match block_in_place(|| self.store.call(call.id))? {
            Some(now) if is_another(&now) => {
                Ok(Err(HearingError::Passing("the message was recorded anew meanwhile".to_owned())))
            }
            _ => Ok(heard),
        }
    }

    /// dime's own copy, else where the recording was last seen, else where another copy of it lies.
    fn where_it_lies(&self, call: &Call) -> Result<PathBuf, StoreError> {
        block_in_place(|| {
            if let Some(own) = self.store.copy_of(call.id)? {
                return Ok(own);
            }
            if call.path.exists() {
                return Ok(call.path.clone());
            }
            let copy = self.store.paths(call.id)?.into_iter().find(|path| path.exists());
            Ok(copy.unwrap_or_else(|| call.path.clone()))
        })
    }

    /// Counts an attempt before it begins, so that a message that kills this process is noticed.
    fn begin(&mut self, id: CallId) -> Result<(), StoreError> {
        let now = self.now();
        block_in_place(|| self.store.begin_attempt(id, now))?;
        self.begun = Some(id);
        Ok(())
    }

    /// Takes back the attempt that was begun and given up through no fault of the message.
    ///
    /// # Errors
    /// When the state cannot be written.
    pub fn call_off(&mut self) -> Result<(), LineError> {
        if let Some(id) = self.begun.take() {
            let now = self.now();
            block_in_place(|| self.store.call_off_attempt(id, now))?;
        }
        Ok(())
    }

    fn set_aside(&mut self, id: CallId, error: HearingError) -> Result<Outcome, LineError> {
        match error {
            HearingError::Recording(problem) => Ok(self.hold(id, problem)?),
            HearingError::Installation(problem) => {
                self.call_off()?;
                Err(LineError::Installation(problem))
            }
            HearingError::Passing(problem) => {
                let failure = block_in_place(|| self.store.failures(id))?.saturating_add(1);
                let Some(wait) = wait_after(failure) else {
                    return Ok(self.hold(id, format!("{problem} (tried {failure} times)"))?);
                };
                let now = self.now();
                let next_try = now.after(wait);
                block_in_place(|| self.store.deferred(id, &problem, next_try, now))?;
                self.begun = None;
                Ok(Outcome::Deferred { problem, next_try })
            }
        }
    }

    fn hold(&mut self, id: CallId, problem: String) -> Result<Outcome, StoreError> {
        let now = self.now();
        block_in_place(|| self.store.held(id, &problem, now))?;
        self.begun = None;
        Ok(Outcome::Held { problem })
    }
}

/// Hears and judges the recording at `path` without filing it; `caller` is what is known of who left it.
///
/// # Errors
/// As [`Ear::hear`].
pub async fn screen(
    ear: &mut impl Ear,
    judge: &Judge,
    path: &Path,
    caller: Caller,
    on_step: &mut (dyn FnMut(HearingStep) + Send),
) -> Result<(Heard, Verdict), HearingError> {
    let heard = ear.hear(path, None, on_step).await?;
    let verdict = judge.judge(&message(&heard, caller));
    Ok((heard, verdict))
}

/// What the judge is told.
fn message(heard: &Heard, caller: Caller) -> Message {
    Message {
        text: heard.transcript.text.clone(),
        language: heard.transcript.language.clone(),
        caller_number: caller.number,
        caller_name: caller.name,
    }
}
