//! What one character counts as, once look-alikes, accents and invisible marks are taken away.

/// The part a character plays in a spoken text written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Belongs to a word; already lower case.
    Letter(char),
    /// An apostrophe of any shape.
    Apostrophe,
    /// Ends a sentence.
    Stop,
    /// Ends a clause.
    Break,
    /// Parts words and nothing else: white space, control characters, hyphens.
    Space,
    /// A sign that is read out as a word.
    Sign(&'static str),
    /// Not heard at all: zero-width marks, combining accents.
    Nothing,
}

/// The part `c` plays.
pub(super) fn part(c: char) -> Part {
    match c {
        'a'..='z' | '0'..='9' => Part::Letter(c),
        'A'..='Z' => Part::Letter(c.to_ascii_lowercase()),
        '\'' | '`' | '´' | '‘' | '’' | 'ʼ' | '＇' => Part::Apostrophe,
        '.' | '!' | '?' | ';' | '…' | '。' | '！' | '？' => Part::Stop,
        ',' | ':' | '(' | ')' | '[' | ']' | '{' | '}' | '–' | '—' | '"' | '“' | '”' | '，' => {
            Part::Break
        }
        '&' | '＆' => Part::Sign("and"),
        '%' => Part::Sign("percent"),
        '$' => Part::Sign("dollars"),
        '#' => Part::Sign("number"),
        '@' => Part::Sign("at"),
        '+' | '＋' => Part::Sign("plus"),
        // Invisible: soft hyphen, joiners and other format marks, variation selectors, combining accents.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{300}'..='\u{36f}' => Part::Nothing,
        _ if c.is_alphanumeric() => Part::Letter(plain(c)),
        _ => Part::Space,
    }
}

/// The plain Latin letter or digit that `c` looks like, else `c` in lower case.
fn plain(c: char) -> char {
    let code = u32::from(c);
    let ascii = match code {
        // Full-width forms.
        0xff10..=0xff5a => char::from_u32(code - 0xfee0),
        // Mathematical bold, italic, script … letters: alphabets of 52, then digits of 10.
        0x1d400..=0x1d6a3 => char::from_u32(u32::from(b'a') + (code - 0x1d400) % 26),
        0x1d7ce..=0x1d7ff => char::from_u32(u32::from(b'0') + (code - 0x1d7ce) % 10),
        _ => None,
    };
    let lower = ascii.unwrap_or(c).to_lowercase().next().unwrap_or(c);
    match lower {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'а' | 'α' => 'a',
        'ç' | 'ć' | 'č' | 'с' => 'c',
        'ď' | 'đ' | 'ԁ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'е' | 'ё' => 'e',
        'ğ' | 'ģ' => 'g',
        'һ' => 'h',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' => 'k',
        'ł' | 'ľ' => 'l',
        'м' => 'm',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' | 'о' | 'ο' => 'o',
        'р' | 'ρ' => 'p',
        'ř' => 'r',
        'ś' | 'ş' | 'š' | 'ș' | 'ѕ' => 's',
        'ť' | 'ţ' | 'ț' | 'т' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ѵ' => 'v',
        'х' => 'x',
        'ý' | 'ÿ' | 'у' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, part};

    #[test]
    fn look_alikes_become_the_letter_they_imitate() {
        for (c, want) in [('Ｓ', 's'), ('𝐒', 's'), ('𝒆', 'e'), ('о', 'o'), ('É', 'e'), ('٣', '٣'), ('𝟕', '7')]
        {
            assert_eq!(part(c), Part::Letter(want), "{c}");
        }
    }

    #[test]
    fn marks_that_hide_text_are_not_heard_and_control_characters_part_words() {
        for c in ['\u{200b}', '\u{202e}', '\u{feff}', '\u{ad}', '\u{301}'] {
            assert_eq!(part(c), Part::Nothing, "{c:?}");
        }
        for c in ['\u{7}', '\u{1b}', '\n', '\t', '-', '/', '🙂'] {
            assert_eq!(part(c), Part::Space, "{c:?}");
        }
    }
}
