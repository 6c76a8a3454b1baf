//! A judgement and its reasons.

use super::label::Label;
use super::phone::PhoneNumber;
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// 0 (surely worth a call) to 1 (surely a pitch).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Score(pub f32);

/// One thing that counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's id.
    pub rule: String,
    /// What it added, in log-odds: above 0 speaks for a pitch, below 0 for a lead.
    pub weight: f32,
    /// The rule's plain words.
    pub why: String,
    /// The caller's own words that it rests on.
    pub quote: String,
}

/// One thing that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention<T> {
    /// What is named.
    pub value: T,
    /// Where in the words, where known.
    pub place: Option<Place>,
}

/// A stretch of a text, in Unicode characters from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "[u32; 2]")]
pub struct Place {
    /// The first character.
    pub start: u32,
    /// The one after the last.
    pub end: u32,
}

impl From<Place> for [u32; 2] {
    fn from(place: Place) -> Self {
        [place.start, place.end]
    }
}

/// What a message names, each kind in the order of the words, each thing once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Telephone numbers spoken.
    pub numbers: Vec<Mention<PhoneNumber>>,
    /// People.
    pub names: Vec<Mention<String>>,
    /// Companies.
    pub companies: Vec<Mention<String>>,
    /// Web addresses.
    pub urls: Vec<Mention<String>>,
}

/// `{"numbers": ["+15095550196"], …, "at": {"numbers": [[120, 168]], …}}`: values, and in the same order where
/// each stands.
impl Serialize for Mentions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Lists<N, T> {
            numbers: Vec<N>,
            names: Vec<T>,
            companies: Vec<T>,
            urls: Vec<T>,
        }
        #[derive(Serialize)]
        struct Shape<'a> {
            #[serde(flatten)]
            values: Lists<&'a PhoneNumber, &'a String>,
            at: Lists<Option<Place>, Option<Place>>,
        }
        fn values<T>(list: &[Mention<T>]) -> Vec<&T> {
            list.iter().map(|mention| &mention.value).collect()
        }
        fn places<T>(list: &[Mention<T>]) -> Vec<Option<Place>> {
            list.iter().map(|mention| mention.place).collect()
        }
        let Self { numbers, names, companies, urls } = self;
        let values = Lists {
            numbers: values(numbers),
            names: values(names),
            companies: values(companies),
            urls: values(urls),
        };
        let at = Lists {
            numbers: places(numbers),
            names: places(names),
            companies: places(companies),
            urls: places(urls),
        };
        Shape { values, at }.serialize(serializer)
    }
}

/// What the judge says of one message.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Where it is filed.
    pub label: Label,
    /// How sure, 0 to 1.
    pub score: Score,
    /// Everything that counted, weightiest first.
    pub reasons: Vec<Reason>,
    /// What the message names.
    pub mentions: Mentions,
}

impl Reason {
    /// The id of the learned part among the reasons.
    pub const LEARNED: &str = "learned";

    /// Whether it is the wording as a whole, and no rule.
    #[must_use]
    pub fn is_learned(&self) -> bool {
        self.rule == Self::LEARNED
    }
}

/// Its plain words, with the caller's own: `wants to discuss your services: “discuss your services”`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quote.as_str() {
            "" => f.write_str(&self.why),
            quote => write!(f, "{}: “{quote}”", self.why),
        }
    }
}

impl Verdict {
    /// The weightiest reason on the verdict's own side, else the weightiest of all.
    #[must_use]
    pub fn main_reason(&self) -> Option<&Reason> {
        let pitch = self.score.0 >= 0.5;
        let is_on_side = |reason: &&Reason| (reason.weight > 0.0) == pitch;
        // A rule says more than the wording as a whole, where one weighs anything.
        let telling =
            |reason: &&Reason| is_on_side(reason) && !reason.is_learned() && reason.weight.abs() >= 0.2;
        let mut reasons = self.reasons.iter();
        reasons.clone().find(telling).or_else(|| reasons.find(is_on_side)).or(self.reasons.first())
    }
}

#[cfg(test)]
mod tests {
    use super::{Mention, Mentions, Place};
    use crate::domain::PhoneNumber;

    #[test]
    fn values_and_places_are_lists_side_by_side() {
        let number = PhoneNumber::parse("+15095550196", "US").expect("number");
        let mentions = Mentions {
            numbers: vec![Mention { value: number, place: Some(Place { start: 3, end: 15 }) }],
            names: vec![Mention { value: "Pat".to_owned(), place: None }],
            ..Mentions::default()
        };
        let want = r#"{"numbers":["+15095550196"],"names":["Pat"],"companies":[],"urls":[],"at":{"numbers":[[3,15]],"names":[null],"companies":[],"urls":[]}}"#;
        assert_eq!(serde_json::to_string(&mentions).expect("json"), want);
    }
}
