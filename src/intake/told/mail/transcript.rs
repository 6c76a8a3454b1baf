//! The provider's own transcript in the words of a notification, where it plainly is one.

use regex::Regex;
use std::sync::LazyLock;

/// `Transcript:`, `Voicemail transcription (beta): Hello …`.
static HEADING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:(?:voicemail|message|voice message)\W+)?transcript(?:ion)?\s*(?:\([^()]{0,40}\))?\s*\**:\**\s*(?<rest>.*)$")
        .ok()
});

/// What stands there when there is none.
static NONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:(?:the |this |a )?(?:transcript(?:ion)?|voicemail|message) (?:is |was |could |cannot |can )?)?(?:currently )?(?:not available|unavailable|not be transcribed|none|n/a|no transcript)")
        .ok()
});

/// The transcript in `body`: after a heading that says so, or Google Voice's, before its line `play message`.
pub(super) fn transcript(body: &str) -> Option<String> {
    let lines: Vec<&str> = body.lines().map(str::trim).collect();
    let text = headed(&lines).or_else(|| before_play(&lines))?;
    let is_none = NONE.as_ref().is_some_and(|none| none.is_match(&text));
    crate::intake::told::plain::transcript(&text).filter(|_| !is_none)
}

/// What follows the heading, up to the next empty line.
fn headed(lines: &[&str]) -> Option<String> {
    let mut rest = lines.iter();
    let first = rest.find_map(|line| HEADING.as_ref()?.captures(line)?.name("rest"))?.as_str();
    let mut words = vec![first];
    for line in rest {
        let has_words = words.iter().any(|words| !words.is_empty());
        if line.starts_with("--") || line.starts_with("__") || (line.is_empty() && has_words) {
            break;
        }
        words.push(line);
    }
    Some(words.join(" ")).filter(|words| !words.trim().is_empty())
}

/// Google Voice's: the message's words, then a link to hear it.
fn before_play(lines: &[&str]) -> Option<String> {
    let play = lines.iter().position(|line| line.to_lowercase().starts_with("play message"))?;
    let is_words = |line: &&&str| {
        let line = line.to_lowercase();
        !line.starts_with('<') && !line.starts_with("http") && !line.contains("voicemail from")
    };
    let words: Vec<&str> = lines.get(..play)?.iter().filter(is_words).copied().collect();
    Some(words.join(" ")).filter(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::transcript;

    #[test]
    fn a_transcript_is_read_where_it_plainly_is_one() {
        for body in [
            "<https://voice.example>\nHello, this is Pat.\nPlease call.\nplay message\n<https://voice.example/1>\nHELP",
            "From: Pat\r\nTranscript: Hello, this is Pat.\r\nPlease call.\r\n\r\nThank you for using us.",
            "Voicemail Transcription (beta):\n\nHello, this is Pat.\nPlease call.\n--\nfooter",
            "*Message transcript:* Hello, this is Pat. Please call.",
        ] {
            assert_eq!(transcript(body).as_deref(), Some("Hello, this is Pat. Please call."), "{body}");
        }
    }

    #[test]
    fn a_body_without_one_tells_none() {
        for body in [
            "",
            "You have a new voicemail. Please call.",
            "Transcript: not available",
            "Transcription: The transcription is not available.",
            "Transcript:\n\n",
            "play message\n<https://voice.example>",
            "New voicemail from Pat\nplay message",
            "Your transcript of records: enclosed",
        ] {
            assert_eq!(transcript(body), None, "{body}");
        }
    }
}
