//! The words of an HTML page, as lines.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{Token, Tokenizer};

/// Elements whose end, or beginning, ends a line.
const LINES: [&[u8]; 15] = [
    b"br",
    b"p",
    b"div",
    b"tr",
    b"table",
    b"li",
    b"ul",
    b"ol",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"hr",
    b"blockquote",
    b"body",
];

/// Elements whose content is not for reading.
const UNREAD: [&[u8]; 4] = [b"style", b"script", b"title", b"template"];

/// What a reader of `html` sees, a line a block. `html` may be anything.
pub(super) fn text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut text = String::new();
    let mut unread: Option<Vec<u8>> = None;
    for token in Tokenizer::new_with_emitter(html, emitter).flatten() {
        match token {
            Token::StartTag(tag) if unread.is_none() => {
                if UNREAD.contains(&tag.name.as_slice()) && !tag.self_closing {
                    unread = Some(tag.name.0);
                } else if LINES.contains(&tag.name.as_slice()) {
                    text.push('\n');
                }
            }
            Token::EndTag(tag) => {
                if unread.as_ref().is_some_and(|name| *name == tag.name.0) {
                    unread = None;
                } else if unread.is_none() && LINES.contains(&tag.name.as_slice()) {
                    text.push('\n');
                }
            }
            Token::String(words) if unread.is_none() => {
                // Where a line ends in the source is of no meaning.
                text.extend(
                    String::from_utf8_lossy(&words).chars().map(|c| if c.is_whitespace() { ' ' } else { c }),
                );
            }
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_page_becomes_its_lines() {
        let page = "<html><head><title>no</title><style>p { x: 'y' }</style></head><body><p>Pat\n&amp; Kim</p>\
            <div>one<br>two</div><script>var no = '<p>';</script>three</body></html>";
        let lines: Vec<String> = text(page).lines().map(|line| line.trim().to_owned()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, ["Pat & Kim", "one", "two", "three"]);
    }

    proptest::proptest! {
        #[test]
        fn no_page_is_trouble(page in ".*", loose in "[<>/a-z!&;#x\"=' -]{0,200}") {
            text(&page);
            text(&loose);
        }
    }
}
