//! The claims of a token (RFC 7519 section 4), typed.
//!
//! A claim is absent, malformed or present, and these three never pass for one another: an `exp`
//! of the wrong type is not an absent one.

use super::json::{Kind, Value};
use crate::limits;

/// A claim of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim<T> {
    Absent,
    Malformed,
    Present(T),
}

impl<T> Claim<T> {
    pub(crate) fn present(self) -> Option<T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Malformed => None,
        }
    }
}

/// The claims of a token.
#[derive(Clone, Copy)]
pub(crate) struct Claims<'a>(Value<'a>);

impl<'a> Claims<'a> {
    /// `None` where the value is not an object.
    pub(crate) fn new(value: Value<'a>) -> Option<Self> {
        (value.kind() == Kind::Object).then_some(Self(value))
    }

    pub(crate) fn object(self) -> Value<'a> {
        self.0
    }

    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        self.0.get(name)
    }

    fn typed<T>(self, name: &str, read: impl FnOnce(Value<'a>) -> Option<T>) -> Claim<T> {
        match self.get(name) {
            None => Claim::Absent,
            Some(value) => read(value).map_or(Claim::Malformed, Claim::Present),
        }
    }

    /// A string.
    pub(crate) fn string(self, name: &str) -> Claim<&'a str> {
        self.typed(name, |value| value.as_str())
    }

    /// A `NumericDate` in whole seconds since 1970, rounded down.
    pub(crate) fn date(self, name: &str) -> Claim<i64> {
        self.typed(name, |value| value.as_number().and_then(numeric_date))
    }

    /// A string or an array of strings, each of them one value: `aud`, `roles`.
    pub(crate) fn texts(self, name: &str) -> Claim<Texts<'a>> {
        self.typed(name, Texts::new)
    }

    /// A string of values with spaces between, or an array of strings: `scope`, `scp` (RFC 8693 section 4.2).
    pub(crate) fn words(self, name: &str) -> Claim<Words<'a>> {
        self.typed(name, Texts::new).map(Words)
    }
}

impl<T> Claim<T> {
    fn map<U>(self, map: impl FnOnce(T) -> U) -> Claim<U> {
        match self {
            Self::Absent => Claim::Absent,
            Self::Malformed => Claim::Malformed,
            Self::Present(value) => Claim::Present(map(value)),
        }
    }
}

/// One text, or several.
#[derive(Clone, Copy)]
pub(crate) enum Texts<'a> {
    One(&'a str),
    Many(Value<'a>),
}

impl<'a> Texts<'a> {
    fn new(value: Value<'a>) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(Self::One(text));
        }
        value.as_array()?.all(|element| element.kind() == Kind::String).then_some(Self::Many(value))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = match self {
            Self::One(text) => (Some(text), None),
            Self::Many(value) => (None, value.as_array()),
        };
        one.into_iter().chain(many.into_iter().flatten().filter_map(|element| element.as_str()))
    }
}

/// Texts of which a single one is split at its spaces. An element of an array is never split.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a>(Texts<'a>);

impl<'a> Words<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = match self.0 {
            Texts::One(text) => (Some(text.split(' ').filter(|word| !word.is_empty())), None),
            Texts::Many(_) => (None, Some(self.0.iter())),
        };
        one.into_iter().flatten().chain(many.into_iter().flatten())
    }
}

/// Reads a `NumericDate` (RFC 7519 section 2) of the years 1970 to 9999; fractions are rounded down.
fn numeric_date(number: &str) -> Option<i64> {
    let seconds = match number.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => whole_seconds(number.parse::<f64>().ok()?)?,
    };
    (0..=limits::NUMERIC_DATE_MAX).contains(&seconds).then_some(seconds)
}

fn whole_seconds(number: f64) -> Option<i64> {
    let range = 0.0..=limits::NUMERIC_DATE_MAX as f64;
    range.contains(&number).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::super::json::{Document, Most};
    use super::*;

    fn document(text: &str) -> Document {
        let mut document = Document::default();
        document.read(text.as_bytes(), Most::members(limits::TOKEN_MEMBERS)).unwrap();
        document
    }

    #[test]
    fn dates_are_floored_and_never_wrapped() {
        let cases = [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("1300819380", Some(1_300_819_380)),
            ("1.5", Some(1)),
            ("1e9", Some(1_000_000_000)),
            ("1.30081938e+09", Some(1_300_819_380)),
            ("253402300799", Some(limits::NUMERIC_DATE_MAX)),
            ("253402300800", None),
            ("9007199254740992", None),
            ("9223372036854775807", None),
            ("9223372036854775808", None),
            ("1e400", None),
            ("-1", None),
            ("-0.1", None),
            ("\"1300819380\"", None),
            ("true", None),
            ("[]", None),
            ("{}", None),
            ("null", None),
        ];
        for (text, expected) in cases {
            let document = document(&format!("{{\"exp\":{text}}}"));
            let claims = Claims::new(document.root().unwrap()).unwrap();
            assert_eq!(claims.date("exp"), expected.map_or(Claim::Malformed, Claim::Present), "{text}");
            assert_eq!(claims.date("nbf"), Claim::Absent);
        }
        let digits = "9".repeat(400);
        assert_eq!(numeric_date(&digits), None);
    }

    #[test]
    fn texts_and_words_are_split_only_where_their_kind_says_so() {
        let document = document(r#"{"a":"x y","b":["x y","z"],"c":[],"d":[1],"e":1,"f":[["x"]],"g":""}"#);
        let claims = Claims::new(document.root().unwrap()).unwrap();
        let texts = |name| claims.texts(name).present().map(|texts| texts.iter().collect::<Vec<_>>());
        let words = |name| claims.words(name).present().map(|words| words.iter().collect::<Vec<_>>());
        assert_eq!(texts("a"), Some(vec!["x y"]));
        assert_eq!(words("a"), Some(vec!["x", "y"]));
        assert_eq!(texts("b"), Some(vec!["x y", "z"]));
        assert_eq!(words("b"), Some(vec!["x y", "z"]));
        assert_eq!(texts("c"), Some(vec![]));
        assert_eq!(words("g"), Some(vec![]));
        for name in ["d", "e", "f"] {
            assert_eq!(texts(name), None, "{name}");
        }
    }
}
