//! The owner whom the rules' own examples are addressed to.

use crate::domain::Owner;

/// Sam Rivers, of Rivers Plumbing in Dayton.
#[must_use]
pub fn sample_owner() -> Owner {
    Owner {
        name: "Sam Rivers".to_owned(),
        business: "Rivers Plumbing".to_owned(),
        town: "Dayton".to_owned(),
        services: ["drains", "water heaters", "bathroom remodels"].map(str::to_owned).to_vec(),
        website: "riversplumbing.example".to_owned(),
        numbers: vec!["+19375550100".to_owned()],
        ..Owner::default()
    }
}
