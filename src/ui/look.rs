//! For whom an answer is drawn: a terminal with colour and a width, or a pipe.

use crate::domain::{CallState, Label};
use comfy_table::{Color, ContentArrangement, LineStyle, Table, TableStyle};
use jiff::tz::TimeZone;

/// Columns of a table that goes to a pipe or a file.
const PIPE_WIDTH: u16 = 120;

/// A line under the head, and no other.
const RULED_HEAD: TableStyle = TableStyle::new().header_separator(LineStyle::new('─', '─', '─', '─'));

/// How to draw.
#[derive(Debug, Clone)]
pub struct Look {
    /// Whether colours may be used.
    pub colour: bool,
    /// Columns; `None` where there is no terminal.
    pub width: Option<u16>,
    /// The zone in which times are shown.
    pub zone: TimeZone,
}

impl Look {
    /// `text` in the colour of `label`, where colours may be used.
    #[must_use]
    pub fn label(&self, text: &str, label: Label) -> String {
        let code = match label {
            Label::Lead => "32",
            Label::Review => "33",
            Label::Spam => "31",
            Label::Empty => "2",
        };
        self.paint(text, code)
    }

    /// `text` as a heading.
    #[must_use]
    pub fn heading(&self, text: &str) -> String {
        self.paint(text, "1")
    }

    fn paint(&self, text: &str, code: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// An empty table as wide as the terminal.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(RULED_HEAD).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.width.unwrap_or(PIPE_WIDTH));
        if self.colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table
    }
}

/// The colour in a table of a call that stands so.
pub(super) const fn table_colour(state: CallState, label: Option<Label>) -> Color {
    match (state, label) {
        (CallState::Filed, Some(Label::Lead)) => Color::Green,
        (CallState::Filed, Some(Label::Review)) => Color::Yellow,
        (CallState::Held, _) | (CallState::Filed, Some(Label::Spam)) => Color::Red,
        _ => Color::Grey,
    }
}
