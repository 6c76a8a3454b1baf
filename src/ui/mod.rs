//! How answers look: tables and paragraphs for people, JSON for programs. Pure: nothing here prints.

mod call;
mod history;
mod json;
mod look;
mod rules;
mod sum;
mod verdict;
mod words;

pub use call::call_in_full;
pub use history::history_table;
pub use json::{CallLine, MessageLine, error_line, to_line};
pub use look::Look;
pub use rules::rules_table;
pub use sum::sum;
pub use verdict::verdict_in_full;
pub use words::{duration, moment, one_line_path};
