//! Spam in a line each, the same message from many numbers in one.

use super::entry::when;
use crate::domain::safe::one_line;
use crate::domain::{Call, CallId};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// So many words at the start make two messages the same: recordings differ in their ends, where they were cut.
const SAME: usize = 8;

/// Calls with the same words.
#[derive(Debug, Clone)]
pub(super) struct Campaign {
    /// Newest first.
    pub calls: Vec<CallId>,
    pub who: String,
    pub when: String,
    pub reason: String,
    /// What corrects the newest.
    pub command: String,
}

impl Campaign {
    /// `calls`, newest first, with those of the same words in one.
    pub(super) fn fold(calls: &[&Call], zone: &TimeZone) -> Vec<Self> {
        let mut campaigns: Vec<Self> = Vec::new();
        let mut known = BTreeMap::<Vec<String>, usize>::new();
        for call in calls {
            let opening = opening(call);
            if let Some(campaign) = known.get(&opening).and_then(|at| campaigns.get_mut(*at)) {
                campaign.calls.push(call.id);
                campaign.who = format!("{} calls with the same words", campaign.calls.len());
                continue;
            }
            if opening.len() == SAME {
                known.insert(opening, campaigns.len());
            }
            campaigns.push(Self::of(call, zone));
        }
        campaigns
    }

    fn of(call: &Call, zone: &TimeZone) -> Self {
        let reason = call.verdict.as_ref().and_then(|verdict| verdict.main_reason());
        Self {
            calls: vec![call.id],
            who: call.caller.to_string(),
            when: when(call.received, zone),
            reason: match reason {
                _ if call.marked.is_some() => "you said so".to_owned(),
                Some(reason) => one_line(&reason.to_string()),
                None => String::new(),
            },
            command: format!("dime mark {} lead", call.id),
        }
    }

    /// The calls' numbers: `12, 9, 4`.
    pub(super) fn ids(&self) -> String {
        self.calls.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// The first words, without figures and punctuation.
fn opening(call: &Call) -> Vec<String> {
    let text = call.heard.as_ref().map(|heard| heard.transcript.text.as_str()).unwrap_or_default();
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.take(SAME).map(str::to_lowercase).collect()
}
