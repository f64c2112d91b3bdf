//! JSON as serde_json reads it, but for repeated names, which are refused.

use libfuzzer_sys::Corpus;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// What a text is.
pub enum Reading {
    Good(Value),
    Bad,
    /// It holds a number that no float holds. Doorward keeps such a number as text, and serde_json refuses it.
    Unknown,
}

impl Reading {
    /// Broken JSON is judged, but not built upon: most of it would come of other broken JSON, and reach nothing.
    pub fn corpus(&self) -> Corpus {
        if matches!(self, Self::Bad) { Corpus::Reject } else { Corpus::Keep }
    }
}

pub fn read(text: &[u8]) -> Reading {
    match serde_json::from_slice::<Strict>(text) {
        Ok(Strict(value)) => Reading::Good(value),
        Err(error) if error.to_string().contains("number out of range") => Reading::Unknown,
        Err(_) => Reading::Bad,
    }
}

/// A text without its byte order mark.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Whether nesting and the members of each object are within Doorward's maxima.
pub fn is_bounded(value: &Value, members: usize) -> bool {
    is_within(value, doorward::limits::JSON_DEPTH, members)
}

fn is_within(value: &Value, depth: usize, members: usize) -> bool {
    match value {
        Value::Array(elements) => depth > 0 && elements.iter().all(|element| is_within(element, depth - 1, members)),
        Value::Object(object) => {
            depth > 0 && object.len() <= members && object.values().all(|member| is_within(member, depth - 1, members))
        }
        _ => true,
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Strict(element)) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a repeated name"));
            }
        }
        Ok(Value::Object(members))
    }
}
