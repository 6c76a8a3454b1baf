//! Who called, from the one line in which telephone systems write it.

use super::plain::{NAME_CHARS, NUMBER_CHARS, line};
use crate::domain::{Caller, PhoneNumber};
use crate::intake::name::MARKERS;

/// Words that say nothing beside a marker: `Private Caller`, `No Caller ID`.
const FILLERS: [&str; 6] = ["caller", "number", "name", "id", "no", "not"];

/// Digits of the shortest number that two ways of writing it can have in common at their ends.
const LOCAL_DIGITS: usize = 7;

/// Reads `"Name" <number>` in all its variants: either part alone, quotes missing or escaped, `name (number)`,
/// `sip:number@host`.
///
/// `country` (ISO 3166) is where numbers without a country code are dialled from. What is not a valid number stays
/// as it was shown, in `raw_number`; a name that is only the number again is no name.
#[must_use]
pub fn caller_id(text: &str, country: &str) -> Caller {
    let text = line(text, NAME_CHARS + 2 * NUMBER_CHARS).unwrap_or_default();
    let (name, number) = parts(&text, country);
    caller(&name, number, country)
}

/// The caller of whom a system tells `name` and `number` apart; either may be empty.
#[must_use]
pub fn caller(name: &str, number: &str, country: &str) -> Caller {
    let mut caller = Caller::default();
    let shown = line(&address(number), NUMBER_CHARS).unwrap_or_default();
    let name = line(unquoted(name), NAME_CHARS).unwrap_or_default();
    let (shown, name) =
        if shown.is_empty() && is_number(&name, country) { (name, String::new()) } else { (shown, name) };
    caller.number = phone(&shown, country);
    if caller.number.is_none() && !shown.is_empty() {
        caller.raw_number = Some(shown.clone());
    }
    if name.is_empty() || repeats(&name, &shown, country) {
        return caller;
    }
    match (is_marker(&name), shown.is_empty()) {
        (false, _) => caller.name = Some(name),
        (true, true) => caller.raw_number = Some(name),
        (true, false) => {}
    }
    caller
}

/// `text` as a number dialled from `country`; `None` when anything but a number is in it.
#[must_use]
pub fn phone(text: &str, country: &str) -> Option<PhoneNumber> {
    let text = text.trim();
    if text.chars().nth(NUMBER_CHARS).is_some() {
        return None;
    }
    // Hyphens of every kind are written between digits.
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' => '-',
            '\u{a0}' => ' ',
            other => other,
        })
        .collect();
    looks_dialled(without_extension(&plain)).then(|| PhoneNumber::parse(&plain, country)).flatten()
}

/// The name and what is in the number's place, as they are written in `text`.
fn parts<'a>(text: &'a str, country: &str) -> (String, &'a str) {
    if let Some((before, rest)) = text.rsplit_once('<') {
        let (number, after) = rest.split_once('>').unwrap_or((rest, ""));
        let name = if before.trim().is_empty() { after } else { before };
        return (unescaped(name), number);
    }
    if let Some((name, rest)) = quoted(text) {
        return (name, rest.trim().trim_start_matches('(').trim_end_matches(')'));
    }
    if is_number(text, country) {
        return (String::new(), text);
    }
    if let Some((name, number)) = text.strip_suffix(')').and_then(|open| open.rsplit_once('('))
        && (looks_dialled(number) || is_marker(number) || has_scheme(number))
    {
        return (unescaped(name.trim_end_matches(['(', ' '])), number);
    }
    if let Some((name, number)) = text.rsplit_once(' ')
        && phone(number, country).is_some()
    {
        return (unescaped(name), number);
    }
    (unescaped(text), "")
}

/// The part of `text` in quotes at its beginning, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let (name, rest) = inner.split_at_checked(at)?;
                return Some((unescaped(name), rest.get(1..)?));
            }
            _ => {}
        }
    }
    None
}

/// `text` without the quotes around it, and without the marks that protect quotes in it.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut escaped = false;
    for c in unquoted(text).chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}

/// `text` without one quote at either end, be the other there or not.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    // A single quote alone is an apostrophe.
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.trim();
    }
    let text = text.strip_prefix('"').unwrap_or(text);
    match text.strip_suffix('"') {
        Some(rest) if !rest.ends_with('\\') => rest.trim(),
        _ => text.trim(),
    }
}

/// What is called in a SIP or telephone address; any other text as it is.
fn address(text: &str) -> String {
    let text = unquoted(text);
    let with_host = || text.split_once('@').filter(|(user, _)| looks_dialled(user) || is_marker(user));
    let Some(rest) = scheme(text).or_else(|| with_host().map(|_| text)) else { return text.to_owned() };
    let user = rest.split(['@', ';', '?']).next().unwrap_or_default();
    // `+` and `#` may be written as bytes in an address.
    user.replace("%2B", "+").replace("%2b", "+").replace("%23", "#").replace("%20", " ")
}

/// What follows `sip:`, `sips:` or `tel:`.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    ["sip", "sips", "tel"].iter().any(|known| scheme.trim().eq_ignore_ascii_case(known)).then_some(rest)
}

fn has_scheme(text: &str) -> bool {
    scheme(text).is_some()
}

/// Whether all of `text` stands in a number's place: dialled, an address of one, or a marker.
fn is_number(text: &str, country: &str) -> bool {
    let dialled = looks_dialled(text) && (phone(text, country).is_some() || !text.contains('('));
    let user = text.split_once('@').is_some_and(|(user, _)| looks_dialled(user));
    dialled || user || has_scheme(text) || is_marker(text) || phone(text, country).is_some()
}

/// Whether `text` has digits, and nothing but what is written between them.
fn looks_dialled(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || " +-./()*#".contains(c))
}

/// `text` without `x12`, `ext. 12` at its end.
fn without_extension(text: &str) -> &str {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['.', ' ', ':']);
    if rest.len() == text.len() {
        return text;
    }
    for word in ["extension", "ext", "x"] {
        let at = rest.len().saturating_sub(word.len());
        if let Some((number, end)) = rest.split_at_checked(at)
            && end.eq_ignore_ascii_case(word)
        {
            return number.trim_end_matches([' ', ',']);
        }
    }
    text
}

/// Whether `text` only says that the number, or the name, is not shown.
fn is_marker(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().take(5).map(str::to_lowercase).collect();
    let says = |word: &String| MARKERS.contains(&word.as_str()) || word == "blocked";
    let fills = |word: &String| FILLERS.contains(&word.as_str());
    words.len() < 5
        && words.iter().all(|word| says(word) || fills(word))
        && (words.iter().any(says) || words == ["no", "caller", "id"])
}

/// Whether `name` is what is shown in the number's place, perhaps written otherwise.
fn repeats(name: &str, shown: &str, country: &str) -> bool {
    if name.eq_ignore_ascii_case(shown) || address(name).eq_ignore_ascii_case(shown) {
        return true;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let (first, second) = (digits(name), digits(shown));
    let shorter = first.len().min(second.len());
    let same_end = first.ends_with(&second) || second.ends_with(&first);
    let same = same_end && (shorter >= LOCAL_DIGITS || first.len() == second.len());
    looks_dialled(name)
        && (same || phone(name, country).is_some_and(|one| Some(one) == phone(shown, country)))
}

#[cfg(test)]
mod tests {
    use super::{caller, caller_id};
    use crate::domain::Caller;

    fn read(text: &str) -> (Option<String>, Option<String>, Option<String>) {
        let Caller { number, raw_number, name } = caller_id(text, "US");
        (number.map(|number| number.to_string()), raw_number, name)
    }

    #[test]
    fn every_way_of_writing_name_and_number_is_read() {
        for text in [
            r#""Pat Lee" <5095550142>"#,
            r#""Pat Lee" <+1 (509) 555-0142>"#,
            "Pat Lee <5095550142>",
            "\"Pat Lee <5095550142>",
            "Pat Lee\" <5095550142",
            "'Pat Lee' <15095550142>",
            "<5095550142> Pat Lee",
            "Pat Lee (5095550142)",
            "Pat Lee ((509) 555-0142)",
            r#""Pat Lee" 5095550142"#,
            "Pat Lee 509-555-0142",
            r#""Pat Lee" <sip:+15095550142@pbx.example;user=phone>"#,
            r#""Pat Lee" <sip:%2B15095550142@pbx.example>"#,
            "Pat Lee <tel:+1-509-555-0142;ext=3>",
            "Pat Lee <5095550142@203.0.113.9:5060>",
            "Pat\u{1b} Lee\r\n <509\u{2011}555\u{2011}0142>",
        ] {
            let want = (Some("+15095550142".to_owned()), None, Some("Pat Lee".to_owned()));
            assert_eq!(read(text), want, "{text:?}");
        }
        assert_eq!(read(r#""Pat \"Red\" Lee" <5095550142>"#).2, Some(r#"Pat "Red" Lee"#.to_owned()));
    }

    #[test]
    fn either_part_may_be_alone() {
        let number = (Some("+15095550142".to_owned()), None, None);
        for text in [
            "5095550142",
            "(509) 555-0142",
            "<5095550142>",
            r#""" <5095550142>"#,
            r#""5095550142""#,
            r#""5095550142" <5095550142>"#,
            r#""+15095550142" <5095550142>"#,
            r#""(509) 555-0142" <+15095550142>"#,
            "5095550142 (5095550142)",
            r#""Unknown" <5095550142>"#,
            "sip:5095550142@pbx.example",
            "5095550142 ext. 12",
        ] {
            assert_eq!(read(text), number, "{text:?}");
        }
        for text in ["Pat Lee", "\"Pat Lee\"", "Pat Lee <>", "\"Pat Lee\" <"] {
            assert_eq!(read(text), (None, None, Some("Pat Lee".to_owned())), "{text:?}");
        }
        assert_eq!(read("Pat Lee (Unit 4)").2, Some("Pat Lee (Unit 4)".to_owned()));
        assert_eq!(read("1-800-FLOWERS").2, Some("1-800-FLOWERS".to_owned()));
    }

    #[test]
    fn what_is_no_number_stays_what_it_is() {
        for (text, raw, name) in [
            ("Unknown", Some("Unknown"), None),
            ("Private Caller", Some("Private Caller"), None),
            ("No Caller ID", Some("No Caller ID"), None),
            ("\"Anonymous\" <anonymous>", Some("anonymous"), None),
            ("<sip:anonymous@anonymous.invalid>", Some("anonymous"), None),
            ("Pat <pat@example.com>", Some("pat@example.com"), Some("Pat")),
            ("anonymous@anonymous.invalid <anonymous@anonymous.invalid>", Some("anonymous"), None),
            ("\"The Lees'\" <201>", Some("201"), Some("The Lees'")),
            ("\"Front desk\" <201>", Some("201"), Some("Front desk")),
            ("201", Some("201"), None),
            ("\"Pat\" <VOIPMSG>", Some("VOIPMSG"), Some("Pat")),
            ("\"Pat\" <0000000000>", Some("0000000000"), Some("Pat")),
            ("\"Pat\" <*67>", Some("*67"), Some("Pat")),
            ("Pat Lee (anonymous)", Some("anonymous"), Some("Pat Lee")),
            ("\"Pat\" <Pat5095550142>", Some("Pat5095550142"), Some("Pat")),
            ("", None, None),
            ("<>", None, None),
            ("\"\"", None, None),
        ] {
            assert_eq!(read(text), (None, raw.map(str::to_owned), name.map(str::to_owned)), "{text:?}");
        }
    }

    #[test]
    fn nobody_is_merged_by_a_cut() {
        let long = format!("<{}>", "5".repeat(5_000));
        assert_eq!(read(&long).0, None);
        let (_, raw, _) = read(&long);
        assert!(raw.unwrap().len() <= 100);
        assert!(caller(&"n".repeat(5_000), "", "US").name.unwrap().len() <= 200);
        assert_eq!(caller_id("5095550142", "").number, None, "no country: no guess");
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_trouble(text in ".*", loose in "[\"'<>()@:;%+0-9a-z \\\\]{0,60}", country in "[A-Za-z]{0,3}") {
            for text in [text, loose] {
                let caller = caller_id(&text, &country);
                for part in caller.raw_number.iter().chain(&caller.name) {
                    proptest::prop_assert!(!part.is_empty() && part.chars().count() <= 200);
                    proptest::prop_assert!(!part.chars().any(char::is_control));
                }
            }
        }
    }
}
