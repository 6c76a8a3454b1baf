//! Whether names of people and places, and the number and name that the line shows, change verdicts: they must not.

use crate::labelled::{Changes, Draw, Labelled, folder, message, messages};
use dime::domain::{Owner, PhoneNumber};
use regex::{Captures, Regex};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::sync::LazyLock;

/// Swaps for each message, each for names of another culture.
const SWAPS: usize = 5;

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

/// Finds names in messages.
struct Finder {
    /// By the name in lower case.
    kinds: HashMap<String, Kind>,
    /// In what is said.
    said: Regex,
    /// In the name that the line shows, which is in capitals.
    shown: Regex,
}

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
    let all = || lists.iter().flat_map(|(names, kind)| names.iter().map(move |name| (name, *kind)));
    let mut names: Vec<_> = all().map(|(name, _)| regex::escape(name)).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len())); // New York before York
    let any = names.join("|");
    Finder {
        kinds: all().map(|(name, kind)| (name.to_lowercase(), kind)).collect(),
        said: Regex::new(&format!(r"\b(?:{any})\b")).unwrap(),
        shown: Regex::new(&format!(r"\b(?i:{any})\b")).unwrap(),
    }
});

impl Finder {
    fn kind(&self, name: &str) -> Kind {
        self.kinds[&name.to_lowercase()]
    }

    /// Whether a name that might be another word is one after `before`.
    fn is_name_after(&self, before: &str) -> bool {
        let before = before.trim_end();
        let last = before.rsplit(' ').next().unwrap_or_default().to_lowercase();
        BEFORE_A_NAME.iter().any(|words| before.ends_with(words))
            || self.kinds.get(&last) == Some(&Kind::First)
    }
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

    /// What is said, with other names.
    fn said(&mut self, text: &str) -> String {
        let swap = |found: &Captures| {
            let name = found.get(0).unwrap();
            match FINDER.kind(name.as_str()) {
                Kind::Unclear if !FINDER.is_name_after(&text[..name.start()]) => name.as_str().to_owned(),
                kind => self.another(name.as_str(), kind),
            }
        };
        FINDER.said.replace_all(text, swap).into_owned()
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
        let swap = |found: &Captures| match FINDER.kind(&found[0]) {
            Kind::Unclear => found[0].to_owned(),
            kind => self.another(&found[0], kind).to_uppercase(),
        };
        FINDER.shown.replace_all(name, swap).into_owned()
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
            let text = swap.said(&labelled.text);
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
        for swap in 0..SWAPS {
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
    let labelled = messages().find(|labelled| labelled.owner == "web").unwrap();
    let said = |text: &str| Swap::new(labelled, 0, 0).said(text);
    for same in ["Hi Marisol in Wenatchee.", "Will you call? May I ask", "I found you on LinkedIn in April"] {
        assert_eq!(said(same), same);
    }
    for gone in ["Karen", "Tran", "Will", "Green", "Tacoma", "Ohio", "Alvernon"] {
        let text = "Hi, this is Will. Karen Tran and Jason Green of Tacoma, Ohio, on Alvernon; Karen's shop";
        assert!(!said(text).contains(gone), "{gone}: {}", said(text));
    }
}
