//! How a score comes about, number by number.

use super::verdict::{Reason, Verdict};
use serde::Serialize;

/// One thing that counted, before and after the cap of its group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    /// As the verdict shows it; its weight is what it counts.
    #[serde(flatten)]
    pub reason: Reason,
    /// The group whose cap it shares.
    pub group: Option<String>,
    /// What it would count without a cap or bound, in log-odds.
    pub own_weight: f32,
}

/// The sum behind a verdict. Everything is in log-odds but the thresholds, which are scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What a message counts in which nothing is noticed.
    pub bias: f32,
    /// Everything that counted, weightiest first.
    pub counted: Vec<Counted>,
    /// Each group that was cut, and its cap.
    pub caps: Vec<(String, f32)>,
    /// Most that the learned part may count.
    pub learned_bound: f32,
    /// Bias and everything that counted.
    pub sum: f32,
    /// At or below this score: lead.
    pub lead: f32,
    /// At or above this score: spam.
    pub spam: f32,
    /// What comes of it.
    #[serde(skip)]
    pub verdict: Verdict,
}
