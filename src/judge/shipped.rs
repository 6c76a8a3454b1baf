//! The rule files that come with the program.

/// Name and text of each, in the order they are read.
pub(super) const SHIPPED: &[(&str, &str)] = &[
    ("thresholds.toml", include_str!("../../config/rules/thresholds.toml")),
    ("words.toml", include_str!("../../config/rules/words.toml")),
    ("discovery.toml", include_str!("../../config/rules/discovery.toml")),
    ("offers.toml", include_str!("../../config/rules/offers.toml")),
    ("pressure.toml", include_str!("../../config/rules/pressure.toml")),
    ("robocalls.toml", include_str!("../../config/rules/robocalls.toml")),
    ("scams.toml", include_str!("../../config/rules/scams.toml")),
    ("lead.toml", include_str!("../../config/rules/lead.toml")),
    ("owner.toml", include_str!("../../config/rules/owner.toml")),
    ("es/robocalls.toml", include_str!("../../config/rules/es/robocalls.toml")),
    ("composites.toml", include_str!("../../config/rules/composites.toml")),
];
