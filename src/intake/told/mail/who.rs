//! Who called, from the words of a notification: `New voicemail from (509) 555-0142`.

use crate::domain::Caller;
use crate::intake::told::caller::{caller, caller_id, phone};
use regex::Regex;
use std::sync::LazyLock;

/// A name that stands alone in a subject is not longer than this, in characters.
const LONGEST_NAME: usize = 60;

/// `voicemail from`, `message (number 1) in mailbox 201 from`, with what follows: who.
static FROM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?isx) \b (?: voice[\ -]?mail | message | missed\ call ) s? \b [^@]{0,60}? \b from \b [\s:]+ (?<who> .{1,200} )",
    )
    .ok()
});

/// `Pat Lee (509-555-0142) left you a voicemail`, at the beginning of a line.
static LEFT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?im)^(?<who>[^@\r\n]{1,120}?)\s+(?:has\s+)?(?:just\s+)?left\s+(?:you\s+)?an?\s+(?:new\s+)?(?:voice|message)",
    )
    .ok()
});

/// A line of a body that names the caller.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?imx) ^ [\ \t*•-]* (?: from | caller | caller\ ?id | caller(?:'s)?\ (?:number|phone) | call(?:ing)?\ (?:from|number)
          | (?:phone|telephone)(?:\ number)? | number ) [\ \t*]* : [\ \t*]* (?<who> .{1,200} ) $",
    )
    .ok()
});

/// `"name" <number>`, or `name <number>`, before anything else.
static EXACT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^(?:"(?:[^"\\]|\\.)*"|[^"<>@]{0,100}?)\s*<[^<>]{1,100}>"#).ok());

/// A name, if any, and a number after it.
static NAME_NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) ^ (?<name> [^0-9@<>+]*? ) [\s(\[:,/|-]*
          (?<number> \+? (?: \d{1,3} [\s.\-]? )? (?: \( \d{1,5} \) [\s.\-]? )? \d (?: [\s./\-\u{a0}\u{2010}-\u{2015}]? \d ){4,14} )
          (?<time> : )? (?: \s* \( (?<after> [^()0-9]+ ) \) )?",
    )
    .ok()
});

/// Words that only lead to the number of somebody else.
static ELSEWHERE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:mailbox|voicemail|extension|ext|line|to|for|on|in|your|duration|length)\s*[.:#]?$")
        .ok()
});

/// Where a name ends in a sentence.
static NAME_END: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \s* (?: [,;\[\]|\r\n] | \.(?:\s|$) | [-–—]\s | \( | \b (?: at\ \d | on\ (?:mon|tue|wed|thu|fri|sat|sun|\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)
        | received\b | dated\b | in\ (?:your\ )?mailbox | for\ (?:mailbox|ext|\+?\(?\d) | to\ (?:mailbox|ext|\+?\(?\d) ) ) .* $",
    )
    .ok()
});

/// A caller without a number, at the beginning.
static WITHHELD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:an? )?((?:anonymous|withheld|private|restricted|unavailable|unknown|blocked)(?: (?:caller|number|name))?)\b")
        .ok()
});

/// The caller that `subject`, else `body`, tells. `sender` is the provider, who is never the caller, unless the words
/// say that the message is from that very number.
///
/// `country` (ISO 3166) is where numbers without a country code are dialled from.
pub(super) fn from_words(subject: &str, body: &str, sender: &str, country: &str) -> Caller {
    let places = || {
        let said = [(&FROM, subject), (&LEFT, subject), (&FROM, body), (&LEFT, body)];
        let said = said.into_iter().flat_map(|(pattern, text)| matches(pattern, text)).map(|who| (who, ""));
        // A body may repeat the sender's own line, `From: Provider <number>`.
        said.chain(matches(&LINE, body).into_iter().map(|who| (who, sender)))
    };
    places()
        .map(|(who, sender)| (numbered(&who, country), sender))
        .find_map(|(caller, sender)| {
            (caller.number.is_some() && !is_senders(&caller, sender)).then_some(caller)
        })
        .or_else(|| places().find_map(|(who, _)| numberless(&who, country)))
        .or_else(|| matches(&FROM, subject).into_iter().find_map(|who| named(&who, sender)))
        .unwrap_or_default()
}

/// FreeSWITCH's own subject: `Voicemail from "name" <num> <len>`.
pub(super) fn from_freeswitch(subject: &str, country: &str) -> Option<Caller> {
    static SUBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i)^(?:(?:fwd?|re)\s*:\s*)*voicemail from (?<who>".*" <[^<>]*>) <[^<>]*>$"#).ok()
    });
    let who = SUBJECT.as_ref()?.captures(subject.trim())?.name("who")?.as_str();
    Some(caller_id(who, country))
}

/// Everything in `text` that follows the pattern, on one line.
fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> Vec<String> {
    let Some(pattern) = pattern.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut at = 0;
    // One after the other may begin in what follows the first; a mail has few.
    while let Some(captures) = text.get(at..).and_then(|rest| pattern.captures(rest)) {
        let Some(who) = captures.name("who") else { break };
        found.push(who.as_str().split_whitespace().collect::<Vec<_>>().join(" "));
        at += if who.start() == 0 { captures.get_match().end() } else { who.start() };
        if found.len() == 10 {
            break;
        }
    }
    found
}

/// A caller with a valid number.
fn numbered(who: &str, country: &str) -> Caller {
    if let Some(exact) = EXACT.as_ref().and_then(|exact| exact.find(who)) {
        return caller_id(exact.as_str(), country);
    }
    let Some(found) = NAME_NUMBER.as_ref().and_then(|pattern| pattern.captures(who)) else {
        return Caller::default();
    };
    let group = |name: &str| found.name(name).map(|part| part.as_str().trim()).unwrap_or_default();
    let leads_elsewhere = ELSEWHERE.as_ref().is_some_and(|pattern| pattern.is_match(group("name")));
    // A sentence between the two: the number is not the name's.
    if leads_elsewhere || group("name").contains(". ") || withheld(who).is_some() {
        return Caller::default();
    }
    let name = if group("name").is_empty() { group("after") } else { group("name") };
    let name = name.strip_suffix(" at").unwrap_or(name).trim_matches([' ', ',', '-', ':', '"', '/', '|']);
    let mut number = group("number");
    if found.name("time").is_some() {
        number = number.rsplit_once(' ').map_or("", |(before, _)| before);
    }
    longest(number, country).map(|number| caller(name, &number, country)).unwrap_or_default()
}

/// The longest beginning of `digits` that is a valid number: a time or a length may follow.
fn longest(digits: &str, country: &str) -> Option<String> {
    let mut part = digits;
    loop {
        if phone(part, country).is_some() {
            return Some(part.to_owned());
        }
        part = part.rsplit_once([' ', '(', '-', '.'])?.0.trim_end();
    }
}

fn withheld(who: &str) -> Option<Caller> {
    let word = WITHHELD.as_ref()?.captures(who)?.get(1)?.as_str();
    Some(Caller { raw_number: Some(word.to_owned()), ..Caller::default() })
}

/// A caller with an extension or a marker in the number's place, or with a marker alone.
fn numberless(who: &str, country: &str) -> Option<Caller> {
    let Some(exact) = EXACT.as_ref().and_then(|exact| exact.find(who)) else { return withheld(who) };
    let is_shown = |raw: &String| !raw.chars().any(char::is_alphabetic) || withheld(raw).is_some();
    Some(caller_id(exact.as_str(), country)).filter(|caller| caller.raw_number.as_ref().is_some_and(is_shown))
}

/// A caller of whom a subject tells only the name; not the sender's own.
fn named(who: &str, sender: &str) -> Option<Caller> {
    let name = NAME_END.as_ref()?.replace(who, "");
    let name = name.trim().trim_end_matches(['.', '!']);
    let is_name = name.chars().any(char::is_alphabetic)
        && name.chars().count() <= LONGEST_NAME
        && !name.contains(['@', '<', '>'])
        && !sender.to_lowercase().contains(&name.to_lowercase());
    is_name.then(|| caller(name, "", "")).filter(|caller| caller.name.is_some())
}

/// Whether the number is one that the sender has in its own name or address.
fn is_senders(caller: &Caller, sender: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let Some(number) = &caller.number else { return false };
    let number = digits(number.as_str());
    let local = number.get(number.len().saturating_sub(9)..).unwrap_or(&number);
    digits(sender).contains(local)
}

#[cfg(test)]
mod tests {
    use super::{from_freeswitch, from_words};

    fn read(subject: &str, body: &str) -> String {
        from_words(subject, body, "Example Voice <15095550100@voice.example>", "US").to_string()
    }

    #[test]
    fn subjects_of_many_providers_are_read() {
        for (subject, want) in [
            ("New voicemail from (509) 555-0142", "+15095550142"),
            ("New voicemail from (509) 555-0142 at 9:12 AM", "+15095550142"),
            ("Fwd: Voice message from +1 509-555-0142 (0:23)", "+15095550142"),
            ("Voicemail from Pat Lee (509) 555-0142 for mailbox 201", "+15095550142 Pat Lee"),
            ("Message from PAT LEE at 509-555-0142", "+15095550142 PAT LEE"),
            ("[PBX]: New message 1 in mailbox 201 from \"Lee, Pat\" <5095550142>", "+15095550142 Lee, Pat"),
            ("Voice Message from 5095550142 to 5095550100", "+15095550142"),
            ("New voicemail from 5095550142 (Pat Lee)", "+15095550142 Pat Lee"),
            ("New Voicemail Message From: PAT LEE - 5095550142", "+15095550142 PAT LEE"),
            ("Voicemail Message (Kim > 201) From:5095550142", "+15095550142"),
            ("Voice Mail (23 seconds) from PAT LEE / 509.555.0142", "+15095550142 PAT LEE"),
            ("New voicemail from 15095550142 - 23 seconds", "+15095550142"),
            ("New voicemail from 5095550142 9:12 AM", "+15095550142"),
            ("Missed call and voicemail from PAT LEE (+1 (509) 555-0142)", "+15095550142 PAT LEE"),
            ("Pat Lee (509-555-0142) has left you a voicemail", "+15095550142 Pat Lee"),
            ("New voicemail from Pat Lee", "Pat Lee"),
            ("New voicemail from Pat Lee at 9:12 AM", "Pat Lee"),
            ("New voicemail from Pat Lee in mailbox 5095550177", "Pat Lee"),
            ("New voicemail from Anonymous", "Anonymous"),
            ("New message 1 in mailbox 201 from \"Anonymous\" <anonymous>", "anonymous"),
            ("New message 1 in mailbox 201 from \"Front desk\" <204>", "204 Front desk"),
            ("Voicemail from an unknown caller to 5095550177", "unknown caller"),
        ] {
            assert_eq!(read(subject, ""), want, "{subject}");
        }
    }

    #[test]
    fn bodies_are_read_where_the_subject_tells_nothing() {
        for (body, want) in [
            (
                "Dear Kim:\n\nyou were just left a 0:23 long message (number 1)\nin mailbox 201 from \"Pat Lee\"\n<5095550142>, on Saturday.",
                "+15095550142 Pat Lee",
            ),
            ("You have a new voicemail\r\n\r\nFrom: (509) 555-0142\r\nTo: 509-555-0177\r\n", "+15095550142"),
            ("  Caller ID : Pat Lee <5095550142>\n", "+15095550142 Pat Lee"),
            ("* Phone number: 509.555.0142\n", "+15095550142"),
            ("You have a voicemail from Private Number on 3/14", "Private Number"),
            ("You have one new message in mailbox 201. Call 509-555-0177 from any phone.", "unknown"),
        ] {
            assert_eq!(read("New voicemail", body), want, "{body}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for (subject, body) in [
            ("New voicemail", "Call us at 509-555-0142"),
            ("New voicemail from Example Voice", ""),
            ("New voicemail", "From: Example Voice 15095550100"),
            ("Your bill from (509) 555-0142", ""),
            ("", "From: billing@example.com"),
            ("", "From: Other Voice <noreply@voice.example>"),
            ("", "You have a voicemail from Other Voice <noreply@voice.example>"),
        ] {
            assert_eq!(read(subject, body), "unknown", "{subject} {body}");
        }
    }

    #[test]
    fn a_provider_may_show_the_callers_number_as_its_own() {
        let sender = "\"(509) 555-0142\" <voicemail@voice.example>";
        let told = from_words("New voicemail from (509) 555-0142", "", sender, "US");
        assert_eq!(told.to_string(), "+15095550142");
    }

    #[test]
    fn a_length_or_a_time_is_not_taken_for_the_end_of_a_number() {
        for subject in [
            "New voicemail from 030 901820",
            "New voicemail from 030 901820 (0:23)",
            "New voicemail from 030 901820 - 23 seconds",
            "New voicemail from 030 901820 12:30",
        ] {
            assert_eq!(from_words(subject, "", "", "DE").to_string(), "+4930901820", "{subject}");
        }
    }

    #[test]
    fn freeswitch_has_its_own_subject() {
        let told =
            from_freeswitch("Voicemail from \"Pat \\\"Red\\\" Lee\" <5095550142> <00:23>", "US").unwrap();
        assert_eq!(told.to_string(), "+15095550142 Pat \"Red\" Lee");
        let told = from_freeswitch("Voicemail from \"Anonymous\" <anonymous> <00:23>", "US").unwrap();
        assert_eq!(told.to_string(), "anonymous");
        assert_eq!(from_freeswitch("Voicemail from Pat", "US"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_words_are_trouble(words in ".*", loose in "(voicemail|message| from |[0-9 ()<>\":,.+-]|to|on|\n|Pat){0,60}") {
            from_words(&words, &loose, &words, "US");
            from_words(&loose, &words, &loose, "US");
            from_freeswitch(&loose, "US");
        }
    }
}
