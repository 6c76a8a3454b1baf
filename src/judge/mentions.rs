//! What a message names: numbers, people, companies, web addresses, and where.

use super::names::{What, named};
use super::normalise::{Normal, Phone};
use super::token::{Kind, Token, tokens};
use crate::domain::{Mention, Mentions, Owner, PhoneNumber, Place};
use std::ops::Range;

/// Most of each kind that is kept.
const MOST: usize = 8;

/// Digits of a North American number without its area code, and of the area code.
const LOCAL: usize = 7;
const AREA: usize = 3;

/// Endings of web addresses that callers say.
const ENDINGS: &[&str] =
    &["com", "net", "org", "io", "co", "us", "biz", "info", "ai", "dev", "app", "shop", "uk", "ca", "de"];

/// Longest web address, in bytes (RFC 1035).
const LONGEST_ADDRESS: usize = 253;

/// What is known of both ends of the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Who is called.
    pub owner: &'a Owner,
    /// The owner's own numbers.
    pub own: &'a [PhoneNumber],
    /// The number that was shown.
    pub caller: Option<&'a PhoneNumber>,
}

/// Everything `said` names; the owner's own name, business and numbers are left out.
pub(super) fn mentions(said: &str, normal: &Normal, line: Line<'_>) -> Mentions {
    let mut keeper = Keeper { said, found: Mentions::default() };
    for phone in &normal.phones {
        if let Some(number) = line.number(phone).filter(|number| !line.own.contains(number)) {
            keeper.keep(|found| &mut found.numbers, number, &phone.place);
        }
    }
    let tokens = tokens(said);
    let is_number = |at: usize| {
        let place = tokens.get(at).map(|token| token.place.start);
        place.is_some_and(|place| normal.phones.iter().any(|phone| phone.place.start == place))
    };
    for named in named(said, &tokens, &is_number) {
        let last = named.at + named.length - 1;
        let Some((first, last)) = tokens.get(named.at).zip(tokens.get(last)) else { continue };
        let place = first.place.start..last.place.end;
        let piece = said.get(place.clone()).unwrap_or_default();
        if !line.is_owner(piece) {
            let piece = piece.split_whitespace().collect::<Vec<_>>().join(" ");
            match named.what {
                What::Person => keeper.keep(|found| &mut found.names, piece, &place),
                What::Company => keeper.keep(|found| &mut found.companies, piece, &place),
            }
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let (address, length) = address(&tokens, at);
        if let Some((address, place)) = address {
            keeper.keep(|found| &mut found.urls, address, &place);
        }
        at += length;
    }
    keeper.found
}

impl Line<'_> {
    /// The number that was said. Without its area code it is the caller's shown number where that ends the same,
    /// else it is taken to be of the owner's own area.
    fn number(&self, phone: &Phone) -> Option<PhoneNumber> {
        let digits = phone.digits.as_str();
        if digits.len() == LOCAL {
            if let Some(shown) = self.caller.filter(|shown| shown.as_str().ends_with(digits)) {
                return Some(shown.clone());
            }
            let own = self.own.first()?.as_str();
            let area = own.strip_prefix("+1")?.get(..AREA)?;
            return PhoneNumber::parse(&format!("+1{area}{digits}"), &self.owner.country);
        }
        let national = PhoneNumber::parse(digits, &self.owner.country);
        // A digit too many after an area code that is known here does not make it a number abroad.
        let is_local = self.areas().any(|area| digits.starts_with(area));
        national
            .or_else(|| PhoneNumber::parse(&format!("+{digits}"), &self.owner.country).filter(|_| !is_local))
    }

    /// The area codes of the number that was shown and of the owner's own, in North America.
    fn areas(&self) -> impl Iterator<Item = &str> {
        let numbers = self.caller.into_iter().chain(self.own);
        numbers.filter_map(|number| number.as_str().strip_prefix("+1")?.get(..AREA))
    }

    fn is_owner(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        let own = [&self.owner.name, &self.owner.business];
        own.iter().any(|own| !own.is_empty() && own.to_lowercase().contains(&lower))
    }
}

/// Collects what is named, each thing once.
struct Keeper<'a> {
    said: &'a str,
    found: Mentions,
}

impl Keeper<'_> {
    /// Keeps what stands at `place`, in bytes, unless it is known or there are enough.
    fn keep<T: PartialEq>(
        &mut self,
        list: impl FnOnce(&mut Mentions) -> &mut Vec<Mention<T>>,
        value: T,
        place: &Range<usize>,
    ) {
        let list = list(&mut self.found);
        if list.len() < MOST && !list.iter().any(|mention| mention.value == value) {
            let characters = |end: usize| {
                let before = self.said.get(..end)?;
                u32::try_from(before.chars().count()).ok()
            };
            let place = characters(place.start).zip(characters(place.end));
            list.push(Mention { value, place: place.map(|(start, end)| Place { start, end }) });
        }
    }
}

/// The web address that begins at token `at` with where in the text it stands, and how many tokens have been looked
/// at: `acme dental dot com` is read as `dental.com`, since nobody says where an address begins.
fn address(tokens: &[Token], at: usize) -> (Option<(String, Range<usize>)>, usize) {
    let word = |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word);
    let is_dot = |at: usize| word(at).is_some_and(|word| word.text == "dot");
    let Some(host) = word(at) else { return (None, 1) };
    let mut address = host.text.clone();
    let mut end = at + 1;
    let mut place = host.place.clone();
    while is_dot(end)
        && let Some(part) = word(end + 1)
    {
        address.push('.');
        address.push_str(&part.text);
        place.end = part.place.end;
        end += 2;
    }
    let ending = address.rsplit('.').next().unwrap_or_default();
    let found = end > at + 1 && address.len() <= LONGEST_ADDRESS && ENDINGS.contains(&ending);
    (found.then_some((address, place)), end - at)
}

#[cfg(test)]
mod tests {
    use super::super::normalise::Normal;
    use super::super::sample::sample_owner;
    use super::{Line, mentions};
    use crate::domain::{Mention, Mentions, PhoneNumber};

    fn from(said: &str, caller: Option<&str>) -> Mentions {
        let own = [PhoneNumber::parse("937-555-0100", "US").expect("number")];
        let caller = caller.and_then(|raw| PhoneNumber::parse(raw, "US"));
        let line = Line { owner: &sample_owner(), own: &own, caller: caller.as_ref() };
        mentions(said, &Normal::of(said), line)
    }

    fn found(said: &str) -> Mentions {
        from(said, None)
    }

    fn texts<T: ToString>(list: &[Mention<T>]) -> Vec<String> {
        list.iter().map(|mention| mention.value.to_string()).collect()
    }

    #[test]
    fn numbers_are_the_callers_own() {
        let said =
            "You are on 937-555-0100, I'm at five oh nine, five five five, oh one nine six, or 509-555-0196.";
        assert_eq!(texts(&found(said).numbers), ["+15095550196"]);
    }

    #[test]
    fn a_number_without_its_area_code_is_the_one_shown_or_a_local_one() {
        let said = "Jeff, triple five, oh one five seven.";
        assert_eq!(texts(&from(said, Some("+15095550157")).numbers), ["+15095550157"]);
        assert_eq!(
            texts(&from(said, Some("+15095550199")).numbers),
            ["+19375550157"],
            "the owner's own area"
        );
        assert_eq!(texts(&found("+44 20 7946 0018").numbers), ["+442079460018"]);
    }

    #[test]
    fn a_misheard_local_number_is_not_one_abroad() {
        let said = "I'm at 509-555-5-0134";
        assert!(from(said, Some("+15095550134")).numbers.is_empty(), "the line shows the area");
        assert!(found("I'm at 937-555-5-0134").numbers.is_empty(), "the owner's own area");
    }

    #[test]
    fn everything_is_found_again_where_it_stands() {
        let said =
            "Ça alors, this is José Ortiz from Acme Dental: five oh nine, 555, oh one nine six, acme dot com";
        let found = found(said);
        let said: Vec<char> = said.chars().collect();
        let back = |place: Option<crate::domain::Place>| {
            let place = place.expect("place");
            said[place.start as usize..place.end as usize].iter().collect::<String>()
        };
        assert_eq!(back(found.numbers[0].place), "five oh nine, 555, oh one nine six");
        assert_eq!(back(found.names[0].place), "José Ortiz");
        assert_eq!(back(found.companies[0].place), "Acme Dental");
        assert_eq!(back(found.urls[0].place), "acme dot com");
    }

    #[test]
    fn people_and_companies() {
        for (said, name, company) in [
            ("Hi Sam, this is Pat Lee from Acme Dental. Call me", "Pat Lee", "Acme Dental"),
            ("Hello, my name is José Ortiz, with the Oak & Vine Group", "José Ortiz", "Oak & Vine Group"),
            ("Yeah it's Eddie over at Pipe World about Monday", "Eddie", "Pipe World"),
            ("I'm Calling about Friday. It's Rivers Plumbing I want", "", ""),
            ("Priya here, calling from Superior Shine.", "Priya", "Superior Shine"),
            ("The sink again. Gwen Tsosie, 509-555-0195.", "Gwen Tsosie", ""),
            ("Call me back. Rosalind.", "Rosalind", ""),
            ("Three handsets, all dead. Lakeview Dental.", "", "Lakeview Dental"),
            ("Sam. Call me. Thursday. Please.", "", ""),
        ] {
            let found = found(said);
            let first =
                |list: &[Mention<String>]| list.first().map_or(String::new(), |name| name.value.clone());
            assert_eq!(first(&found.names), name, "{said}");
            assert_eq!(first(&found.companies), company, "{said}");
        }
    }

    #[test]
    fn web_addresses_said_or_written() {
        let said = "go to acme dot com or acme.com, or shop.co.uk";
        assert_eq!(texts(&found(said).urls), ["acme.com", "shop.co.uk"]);
        assert!(found("dot com. dot. a dot").urls.is_empty());
    }
}
