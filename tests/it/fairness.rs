//! Whether names of people and places, and the number and name that the line shows, change verdicts: they must not.

use crate::labelled::{Changes, Draw, Labelled, folder, message, messages};
use dime::domain::{Owner, PhoneNumber};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::sync::LazyLock;

/// Swaps for each message, each for names of another culture.
const SWAPS: usize = 5;

/// Of these, how many of only what the line shows.
const LINE_SWAPS: usize = 2;

/// Codes that belong to no place. A number with one gets another such: that it is free says who calls, not from where.
const TOLL_FREE: &[&str] = &["800", "833", "844", "855", "866", "877", "888"];

/// What stands before a name that might be another word.
const BEFORE_A_NAME: &[&str] = &[
    "this is", "This is", "name is", "Name is", "name's", "Name's", "name of", "I'm", "I am", "Hi", "Hey",
    "Hello", "Mr.", "Mr", "Mrs.", "Mrs", "Ms.", "Ms", "Miss", "Dr.", "Dr",
];

/// How the line ends the name of a place.
const STATE_CODES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS",
    "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC",
    "ND", "OH", "OK", "ON", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI",
    "WY",
];

/// Most pieces of one name: St. Francis Drive has three, Jean-Baptiste two.
const PIECES: usize = 4;

/// `tests/messages/names.toml`.
#[derive(Deserialize)]
struct Names {
    find: Find,
    culture: BTreeMap<String, Culture>,
}

/// What is looked for.
#[derive(Deserialize)]
struct Find {
    first: Vec<String>,
    last: Vec<String>,
    unclear: Vec<String>,
    towns: Vec<String>,
    states: Vec<String>,
    streets: Vec<String>,
}

/// What is put in its place.
#[derive(Deserialize)]
struct Culture {
    first: Vec<String>,
    last: Vec<String>,
    towns: Vec<String>,
    states: Vec<String>,
    streets: Vec<String>,
    numbers: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    First,
    Last,
    Unclear,
    Town,
    State,
    Street,
}

impl Culture {
    fn names(&self, kind: Kind) -> &[String] {
        match kind {
            Kind::First | Kind::Unclear => &self.first,
            Kind::Last => &self.last,
            Kind::Town => &self.towns,
            Kind::State => &self.states,
            Kind::Street => &self.streets,
        }
    }
}

/// Finds names in messages, by the name in lower case: how it is written, and what it is.
struct Finder(HashMap<String, (&'static str, Kind)>);

static NAMES: LazyLock<Names> =
    LazyLock::new(|| toml::from_str(&fs::read_to_string(folder().join("names.toml")).unwrap()).unwrap());

static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    let find = &NAMES.find;
    let lists = [
        (&find.unclear, Kind::Unclear),
        (&find.last, Kind::Last),
        (&find.first, Kind::First),
        (&find.states, Kind::State),
        (&find.streets, Kind::Street),
        (&find.towns, Kind::Town),
    ];
    let of = |name: &'static String, kind| (name.to_lowercase(), (name.as_str(), kind));
    let names = lists.into_iter().flat_map(|(names, kind)| names.iter().map(move |name| of(name, kind)));
    Finder(names.collect())
});

impl Finder {
    /// The name at the beginning of `text`, the longest, and what it is: New York before York.
    fn name<'a>(&self, text: &'a str, case: Case) -> Option<(&'a str, Kind)> {
        let names = ends(text).into_iter().rev().filter_map(|end| {
            let name = &text[..end];
            let (written, kind) = self.0.get(&name.to_lowercase())?;
            (case == Case::Capitals || *written == name).then_some((name, *kind))
        });
        { names }.next()
    }

    /// Whether a name that might be another word is one after `before`.
    fn is_name_after(&self, before: &str) -> bool {
        let before = before.trim_end();
        let last = before.rsplit(' ').next().unwrap_or_default().to_lowercase();
        BEFORE_A_NAME.iter().any(|words| before.ends_with(words))
            || self.0.get(&last).is_some_and(|(_, kind)| *kind == Kind::First)
    }
}

/// How names are written.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    /// As in the lists.
    Listed,
    /// All in capitals, as the line shows them.
    Capitals,
}

/// Where the first few words of `text` end.
fn ends(text: &str) -> Vec<usize> {
    let mut inside = false;
    let mut ends = Vec::with_capacity(PIECES);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if inside && !c.is_alphanumeric() {
            ends.push(at);
        }
        if ends.len() == PIECES {
            break;
        }
        inside = c.is_alphanumeric();
    }
    ends
}

/// Puts names of one culture into one message, the same for the same wherever it stands.
struct Swap {
    culture: &'static Culture,
    owners: HashSet<String>,
    put: HashMap<String, String>,
    draw: Draw,
}

impl Swap {
    fn new(labelled: &Labelled, place: usize, swap: usize) -> Self {
        let cultures = &NAMES.culture;
        let (name, culture) = cultures.iter().nth((place * SWAPS + swap) % cultures.len()).unwrap();
        let Owner { name: own, business, town, .. } = labelled.owner();
        Self {
            culture,
            owners: [own, business, town].into_iter().flat_map(|words| parts(words)).collect(),
            put: HashMap::new(),
            draw: Draw::new(&format!("{} {name}", labelled.id)),
        }
    }

    /// Another name for `name`; the owner's own stay.
    fn another(&mut self, name: &str, kind: Kind) -> String {
        if parts(name).any(|part| self.owners.contains(&part)) {
            return name.to_owned();
        }
        let names = self.culture.names(kind);
        let new = &names[self.draw.below(names.len())];
        self.put.entry(name.to_lowercase()).or_insert_with(|| new.clone()).clone()
    }

    /// `text`, with other names.
    fn swapped(&mut self, text: &str, case: Case) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let is_name = |kind| match case {
                Case::Listed => kind != Kind::Unclear || FINDER.is_name_after(&text[..at]),
                Case::Capitals => kind != Kind::Unclear,
            };
            let name = if c.is_alphanumeric() { FINDER.name(&text[at..], case) } else { None };
            let length = if let Some((name, kind)) = name.filter(|(_, kind)| is_name(*kind)) {
                let another = self.another(name, kind);
                out.push_str(&if case == Case::Capitals { another.to_uppercase() } else { another });
                name.len()
            } else {
                let word = text[at..].find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len() - at);
                let length = if word == 0 { c.len_utf8() } else { word };
                out.push_str(&text[at..at + length]);
                length
            };
            at += length;
        }
        out
    }

    /// The name the line shows, for another: of a place, of a person, or with other names in it.
    fn shown(&mut self, name: &str) -> String {
        let words: Vec<_> = name.split(' ').collect();
        if words.len() > 1 && words.last().is_some_and(|last| STATE_CODES.contains(last)) {
            return self.another(name, Kind::Town).to_uppercase();
        }
        if words.len() == 2 && words.iter().any(|word| word.len() == 1) {
            return self.another(name, Kind::Last).to_uppercase();
        }
        self.swapped(name, Case::Capitals)
    }

    /// The number the line shows, for another. A withheld number stays withheld.
    fn number(&mut self, number: &str) -> String {
        let Some((code, rest)) = number.strip_prefix("+1").and_then(|number| number.split_at_checked(3))
        else {
            return if number.is_empty() { String::new() } else { self.pick_number() };
        };
        if TOLL_FREE.contains(&code) {
            format!("+1{}{rest}", TOLL_FREE[self.draw.below(TOLL_FREE.len())])
        } else {
            self.pick_number()
        }
    }

    fn pick_number(&mut self) -> String {
        self.culture.numbers[self.draw.below(self.culture.numbers.len())].clone()
    }
}

/// The words of a name, in lower case.
fn parts(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 1).map(str::to_lowercase)
}

/// `+15095550196` as callers' words are written: `509-555-0196`.
fn dashed(number: &str) -> Option<String> {
    let (code, rest) = number.strip_prefix("+1")?.split_at_checked(3)?;
    let (exchange, line) = rest.split_at_checked(3)?;
    Some(format!("{code}-{exchange}-{line}"))
}

/// `text`, with `new` where the caller says the number that the line shows.
fn with_number(text: &str, old: &str, new: &str) -> String {
    let Some(old) = dashed(old) else { return text.to_owned() };
    text.replace(&old, &dashed(new).unwrap_or_else(|| new.to_owned()))
}

#[test]
fn names_of_people_and_places_change_no_verdict() {
    let mut changes = Changes::default();
    let mut all = 0;
    for (place, labelled) in messages().enumerate() {
        let before = labelled.judged(&labelled.message());
        for swap in 0..SWAPS {
            all += 1;
            let mut swap = Swap::new(labelled, place, swap);
            let text = swap.swapped(&labelled.text, Case::Listed);
            if text == labelled.text {
                continue; // names nobody: would only make the share look better
            }
            let number = swap.number(&labelled.caller_number);
            let text = with_number(&text, &labelled.caller_number, &number);
            let after = labelled.judged(&message(&text, &number, &swap.shown(&labelled.caller_name)));
            changes.add(&before, &after, || format!("{}: {text}", labelled.id));
        }
    }
    let report = changes.report();
    println!("{report}");
    assert!(changes.tried() * 2 > all, "names were found in {} of {all} only", changes.tried());
    assert!(changes.kept() >= 0.995 && changes.moved() < 0.01, "{report}");
}

#[test]
fn the_number_and_the_name_the_line_shows_change_no_verdict() {
    let mut changes = Changes::default();
    for (place, labelled) in messages().enumerate() {
        let before = labelled.judged(&labelled.message());
        for swap in 0..LINE_SWAPS {
            let mut swap = Swap::new(labelled, place, swap);
            let (number, name) = (swap.number(&labelled.caller_number), swap.shown(&labelled.caller_name));
            if (&number, &name) == (&labelled.caller_number, &labelled.caller_name) {
                continue;
            }
            let text = with_number(&labelled.text, &labelled.caller_number, &number);
            let after = labelled.judged(&message(&text, &number, &name));
            changes.add(&before, &after, || format!("{} from {number} {name}: {text}", labelled.id));
        }
    }
    let report = changes.report();
    println!("{report}");
    assert!(changes.kept() >= 0.995 && changes.moved() < 0.01, "{report}");
}

#[test]
fn every_number_put_in_is_a_number() {
    let numbers = NAMES.culture.values().flat_map(|culture| &culture.numbers);
    let wrong: Vec<_> = numbers.filter(|number| PhoneNumber::parse(number, "US").is_none()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn owners_keep_their_names_and_words_stay_words() {
    let labelled = messages().next().unwrap();
    let said = |text: &str| Swap::new(labelled, 0, 0).swapped(text, Case::Listed);
    let Owner { name, business, town, .. } = labelled.owner();
    let own = format!("Hi {name} of {business} in {town}.");
    for same in [own.as_str(), "Will you call? May I ask", "I found you on LinkedIn in April"] {
        assert_eq!(said(same), same);
    }
    for gone in ["Karen", "Tran", "Will", "Green", "Tacoma", "Ohio", "Alvernon"] {
        let text = "Hi, this is Will. Karen Tran and Jason Green of Tacoma, Ohio, on Alvernon; Karen's shop";
        assert!(!said(text).contains(gone), "{gone}: {}", said(text));
    }
}
