//! The day's calls → one letter. Pure: what is told is decided once, then written as plain text and as HTML.
//!
//! In this order: what needs ears, leads, what is to be reviewed, spam in a line each, how many were empty, and
//! what the day's pitches would have cost.

mod entry;
mod html;
mod ledger;
mod spam;
mod text;

use crate::domain::{Call, CallState, Label, Letter, Millis, Owner};
use entry::Entry;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::Ledger;
use spam::Campaign;

/// Everything that a letter is written from.
#[derive(Debug, Clone)]
pub struct Material {
    /// The day it is written on, in the owner's zone.
    pub date: Date,
    /// The zone in which times are told.
    pub zone: TimeZone,
    /// The calls it tells of, newest first.
    pub calls: Vec<Call>,
    /// What is wrong with dime itself.
    pub troubles: Vec<Trouble>,
    /// Since when the oldest message waits to be heard, where that is too long.
    pub stuck: Option<Millis>,
    /// Earlier calls of the callers of `calls` that were filed as spam.
    pub earlier_spam: Vec<Call>,
}

/// Something that is wrong with dime itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What and where, in one line.
    pub what: String,
    /// What can be done about it.
    pub help: String,
}

/// What is told, in order.
#[derive(Debug, Clone)]
pub struct Digest {
    date: Date,
    /// What is wrong with dime itself.
    troubles: Vec<Trouble>,
    /// Calls that could not be heard.
    ears: Vec<Entry>,
    leads: Vec<Entry>,
    review: Vec<Entry>,
    spam: Vec<Campaign>,
    empty: usize,
    ledger: Ledger,
}

/// Calls that are told in full.
struct Section<'a> {
    title: &'static str,
    label: &'static str,
    calls: &'a [Entry],
    /// Whether what speaks against a call is told too.
    both_sides: bool,
}

impl Digest {
    /// Decides what is told of `material` to this owner.
    #[must_use]
    pub fn new(material: &Material, owner: &Owner) -> Self {
        let zone = &material.zone;
        let filed = |label: Label| {
            let calls = material.calls.iter();
            calls.filter(move |call| call.state == CallState::Filed && call.label() == Some(label))
        };
        let entries = |label| filed(label).map(|call| Entry::new(call, zone)).collect::<Vec<_>>();
        let spam: Vec<&Call> = filed(Label::Spam).collect();
        let held = material.calls.iter().filter(|call| call.state == CallState::Held);
        let mut troubles = material.troubles.clone();
        troubles.extend(material.stuck.map(|since| stuck(since, zone)));
        Self {
            date: material.date,
            troubles,
            ears: held.map(|call| Entry::new(call, zone)).collect(),
            leads: entries(Label::Lead),
            review: entries(Label::Review),
            empty: filed(Label::Empty).count(),
            ledger: Ledger::new(&spam, &material.earlier_spam, owner),
            spam: Campaign::fold(&spam, zone),
        }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { troubles, ears, leads, review, spam, empty, .. } = self;
        troubles.is_empty()
            && [ears, leads, review].iter().all(|entries| entries.is_empty())
            && spam.is_empty()
            && *empty == 0
    }

    /// One line: `2 leads, 1 to review, 4 spam`; what needs ears comes first.
    #[must_use]
    pub fn subject(&self) -> String {
        let spam = self.spam.iter().map(|campaign| campaign.calls.len()).sum::<usize>();
        let counted = [
            (self.troubles.len(), "trouble", "troubles"),
            (self.ears.len(), "needs ears", "need ears"),
            (self.leads.len(), "lead", "leads"),
            (self.review.len(), "to review", "to review"),
            (spam, "spam", "spam"),
            (self.empty, "empty", "empty"),
        ];
        let parts: Vec<_> = counted
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        if parts.is_empty() { "no calls, and all is well".to_owned() } else { parts.join(", ") }
    }

    /// The letter as plain text, in lines of at most 72 characters where its words allow.
    #[must_use]
    pub fn text(&self) -> String {
        text::write(self)
    }

    /// The letter as HTML, with everything it needs in itself.
    ///
    /// # Errors
    /// Never for what this room tells; a fault of the template.
    pub fn html(&self) -> Result<String, std::fmt::Error> {
        html::write(self)
    }

    /// The letter, of which there is one with this `id`.
    ///
    /// # Errors
    /// As [`html`](Self::html).
    pub fn letter(&self, id: String, written: Millis) -> Result<Letter, std::fmt::Error> {
        Ok(Letter {
            id,
            thread: "digest".to_owned(),
            date: written,
            subject: format!("dime: {}", self.subject()),
            text: self.text(),
            html: self.html()?,
        })
    }

    /// The calls that are told in full.
    fn sections(&self) -> [Section<'_>; 2] {
        let section = |title, label: Label, calls| Section {
            title,
            label: label.as_str(),
            calls,
            both_sides: label == Label::Review,
        };
        [section("Leads", Label::Lead, &self.leads), section("To review", Label::Review, &self.review)]
    }

    /// The day as people write it.
    fn day(&self) -> String {
        self.date.strftime("%A, %-d %B %Y").to_string()
    }
}

fn stuck(since: Millis, zone: &TimeZone) -> Trouble {
    Trouble {
        what: format!("messages are waiting to be heard since {}", entry::when(since, zone)),
        help: "`dime doctor` says what is wrong; see that `dime watch` is running".to_owned(),
    }
}

#[cfg(test)]
mod tests;
