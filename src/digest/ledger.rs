//! What the day's pitches would have cost.

use crate::domain::{Call, Owner, PhoneNumber};
use std::collections::BTreeMap;

/// From so many calls on, a caller is persistent.
const PERSISTENT: usize = 2;

/// Callbacks that need not be made, and who does not give up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Ledger {
    /// Callers that would have been called back, each once.
    pub callbacks: usize,
    /// What that would have taken.
    pub minutes: f64,
    /// And cost, in the owner's currency.
    pub cost: f64,
    /// Callers of two or more pitches, the most persistent first, and how often they called.
    pub persistent: Vec<(String, usize)>,
}

impl Ledger {
    /// Of the calls filed as spam, and the earlier ones of the same callers.
    pub(super) fn new(spam: &[&Call], earlier: &[Call], owner: &Owner) -> Self {
        let mut callers = BTreeMap::<&PhoneNumber, (String, usize)>::new();
        let mut nameless = 0;
        for call in spam {
            match &call.caller.number {
                Some(number) => callers.entry(number).or_insert_with(|| (call.caller.to_string(), 0)).1 += 1,
                None => nameless += 1,
            }
        }
        let callbacks = callers.len() + nameless;
        for call in earlier {
            if let Some((_, calls)) = call.caller.number.as_ref().and_then(|number| callers.get_mut(number)) {
                *calls += 1;
            }
        }
        let mut persistent: Vec<_> =
            callers.into_values().filter(|(_, calls)| *calls >= PERSISTENT).collect();
        persistent.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let minutes = f64::from(u32::try_from(callbacks).unwrap_or(u32::MAX)) * owner.minutes_per_callback;
        Self { callbacks, minutes, cost: minutes * owner.callback_cost_per_minute, persistent }
    }

    /// What was saved, in a sentence.
    pub(super) fn saved(&self) -> String {
        let callbacks =
            if self.callbacks == 1 { "1 callback" } else { &format!("{} callbacks", self.callbacks) };
        format!(
            "{callbacks} avoided: {:.0} minutes, and {:.2} on the telephone bill",
            self.minutes, self.cost
        )
    }

    /// Who does not give up, in a line each.
    pub(super) fn persistent(&self) -> impl Iterator<Item = String> {
        self.persistent.iter().map(|(who, calls)| format!("{who} has called {calls} times to sell"))
    }
}
