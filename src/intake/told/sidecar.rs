//! What an owner's own program writes beside a recording: `NAME.json`.

use super::Told;
use super::caller::caller;
use super::plain::{epoch, id, mailbox, rfc3339, transcript};
use crate::domain::{Attestation, Millis};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Reads one JSON object with any of `caller_number`, `caller_name`, `received_at` (RFC 3339 with its offset, or
/// seconds since 1970 as a number), `mailbox`, `attestation` (`A`, `B` or `C`), `message_id` and `transcript`.
///
/// Other keys are nothing to us, and a value that is null or of another kind is not told; a whole number is taken
/// for its digits where digits are expected. `country` (ISO 3166) is where numbers without a country code are
/// dialled from.
///
/// # Errors
/// What is not a JSON object: what is wrong, and in which line and column.
pub fn read(bytes: &[u8], country: &str) -> Result<Told, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let side: Sidecar =
        serde_json::from_slice(bytes).map_err(|error| format!("not a JSON object: {error}"))?;
    let name = match &side.caller_name {
        Value::Text(name) => name.as_str(),
        _ => "",
    };
    Ok(Told {
        caller: caller(name, &side.caller_number.digits().unwrap_or_default(), country),
        received: side.received_at.time(),
        message_id: side.message_id.digits().and_then(|text| id(&text)),
        mailbox: side.mailbox.digits().and_then(|text| mailbox(&text, "")),
        attestation: side.attestation.text().and_then(|text| Attestation::parse(text.trim())),
        transcript: side.transcript.text().and_then(transcript),
        seconds: None,
    })
}

/// The keys that are known. Of a repeated one the last counts, as in most readers of JSON.
#[derive(Default)]
struct Sidecar {
    caller_number: Value,
    caller_name: Value,
    received_at: Value,
    mailbox: Value,
    attestation: Value,
    message_id: Value,
    transcript: Value,
}

/// A value of which nothing is kept that is of no use.
#[derive(Default)]
enum Value {
    Text(String),
    Whole(i64),
    Real(f64),
    #[default]
    Other,
}

impl Value {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or a whole number that somebody wrote without quotes.
    fn digits(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Whole(number) if *number >= 0 => Some(number.to_string()),
            _ => None,
        }
    }

    fn time(&self) -> Option<Millis> {
        match self {
            Self::Text(text) => rfc3339(text),
            Self::Whole(seconds) => epoch(*seconds),
            Self::Real(seconds) => {
                let nanoseconds = jiff::SignedDuration::try_from_secs_f64(*seconds).ok()?;
                epoch(nanoseconds.as_secs())
                    .map(|whole| Millis(whole.0 + i64::from(nanoseconds.subsec_nanos()) / 1_000_000))
            }
            Self::Other => None,
        }
    }
}

impl<'de> Deserialize<'de> for Sidecar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Sidecar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object in braces")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sidecar, A::Error> {
        let mut side = Sidecar::default();
        while let Some(key) = map.next_key::<String>()? {
            let place = match key.as_str() {
                "caller_number" => &mut side.caller_number,
                "caller_name" => &mut side.caller_name,
                "received_at" => &mut side.received_at,
                "mailbox" => &mut side.mailbox,
                "attestation" => &mut side.attestation,
                "message_id" => &mut side.message_id,
                "transcript" => &mut side.transcript,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *place = map.next_value()?;
        }
        Ok(side)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Real(number))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::domain::{Attestation, Millis};
    use crate::intake::told::Told;
    use crate::intake::told::testing::mutations;

    const GOOD: &str = r#"{
        "caller_number": "(509) 555-0142", "caller_name": "Pat Lee", "received_at": "2026-03-14T09:12:44-07:00",
        "mailbox": "201", "attestation": "B", "message_id": "a-1", "transcript": "Hello,\nplease call.",
        "else": [{"deep": [1, 2.5, null]}, true]
    }"#;

    #[test]
    fn every_key_is_read_and_others_are_let_be() {
        let told = read(GOOD.as_bytes(), "US").unwrap();
        assert_eq!(told.caller.to_string(), "+15095550142 Pat Lee");
        assert_eq!(told.received, Some(Millis(1_773_504_764_000)));
        assert_eq!(told.mailbox.as_deref(), Some("201"));
        assert_eq!(told.attestation, Some(Attestation::B));
        assert_eq!(told.message_id.as_deref(), Some("a-1"));
        assert_eq!(told.transcript.as_deref(), Some("Hello, please call."));
        assert_eq!(read(format!("\u{feff}{GOOD}").as_bytes(), "US").unwrap(), told);
    }

    #[test]
    fn a_value_of_a_wrong_kind_is_not_told() {
        let text = r#"{"caller_number": null, "caller_name": 7, "received_at": "yesterday", "mailbox": [],
            "attestation": "D", "message_id": {}, "transcript": false}"#;
        assert_eq!(read(text.as_bytes(), "US").unwrap(), Told::default());
        for time in ["1e300", "-1", "0", "\"2026-03-14T09:12:44\"", "18446744073709551615", "1e-400"] {
            let told = read(format!(r#"{{"received_at": {time}}}"#).as_bytes(), "US").unwrap();
            assert_eq!(told.received, None, "{time}");
        }
    }

    #[test]
    fn numbers_may_stand_without_quotes() {
        let text = r#"{"caller_number": 5095550142, "received_at": 1773504764.5, "mailbox": 201}"#;
        let told = read(text.as_bytes(), "US").unwrap();
        assert_eq!(told.caller.to_string(), "+15095550142");
        assert_eq!(told.received, Some(Millis(1_773_504_764_500)));
        assert_eq!(told.mailbox.as_deref(), Some("201"));
    }

    #[test]
    fn what_is_not_an_object_is_an_error_with_its_place() {
        for (text, want) in [
            ("{\n  \"mailbox\": }", "expected value at line 2 column 14"),
            ("[1]", "an object in braces at line 1 column"),
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{} {}", "trailing characters at line 1 column 4"),
            ("{\"a\": \"\u{0}\"}", "line 1 column 7"),
        ] {
            let error = read(text.as_bytes(), "US").unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
        assert!(read(b"{\"mailbox\": \"\xff\"}", "US").is_err());
        assert!(read("[".repeat(100_000).as_bytes(), "US").is_err());
        assert!(read(format!("{{\"a\":{}", "[".repeat(100_000)).as_bytes(), "US").is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_trouble(bytes in mutations(GOOD.as_bytes())) {
            if let Ok(told) = read(&bytes, "US") {
                proptest::prop_assert!(told.caller.name.is_none_or(|name| name.chars().count() <= 200));
            }
        }
    }
}
