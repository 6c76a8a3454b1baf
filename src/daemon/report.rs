//! What the daemon tells whoever watches it.

use crate::domain::{Call, HearingStep, Label, Unreadable};
use crate::intake::FolderProblem;
use crate::pipeline::Outcome;

/// Something happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// So many new recordings were taken in.
    Found(usize),
    /// A file that looks like a recording cannot be read; it is held.
    Unreadable(&'a Unreadable),
    /// A folder cannot be read now.
    FolderProblem(&'a FolderProblem),
    /// Work on a call begins.
    Started(&'a Call),
    /// The call under work has come further.
    Step(HearingStep),
    /// Work on a call has ended.
    Finished(&'a Call, &'a Outcome),
    /// So many calls are old enough for their words to be forgotten, and they are.
    WordsForgotten(usize),
    /// What the owner has changed is in effect.
    Renewed,
    /// One message has waited for more than an hour; so many wait.
    Stuck(u64),
    /// None does any more.
    Unstuck,
    /// The numbers cannot be written: where and why.
    Unwritten(&'a str),
}

/// How many calls ended how, since the daemon started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Filed as lead.
    pub lead: usize,
    /// Filed as review.
    pub review: usize,
    /// Filed as spam.
    pub spam: usize,
    /// Filed as empty.
    pub empty: usize,
    /// To be tried again.
    pub deferred: usize,
    /// Given up.
    pub held: usize,
    /// Left because they were still growing (only known at the end of a single run).
    pub growing: usize,
    /// Folders that could not be read at the last scan (only known at the end of a single run).
    pub unread_folders: usize,
    /// Whether it was stopped before everything was done (only known at the end of a single run).
    pub stopped: bool,
}

impl Summary {
    pub(super) const fn count(&mut self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Filed(Label::Lead) => &mut self.lead,
            Outcome::Filed(Label::Review) => &mut self.review,
            Outcome::Filed(Label::Spam) => &mut self.spam,
            Outcome::Filed(Label::Empty) => &mut self.empty,
            Outcome::Deferred { .. } => &mut self.deferred,
            Outcome::Held { .. } => &mut self.held,
            Outcome::Forgotten => return,
        };
        *counter += 1;
    }
}
