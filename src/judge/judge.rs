//! The judge: words in, verdict with reasons out.

use super::error::RuleProblem;
use super::find::Finder;
use super::language::{ENGLISH, foreign};
use super::learned;
use super::mask::Mask;
use super::mentions::{Line, mentions};
use super::normalise::Normal;
use super::rule::Rule;
use super::ruleset::{RuleSet, Thresholds};
use crate::domain::{
    Counted, Explanation, Label, Mentions, Message, Owner, PhoneNumber, Reason, Score, Verdict,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Most pieces of one quotation.
const MOST_PIECES: usize = 3;

/// What is between the pieces of a quotation.
const ELLIPSIS: &str = " … ";

/// The learned part of a shorter message is bounded more narrowly, in proportion to its words.
const ENOUGH_WORDS: f32 = 14.0;

/// What the learned part says for either side.
const LIKE_PITCHES: &str = "the wording is like that of pitches";
const LIKE_LEADS: &str = "the wording is like that of calls worth returning";

/// Rules made ready for one owner.
#[derive(Debug)]
pub struct Judge {
    rules: Vec<Rule>,
    caps: BTreeMap<String, f32>,
    thresholds: Thresholds,
    finder: Finder,
    mask: Mask,
    owner: Owner,
    own_numbers: Vec<PhoneNumber>,
}

/// One message, weighed.
struct Weighed {
    label: Label,
    score: Score,
    mentions: Mentions,
    /// Everything that counted, weightiest first.
    counted: Vec<Counted>,
    /// Bias and everything that counted, in log-odds.
    sum: f32,
}

impl Judge {
    /// Makes `rules` ready for `owner`.
    ///
    /// # Errors
    ///
    /// When a pattern grows too large once the owner's words are written into it.
    pub fn new(rules: &RuleSet, owner: &Owner) -> Result<Self, RuleProblem> {
        let own = owner.numbers.iter().filter_map(|number| PhoneNumber::parse(number, &owner.country));
        Ok(Self {
            finder: Finder::new(rules, owner)?,
            mask: Mask::new(owner),
            caps: rules.groups().iter().map(|(name, cap)| (name.clone(), cap.cap)).collect(),
            thresholds: rules.thresholds(),
            rules: rules.rules().cloned().collect(),
            own_numbers: own.collect(),
            owner: owner.clone(),
        })
    }

    /// Judges one message. The same message always gets the same verdict.
    #[must_use]
    pub fn judge(&self, message: &Message) -> Verdict {
        let Weighed { label, score, mentions, counted, .. } = self.weigh(message);
        let reasons = counted.into_iter().map(|counted| counted.reason).collect();
        Verdict { label, score, reasons, mentions }
    }

    /// Judges one message and says how its score comes about.
    #[must_use]
    pub fn explain(&self, message: &Message) -> Explanation {
        let Weighed { label, score, mentions, counted, sum } = self.weigh(message);
        let Thresholds { bias, lead, spam, learned } = self.thresholds;
        let reasons = counted.iter().map(|counted| counted.reason.clone()).collect();
        Explanation {
            bias,
            caps: self.cut(&counted),
            counted,
            learned_bound: learned,
            sum,
            lead,
            spam,
            verdict: Verdict { label, score, reasons, mentions },
        }
    }

    /// Everything that counts in one message, and what comes of it.
    fn weigh(&self, message: &Message) -> Weighed {
        let normal = Normal::of(&message.text);
        let line =
            Line { owner: &self.owner, own: &self.own_numbers, caller: message.caller_number.as_ref() };
        let mentions = mentions(&message.text, &normal, line);
        if normal.words.is_empty() {
            let counted = vec![remark("empty", "nothing is said".to_owned())];
            return Weighed { label: Label::Empty, score: Score(0.5), mentions, counted, sum: 0.0 };
        }
        let foreign = foreign(message, &normal);
        let language = foreign.as_ref().map_or(ENGLISH, |foreign| foreign.code.as_str());
        let mut counted = self.rules_that_count(&message.text, &normal, language);
        match &foreign {
            None => counted.extend(self.learned(&message.text, &normal)),
            Some(foreign) => {
                let why = format!("is in {}, which you have to judge yourself", foreign.name);
                counted.push(remark("language", why));
            }
        }
        counted.sort_by(|one, other| {
            let weight = |counted: &Counted| counted.reason.weight.abs();
            weight(other).total_cmp(&weight(one)).then_with(|| one.reason.rule.cmp(&other.reason.rule))
        });
        let Thresholds { bias, lead, spam, .. } = self.thresholds;
        let sum = bias + counted.iter().map(|counted| counted.reason.weight).sum::<f32>();
        let score = 1.0 / (1.0 + (-sum).exp());
        let label = if score >= spam {
            Label::Spam
        } else if score <= lead && foreign.is_none() {
            Label::Lead
        } else {
            Label::Review
        };
        Weighed { label, score: Score(score), mentions, counted, sum }
    }

    /// The ids of every rule that is true of `text`, also those that add nothing themselves.
    #[must_use]
    pub fn noticed(&self, text: &str) -> Vec<&str> {
        let hits = self.finder.find(&Normal::of(text));
        self.rules
            .iter()
            .zip(hits)
            .filter(|(_, hit)| hit.is_some())
            .map(|(rule, _)| rule.id.as_str())
            .collect()
    }

    /// The words of `text` as the learned part sees them, parted by spaces.
    #[must_use]
    pub fn words(&self, text: &str) -> String {
        let normal = Normal::of(text);
        self.mask.words(&normal).iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
    }

    /// Every rule that counts in a message of `language`, cut to the caps of the groups.
    fn rules_that_count(&self, said: &str, normal: &Normal, language: &str) -> Vec<Counted> {
        let hits = self.finder.find(normal);
        let counting = self.rules.iter().zip(&hits).filter_map(|(rule, hit)| {
            let hit = hit.as_ref().filter(|hit| !hit.replaced && rule.language == language)?;
            Some((rule, hit, rule.weight?))
        });
        let counting = counting.collect::<Vec<_>>();
        let mut sums = BTreeMap::<(&str, bool), f32>::new();
        for (rule, _, weight) in &counting {
            if let Some(group) = &rule.group {
                *sums.entry((group, *weight > 0.0)).or_default() += weight.abs();
            }
        }
        let share = |rule: &Rule, weight: f32| {
            let group = rule.group.as_deref()?;
            let (sum, cap) = (sums.get(&(group, weight > 0.0))?, self.caps.get(group)?);
            (sum > cap).then(|| cap / sum)
        };
        let counted = counting.iter().map(|(rule, hit, weight)| Counted {
            reason: Reason {
                rule: rule.id.clone(),
                weight: weight * share(rule, *weight).unwrap_or(1.0),
                why: rule.description.clone(),
                quote: quote(said, normal, &hit.spans),
            },
            group: rule.group.clone(),
            own_weight: *weight,
        });
        counted.collect()
    }

    /// The learned part as one reason, with the words that moved it; `None` where it is turned off.
    fn learned(&self, said: &str, normal: &Normal) -> Option<Counted> {
        // A few words are little to go by.
        let bound = self.thresholds.learned * (learned::number(normal.words.len()) / ENOUGH_WORDS).min(1.0);
        let learned = learned::SHIPPED.as_ref().filter(|_| bound > 0.0)?;
        let opinion = learned.read(normal, &self.mask.words(normal));
        let why = if opinion.log_odds > 0.0 { LIKE_PITCHES } else { LIKE_LEADS };
        Some(Counted {
            reason: Reason {
                rule: Reason::LEARNED.to_owned(),
                weight: opinion.log_odds.clamp(-bound, bound),
                why: why.to_owned(),
                quote: quote(said, normal, &opinion.telling(normal)),
            },
            group: None,
            own_weight: opinion.log_odds,
        })
    }

    /// The groups in which something was cut, with their caps.
    fn cut(&self, counted: &[Counted]) -> Vec<(String, f32)> {
        let is_cut = |counted: &&Counted| (counted.own_weight - counted.reason.weight).abs() > f32::EPSILON;
        let groups: BTreeSet<_> =
            counted.iter().filter(is_cut).filter_map(|cut| cut.group.as_ref()).collect();
        groups.into_iter().filter_map(|group| Some((group.clone(), *self.caps.get(group)?))).collect()
    }
}

/// A reason that is told and adds nothing.
fn remark(rule: &str, why: String) -> Counted {
    let reason = Reason { rule: rule.to_owned(), weight: 0.0, why, quote: String::new() };
    Counted { reason, group: None, own_weight: 0.0 }
}

/// The caller's own words for some spans of the plain form: the first ones, each word once.
fn quote(said: &str, normal: &Normal, spans: &[Range<usize>]) -> String {
    let mut pieces = Vec::with_capacity(MOST_PIECES);
    let mut end = 0;
    for span in spans {
        let words = normal.words_in(span.clone());
        let Some((first, last)) = words.first().zip(words.last()) else { continue };
        if first.place.start >= end && pieces.len() < MOST_PIECES {
            end = last.place.end;
            pieces.extend(said.get(first.place.start..end));
        }
    }
    pieces.join(ELLIPSIS)
}

#[cfg(test)]
mod tests {
    use super::super::ruleset::{RuleSet, RuleSource};
    use super::super::sample::sample_owner;
    use super::Judge;
    use crate::domain::{Label, Message, Owner, Verdict};
    use proptest::prelude::*;
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    static SAMPLE: LazyLock<Judge> =
        LazyLock::new(|| Judge::new(&RuleSet::shipped().expect("rules"), &sample_owner()).expect("judge"));

    static COPYWRITER: LazyLock<Judge> = LazyLock::new(|| {
        let owner = Owner {
            name: "Marisol Vega".to_owned(),
            business: "Harborview Web & Copy".to_owned(),
            town: "Wenatchee".to_owned(),
            services: ["web sites", "SEO copy", "newsletters"].map(str::to_owned).to_vec(),
            ..Owner::default()
        };
        Judge::new(&RuleSet::shipped().expect("rules"), &owner).expect("judge")
    });

    fn said(text: &str) -> Message {
        Message { text: text.to_owned(), ..Message::default() }
    }

    fn filed(judge: &Judge, text: &str) -> Label {
        judge.judge(&said(text)).label
    }

    /// A judge with one rule of weight 1 and the group cap given.
    fn small(rules: &str) -> Judge {
        let sources = [RuleSource { name: "small.toml".to_owned(), text: rules.to_owned() }];
        Judge::new(&RuleSet::parse(&sources).expect("rules"), &sample_owner()).expect("judge")
    }

    #[test]
    fn baits_and_pitches_are_spam() {
        for text in [
            "Hi, my name is Kevin. I found you on LinkedIn and wanted to discuss the services that your business offers. \
             Please give me a call back. Thank you.",
            "Hi, this is Jason, I was looking at your website and had a quick question about your business, give me a \
             call back when you get a chance.",
            "hello I came across your company online and I'd love to connect and learn more about what you do so call \
             me back at your earliest convenience",
            "This is Tyler with Summit Rank. We help small businesses get to the first page of Google, and I'd like to \
             offer you a free SEO audit, no obligation.",
            "Your Google business listing has not been verified. Press one to verify your listing now.",
            "You've been pre approved for a business loan of up to two hundred thousand dollars. Call us back today.",
            "This is an important message about your business account. Press 1 to speak with a representative.",
        ] {
            assert_eq!(filed(&COPYWRITER, text), Label::Spam, "{text}");
            assert_eq!(filed(&SAMPLE, text), Label::Spam, "{text}");
        }
    }

    #[test]
    fn people_with_a_need_are_leads() {
        for text in [
            "Hi Marisol, my name is Ellen. I run a small bakery in Wenatchee and we need a new website with online \
             ordering. Could you call me with a quote?",
            "Hi Marisol, this is Dan. I found you on LinkedIn. We're opening a second dental office in March and need the \
             site rewritten, about twelve pages. I'd like to discuss your services.",
            "I own a cider house in Cashmere and I'm looking for somebody to do SEO for our site. We used to rank on the \
             first page and now we don't. What do you charge?",
            "Marisol, it's Karen at Valley Dental. The newsletter you sent has the wrong phone number on page two, can \
             you fix it before Friday?",
        ] {
            assert_eq!(filed(&COPYWRITER, text), Label::Lead, "{text}");
        }
        let text = "It's Joe from Cascade Print. Your business cards are ready, you can pick them up any time before five.";
        assert_ne!(filed(&COPYWRITER, text), Label::Spam, "{text}");
        let text = "I do SEO for a living and need photographs for my new office";
        assert_eq!(filed(&SAMPLE, text), Label::Lead, "{text}");
    }

    #[test]
    fn too_little_to_tell_is_for_the_owner() {
        for text in [
            "Call me.",
            "Call me back.",
            "Hi, this is Bob, call me when you can.",
            "yes hello",
            "…so anyway, bye",
        ] {
            assert_eq!(filed(&COPYWRITER, text), Label::Review, "{text}");
        }
    }

    #[test]
    fn silence_is_empty_and_other_languages_are_for_the_owner() {
        for text in ["", " \n", "… !", "\u{200b}", "um, uh"] {
            assert_eq!(filed(&SAMPLE, text), Label::Empty, "{text:?}");
        }
        for (language, want) in [("es", Label::Review), ("en", Label::Spam), ("en-GB", Label::Spam)] {
            let message = Message { language: Some(language.to_owned()), ..said("press one to opt out") };
            assert_eq!(SAMPLE.judge(&message).label, want, "{language}");
        }
        let need = "Buenas tardes, se me rompió el calentador de agua y necesito que alguien venga mañana.";
        let verdict = SAMPLE.judge(&said(need));
        assert_eq!((verdict.label, verdict.reasons[0].rule.as_str()), (Label::Review, "language"));
        assert!(verdict.reasons[0].why.contains("Spanish"), "{verdict:?}");
        let robot =
            "Este es el último aviso sobre la garantía de su vehículo. Para hablar con un agente marque uno.";
        assert_eq!(filed(&SAMPLE, robot), Label::Spam);
    }

    #[test]
    fn reasons_quote_the_words_as_said() {
        let verdict =
            SAMPLE.judge(&said("Ça va? I FOUND you on Linked-In — and I’d like to discuss your services."));
        let reason =
            verdict.reasons.iter().find(|reason| reason.rule == "linkedin-discovery").expect("reason");
        assert_eq!(reason.quote, "FOUND you on Linked-In");
        assert!(verdict.reasons.is_sorted_by(|one, other| one.weight.abs() >= other.weight.abs()));
    }

    #[test]
    fn a_group_never_goes_beyond_its_cap() {
        let rule = |id: &str, word: &str| {
            format!(
                "[[rule]]\nid = '{id}'\ndescription = 'd'\nweight = 3.0\ngroup = 'g'\npatterns = ['{word}']\n\
                 match = ['{word}', '{word}']\nno_match = ['x', 'y']\n"
            )
        };
        let judge = small(&format!("[group.g]\ncap = 4.0\n{}{}", rule("one", "apple"), rule("two", "pear")));
        let weights =
            |text| judge.judge(&said(text)).reasons.iter().map(|reason| reason.weight).collect::<Vec<_>>();
        assert_eq!(weights("apple"), [3.0]);
        assert_eq!(weights("apple pear"), [2.0, 2.0]);
    }

    #[test]
    fn accent_origin_and_country_change_nothing() {
        let message =
            |name: &str| format!("Hello, my name is {name}. I need a price for a water heater for my house.");
        let scores = ["John Smith", "Olúwaṣeun Adéyẹmí", "Xiǎo Míng", "Владимир Петров", "Nguyễn Thị Hoa"]
            .map(|name| SAMPLE.judge(&said(&message(name))).score);
        // A name of three words makes the message longer, which counts, ever so little.
        assert!(scores.iter().all(|score| (score.0 - scores[0].0).abs() < 0.001), "{scores:?}");
        assert!(scores[..4].iter().all(|score| *score == scores[0]), "{scores:?}");
        let from = |number: &str| crate::domain::PhoneNumber::parse(number, "US");
        let with = |caller_number| {
            SAMPLE.judge(&Message { caller_number, ..said("I have a question about my boiler") })
        };
        assert_eq!(with(from("+15095550196")), with(from("+442079460018")));
    }

    #[test]
    fn hostile_text_takes_little_time() {
        let budget = Duration::from_secs(20); // debug build on a busy machine; release takes about 0.1 s
        for text in [
            "a ".repeat(500_000),
            "we can help you get more ".repeat(40_000),
            "\u{202e}\u{7}\u{1b}[31m".repeat(100_000),
            "five ".repeat(200_000),
            "555-".repeat(250_000),
            "my name is Bob from Acme ".repeat(40_000),
            "a".repeat(1_000_000),
            "x dot com ".repeat(100_000),
            "שלום ".repeat(100_000),
        ] {
            let start = Instant::now();
            let _ = SAMPLE.judge(&said(&text));
            assert!(start.elapsed() < budget, "{:?} for {:.20}", start.elapsed(), text);
        }
    }

    fn whole(verdict: &Verdict, text: &str) -> bool {
        verdict
            .reasons
            .iter()
            .all(|reason| reason.quote.split(super::ELLIPSIS).all(|piece| text.contains(piece)))
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_quote_was_said(text in "\\PC{0,200}|(?s).{0,80}") {
            let verdict = SAMPLE.judge(&said(&text));
            prop_assert!(whole(&verdict, &text));
            prop_assert_eq!(&verdict, &SAMPLE.judge(&said(&text)));
        }

        #[test]
        fn no_spoken_sentence_panics(words in proptest::collection::vec(
            proptest::sample::select(vec![
                "I", "found", "you", "on", "linked", "in", "press", "one", "five", "oh", "double", "555", "-", ".", ",",
                "my", "sink", "is", "leaking", "we", "help", "businesses", "İ", "ß", "’s", "n't", "dot", "com", "this", "from", "José",
            ]), 0..60)) {
            let text = words.join(" ");
            let verdict = COPYWRITER.judge(&said(&text));
            prop_assert!((0.0..=1.0).contains(&verdict.score.0));
            prop_assert!(whole(&verdict, &text));
        }
    }
}
