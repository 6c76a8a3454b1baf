//! Which language a message is in, where that is not English.

use super::normalise::Normal;
use crate::domain::Message;

/// The language of rules that name none (ISO 639-1).
pub(super) const ENGLISH: &str = "en";

/// Fewest words that are enough to tell a language by.
const FEWEST: usize = 6;

/// A text in which at least this part of the words are common English ones is English, whatever else it looks like.
const ENGLISH_PART: f32 = 0.12;

/// The commonest words of spoken English.
const COMMON: &[&str] = &[
    "the", "to", "and", "you", "i", "it", "is", "that", "of", "in", "we", "my", "for", "on", "have", "your",
    "this", "be", "with", "are", "not", "at", "can", "but", "so", "if", "do", "was", "will", "would", "call",
    "about", "need", "from", "get", "just", "there", "what", "our", "hi", "hello", "please", "thanks",
    "thank", "yes", "yeah",
];

/// Languages by their ISO 639-3 and 639-1 codes and their English names.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("ara", "ar", "Arabic"),
    ("cmn", "zh", "Chinese"),
    ("deu", "de", "German"),
    ("fra", "fr", "French"),
    ("hin", "hi", "Hindi"),
    ("ita", "it", "Italian"),
    ("jpn", "ja", "Japanese"),
    ("kor", "ko", "Korean"),
    ("nld", "nl", "Dutch"),
    ("pol", "pl", "Polish"),
    ("por", "pt", "Portuguese"),
    ("rus", "ru", "Russian"),
    ("spa", "es", "Spanish"),
    ("tgl", "tl", "Tagalog"),
    ("tur", "tr", "Turkish"),
    ("ukr", "uk", "Ukrainian"),
    ("vie", "vi", "Vietnamese"),
];

/// A language other than English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Its ISO 639-1 code, where this program knows it, else what it was called.
    pub code: String,
    /// Its English name, or its code.
    pub name: String,
}

/// The language of `message` where it is not English: as it was given, else as its words tell beyond doubt.
pub(super) fn foreign(message: &Message, normal: &Normal) -> Option<Foreign> {
    let code = match &message.language {
        Some(given) => given.to_ascii_lowercase().split(['-', '_']).next().map(str::to_owned)?,
        None => detected(&message.text, normal)?,
    };
    if code == ENGLISH || code == "english" || code.is_empty() {
        return None;
    }
    let known = LANGUAGES.iter().find(|(three, two, name)| {
        [*three, *two].contains(&code.as_str()) || name.eq_ignore_ascii_case(&code)
    });
    Some(match known {
        Some((_, two, name)) => Foreign { code: (*two).to_owned(), name: (*name).to_owned() },
        None => Foreign { name: code.clone(), code },
    })
}

/// The ISO 639-3 code of what `text` is in beyond doubt, if that is not English.
fn detected(text: &str, normal: &Normal) -> Option<String> {
    let words = normal.text.split([' ', '.']).filter(|word| !word.is_empty());
    let (common, all) = words.fold((0_u16, 0_u16), |(common, all), word| {
        (common.saturating_add(u16::from(COMMON.contains(&word))), all.saturating_add(1))
    });
    // Scripts without spaces put many words in one.
    let enough =
        usize::from(all) >= FEWEST || text.chars().filter(|c| u32::from(*c) > 0x2e7f).count() >= FEWEST;
    if !enough || f32::from(common) >= ENGLISH_PART * f32::from(all) {
        return None;
    }
    let found = whatlang::detect(text).filter(whatlang::Info::is_reliable)?;
    (found.lang() != whatlang::Lang::Eng).then(|| found.lang().code().to_owned())
}

#[cfg(test)]
mod tests {
    use super::foreign;
    use crate::domain::Message;
    use crate::judge::normalise::Normal;

    fn name(text: &str, language: Option<&str>) -> Option<String> {
        let message =
            Message { text: text.to_owned(), language: language.map(str::to_owned), ..Message::default() };
        foreign(&message, &Normal::of(text)).map(|foreign| foreign.name)
    }

    #[test]
    fn other_languages_are_known_by_their_words() {
        for (want, text) in [
            (
                "Spanish",
                "Buenas tardes, le llamo porque se me rompió el calentador de agua y necesito que alguien venga mañana a mi casa, gracias.",
            ),
            (
                "French",
                "Bonjour, je vous appelle parce que notre chaudière ne marche plus depuis hier soir, pouvez-vous passer demain matin s'il vous plaît.",
            ),
            (
                "German",
                "Guten Tag, unsere Heizung ist seit gestern Abend kaputt und wir brauchen dringend jemanden, der sie sich morgen früh ansieht.",
            ),
            (
                "Portuguese",
                "Boa tarde, estou ligando porque o aquecedor da minha casa quebrou ontem à noite e preciso que alguém venha consertar amanhã.",
            ),
            (
                "Polish",
                "Dzień dobry, dzwonię ponieważ nasz piec przestał działać wczoraj wieczorem i potrzebujemy pilnie kogoś do naprawy jutro rano.",
            ),
            (
                "Vietnamese",
                "Chào anh, tôi gọi vì máy nước nóng nhà tôi bị hỏng từ tối hôm qua, anh có thể đến sửa vào sáng mai được không?",
            ),
            (
                "Arabic",
                "مرحبا، أتصل بكم لأن سخان الماء في منزلي تعطل مساء أمس وأحتاج إلى شخص يأتي غدا صباحا لإصلاحه، شكرا",
            ),
            ("Chinese", "您好，我家的热水器昨天晚上坏了，想请你们明天早上派人过来看一下，谢谢。"),
            (
                "Russian",
                "Здравствуйте, у нас вчера вечером сломался котёл, нужно чтобы кто-нибудь приехал завтра утром и посмотрел, спасибо.",
            ),
        ] {
            assert_eq!(name(text, None).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn english_stays_english_when_in_doubt() {
        for text in [
            "Hola, buenas, it's Rosa, I need the tamales for Saturday, gracias.",
            "Café Lumière, Rue Royale, Jean-Baptiste Delacroix.",
            "Dmitri Volkov, Bluebird.",
            "uh, hm, Wojciech Brzęczyszczykiewicz",
            "",
        ] {
            assert_eq!(name(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_given_language_is_taken_at_its_word() {
        assert_eq!(name("hola", Some("en-GB")), None);
        assert_eq!(name("hello there, please call me back", Some("es")).as_deref(), Some("Spanish"));
        assert_eq!(name("hello", Some("xx")).as_deref(), Some("xx"));
    }
}
