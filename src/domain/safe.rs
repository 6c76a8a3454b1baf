//! Text from outside, made safe to show on a terminal.

/// `text` on one line without control characters, escape sequences' starts, or marks that reorder a line.
///
/// Every such character becomes a space (runs of white space become one space), so nothing that a caller,
/// a carrier or a file name contains can move the cursor, change colours or reverse what is read.
#[must_use]
pub fn one_line(text: &str) -> String {
    let spaced = text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect::<String>();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control characters, bidirectional overrides and isolates, and invisible joiners that hide text.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn nothing_from_outside_can_drive_a_terminal() {
        assert_eq!(one_line("a\u{1b}[31mred\u{7}\nb\u{202e}c"), "a [31mred b c");
        assert_eq!(one_line("  José\t Ángel  "), "José Ángel");
    }
}
