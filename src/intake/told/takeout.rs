//! What Google Takeout writes beside a voicemail: `… - Voicemail - 2018-07-23T16_23_31Z.html`.

use super::Told;
use super::caller::caller;
use super::plain::{rfc3339, transcript};
use html5gum::{EndTag, StartTag, Token, Tokenizer};
use std::collections::BTreeSet;

/// What a page is read of, in bytes: real ones have a few thousand.
const LONGEST: usize = 1_000_000;

/// A file name's first characters that must agree before a cut name is taken for the same.
const CUT_NAME_CHARS: usize = 40;

/// Reads the page beside a voicemail: caller, time, length, and Google's transcript.
///
/// `country` (ISO 3166) is where numbers without a country code are dialled from. Any bytes are read as a browser would.
#[must_use]
pub fn read(html: &[u8], country: &str) -> Told {
    let html = html.get(..LONGEST).unwrap_or(html);
    let mut page = Page::default();
    for token in Tokenizer::new(html).flatten() {
        match token {
            Token::StartTag(tag) => page.open(&tag),
            Token::EndTag(tag) => page.close(&tag),
            Token::String(text) => page.say(&text),
            _ => {}
        }
    }
    let title = page.title.trim();
    // The title is a sentence; the name beside the number is the name alone.
    let title = title.strip_prefix("Voicemail from").unwrap_or(title);
    let name = if page.name.trim().is_empty() { title } else { &page.name };
    Told {
        caller: caller(name, page.tel.as_deref().unwrap_or_default(), country),
        received: page.published.as_deref().and_then(rfc3339),
        transcript: transcript(&page.transcript),
        seconds: page.duration.as_deref().and_then(seconds),
        ..Told::default()
    }
}

/// Which text of the page is being read.
#[derive(Clone, Copy)]
enum Text {
    Title,
    Name,
    Transcript,
}

/// What was found so far; of what is there twice, the first.
#[derive(Default)]
struct Page {
    tel: Option<String>,
    /// Whether the number's place was passed, filled or not.
    has_tel: bool,
    published: Option<String>,
    duration: Option<String>,
    title: String,
    name: String,
    transcript: String,
    /// The element being read: its name, how many of that name are open in it, and where its text goes.
    inside: Option<(Vec<u8>, usize, Text)>,
}

impl Page {
    fn open(&mut self, tag: &StartTag<()>) {
        let tag_name: &[u8] = &tag.name;
        if let Some((name, open, _)) = &mut self.inside {
            if tag_name == b"br" {
                self.say(b"\n");
            } else if name == tag_name && !tag.self_closing {
                *open += 1;
            }
            return;
        }
        let is = |class: &str| has_class(tag, class);
        match tag_name {
            b"abbr" if is("published") => keep(&mut self.published, attribute(tag, b"title")),
            b"abbr" if is("duration") => keep(&mut self.duration, attribute(tag, b"title")),
            _ if is("full-text") && self.transcript.is_empty() => {
                self.inside = Some((tag_name.to_vec(), 1, Text::Transcript));
            }
            b"a" if is("tel") => {
                self.has_tel = true;
                keep(&mut self.tel, attribute(tag, b"href"));
            }
            _ if is("fn") && self.has_tel && self.name.is_empty() => {
                self.inside = Some((tag_name.to_vec(), 1, Text::Name));
            }
            _ if is("fn") && self.title.is_empty() => self.inside = Some((tag_name.to_vec(), 1, Text::Title)),
            _ => {}
        }
    }

    fn close(&mut self, tag: &EndTag<()>) {
        if let Some((name, open, _)) = &mut self.inside
            && *name == **tag.name
        {
            *open -= 1;
            if *open == 0 {
                self.inside = None;
            }
        }
    }

    fn say(&mut self, text: &[u8]) {
        let into = match &self.inside {
            Some((_, _, Text::Title)) => &mut self.title,
            Some((_, _, Text::Name)) => &mut self.name,
            Some((_, _, Text::Transcript)) => &mut self.transcript,
            None => return,
        };
        into.push_str(&String::from_utf8_lossy(text));
    }
}

fn keep(place: &mut Option<String>, value: Option<String>) {
    if place.is_none() {
        *place = value.filter(|value| !value.trim().is_empty());
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
}

fn has_class(tag: &StartTag<()>, class: &str) -> bool {
    tag.attributes
        .get(b"class".as_slice())
        .is_some_and(|value| value.split(u8::is_ascii_whitespace).any(|one| one == class.as_bytes()))
}

/// Whole seconds from `PT1M18S`.
fn seconds(text: &str) -> Option<u32> {
    let span: jiff::SignedDuration = text.trim().parse().ok()?;
    super::plain::seconds(&span.as_secs().to_string())
}

/// The name among `names` (one folder's) of the page of the recording `name`, or of the recording of the page `name`.
///
/// The same name but for the ending comes first. Otherwise one that Takeout cut short, or gave a `(1)`, where no
/// other fits either of the two: nothing is guessed.
#[must_use]
pub fn partner<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let others = |name: &str| -> Vec<&'a str> {
        names.iter().copied().filter(|other| is_page(other) != is_page(name)).collect()
    };
    if let Some(exact) = others(name).into_iter().find(|other| stem(other) == stem(name)) {
        return Some(exact);
    }
    // Who has a partner of just that name is out of the question.
    let pages: BTreeSet<&str> = names.iter().filter(|one| is_page(one)).map(|one| stem(one)).collect();
    let sounds: BTreeSet<&str> = names.iter().filter(|one| !is_page(one)).map(|one| stem(one)).collect();
    let is_free = |one: &str| !(pages.contains(stem(one)) && sounds.contains(stem(one)));
    let fitting = |name: &str| -> Option<&'a str> {
        let mut fit =
            others(name).into_iter().filter(|other| is_free(other) && fits(stem(name), stem(other)));
        fit.next().filter(|_| fit.next().is_none())
    };
    let found = fitting(name)?;
    fitting(found).is_some_and(|back| back == name).then_some(found)
}

fn is_page(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm")
}

/// `name` without its ending.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether two names are the same but for a count in brackets, or one is the beginning of the other.
fn fits(one: &str, other: &str) -> bool {
    let (one, other) = (uncounted(one), uncounted(other));
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short == long || (short.chars().count() >= CUT_NAME_CHARS && long.starts_with(short))
}

/// `stem` without a `(1)` at its end.
fn uncounted(stem: &str) -> &str {
    stem.strip_suffix(')')
        .and_then(|open| open.rsplit_once('('))
        .filter(|(_, count)| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(stem, |(rest, _)| rest.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{partner, read};
    use crate::domain::Millis;
    use crate::intake::told::Told;
    use crate::intake::told::testing::mutations;

    const GOOD: &str = r##"<?xml version="1.0" ?><!DOCTYPE html><html><head><title>Voicemail from
        Pat Lee</title><style>.fn { color: red }</style></head><body><div class="haudio"><span class="album">Call Log
        for </span><span class="fn">Voicemail from Pat &amp; Kim Lee</span><div class="contributor vcard">Voicemail from
        <a class="tel" href="tel:+15095550142"><span class="fn">Pat &amp; Kim Lee</span></a></div>
        <abbr class="published" title="2026-03-14T09:12:44.000-07:00">Mar 14, 2026</abbr><br/>
        <span class="description"><span class="full-text">Hello,<br>this is <span>Pat</span>.
        Please &#99;all.</span></span><audio controls="controls" src="x.mp3"><a rel="enclosure" href="x.mp3">Audio</a>
        </audio><abbr class="duration" title="PT1M18S">(00:01:18)</abbr><div class="tags">Labels:
        <a rel="tag" href="#">Voicemail</a></div></div></body></html>"##;

    #[test]
    fn a_page_tells_all_it_shows() {
        let told = read(GOOD.as_bytes(), "US");
        assert_eq!(told.caller.to_string(), "+15095550142 Pat & Kim Lee");
        assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
        assert_eq!(told.transcript.as_deref(), Some("Hello, this is Pat. Please call."));
        assert_eq!(told.seconds, Some(78));
    }

    #[test]
    fn what_a_page_does_not_tell_is_none() {
        assert_eq!(read(b"", "US"), Told::default());
        let page = br#"<a class="tel" href="tel:"><span class="fn"></span></a><abbr class=duration title=PT9999999H>"#;
        assert_eq!(read(page, "US"), Told::default());
        let page = r#"<span class="fn">Message vocal de Pat</span><a class="tel" href="tel:"><span class="fn">Pat</span></a>"#;
        assert_eq!(read(page.as_bytes(), "US").caller.to_string(), "Pat", "in another language");
        let page =
            br#"<span class="fn">Voicemail from +15095550142</span><a class="tel" href="tel:+15095550142">"#;
        let told = read(page, "US");
        assert_eq!(told.caller.to_string(), "+15095550142", "the number again is no name");
        let told = read(b"<span class=full-text>cut off in the mid", "US");
        assert_eq!(told.transcript.as_deref(), Some("cut off in the mid"));
    }

    #[test]
    fn deep_and_broken_pages_are_read_in_one_pass() {
        let _ = read("<span class=fn>".repeat(200_000).as_bytes(), "US");
        let _ = read("<a ".repeat(200_000).as_bytes(), "US");
        let _ = read("&#".repeat(200_000).as_bytes(), "US");
    }

    #[test]
    fn page_and_recording_find_each_other() {
        let long = "Pat and Kim Lee of the Very Long Name - Voicemail - 2026-03-14T16_12_44Z";
        let cut = long.get(..50).unwrap();
        let page = format!("{long}.html");
        let (sound, counted) = (format!("{cut}.mp3"), format!("{cut}(1).mp3"));
        for (name, names, want) in [
            ("a.mp3", vec!["a.html", "a.mp3", "b.html"], Some("a.html")),
            ("a.html", vec!["a.html", "a.mp3", "a(1).mp3"], Some("a.mp3")),
            ("a(1).mp3", vec!["a.html", "a.mp3", "a(1).mp3"], None),
            ("a(1).mp3", vec!["a.html", "a(1).mp3"], Some("a.html")),
            ("a.html", vec!["a.html", "a(1).mp3", "a(2).mp3"], None),
            (page.as_str(), vec![&page, &sound], Some(sound.as_str())),
            (sound.as_str(), vec![&page, &sound], Some(page.as_str())),
            (sound.as_str(), vec![&page, &sound, &counted], None),
            ("a.mp3", vec!["ab.html", "a.mp3"], None),
            ("a.mp3", vec![], None),
        ] {
            assert_eq!(partner(name, &names), want, "{name} among {names:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_trouble(bytes in mutations(GOOD.as_bytes())) {
            let told = read(&bytes, "US");
            proptest::prop_assert!(told.caller.name.is_none_or(|name| name.chars().count() <= 200));
        }

        #[test]
        fn no_names_are_trouble(name in ".{0,80}", names in proptest::collection::vec("[ab() .1]{0,6}(html|mp3)?", 0..8)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let _ = partner(&name, &names);
            for name in &names {
                let _ = partner(name, &names);
            }
        }
    }
}
