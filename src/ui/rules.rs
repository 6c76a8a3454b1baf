//! The table of rules.

use super::look::Look;
use comfy_table::{Cell, CellAlignment, Table};

/// Rules as (id, weight, group, plain words, file) in a table.
#[must_use]
pub fn rules_table<'a>(rules: impl Iterator<Item = [&'a str; 5]>, look: &Look) -> Table {
    let mut table = look.table();
    table.set_header(["rule", "weight", "group", "what it notices", "from"]);
    for [id, weight, group, description, source] in rules {
        table.add_row([
            Cell::new(id),
            Cell::new(weight).set_alignment(CellAlignment::Right),
            Cell::new(group),
            Cell::new(description),
            Cell::new(source),
        ]);
    }
    table
}
