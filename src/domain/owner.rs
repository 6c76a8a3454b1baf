//! Who is being called: what the judge may know of the owner.

use serde::{Deserialize, Serialize};

/// The `[owner]` part of the configuration. Every field may be empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Owner {
    /// The owner's own name, as callers say it.
    pub name: String,
    /// The business's name.
    pub business: String,
    /// The town it works in.
    pub town: String,
    /// What it sells, in customers' words.
    pub services: Vec<String>,
    /// Its web address.
    pub website: String,
    /// Its own telephone numbers.
    pub numbers: Vec<String>,
    /// ISO 3166 alpha-2 country, for reading numbers without a country code.
    pub country: String,
    /// What a minute of calling back costs, in the owner's currency.
    pub callback_cost_per_minute: f64,
    /// How long a needless callback lasts, in minutes.
    pub minutes_per_callback: f64,
}

impl Default for Owner {
    fn default() -> Self {
        Self {
            name: String::new(),
            business: String::new(),
            town: String::new(),
            services: Vec::new(),
            website: String::new(),
            numbers: Vec::new(),
            country: "US".to_owned(),
            callback_cost_per_minute: 0.10,
            minutes_per_callback: 6.0,
        }
    }
}
