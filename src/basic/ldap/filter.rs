//! Search filters (RFC 4515) with places for what is looked for.
//!
//! A filter is read once, with the configuration. What a user typed is put into it as a value, when the structure stands
//! already; there is no text in which it would have to be escaped.

use super::ber::{OCTETS, Written, element};
use crate::limits;

/// A filter, with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    /// 0xa0 for "and", 0xa1 for "or".
    Some(u8, Vec<Filter>),
    Not(Box<Filter>),
    /// 0xa3 for "equals", 0xa5 for "at least", 0xa6 for "at most", 0xa8 for "about".
    Compare(u8, String, Value),
    Present(String),
    /// What it begins with, has in it, and ends with.
    Pieces(String, Vec<(u8, Value)>),
    /// A matching rule, by its name.
    Rule {
        name: Option<String>,
        rule: Option<String>,
        value: Value,
        dn: bool,
    },
}

/// A value, with places.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Value(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Bytes(Vec<u8>),
    /// The name of a place.
    Place(&'static str),
}

/// What places are filled with, by name.
pub(super) type Values<'a> = [(&'static str, &'a str)];

impl Filter {
    /// Reads a filter. `places` are the names that may stand in braces within its values.
    ///
    /// # Errors
    /// What is wrong, in one clause.
    pub(crate) fn parse(text: &str, places: &[&'static str]) -> Result<Self, String> {
        let mut parser = Parser { rest: text, places, depth: 0 };
        let filter = parser.filter()?;
        match parser.rest {
            "" => Ok(filter),
            rest => Err(format!("there is something after the filter: {rest}")),
        }
    }

    pub(super) fn equals(name: &str, value: &str) -> Self {
        Self::Compare(0xa3, name.to_owned(), Value(vec![Piece::Bytes(value.into())]))
    }

    pub(super) fn any(filters: Vec<Self>) -> Self {
        Self::Some(0xa1, filters)
    }

    pub(super) fn all(filters: Vec<Self>) -> Self {
        Self::Some(0xa0, filters)
    }

    /// Whether a place of that name is in it.
    pub(crate) fn has(&self, place: &str) -> bool {
        let within = |value: &Value| value.0.iter().any(|piece| matches!(piece, Piece::Place(name) if *name == place));
        match self {
            Self::Some(_, filters) => filters.iter().any(|filter| filter.has(place)),
            Self::Not(filter) => filter.has(place),
            Self::Compare(_, _, value) | Self::Rule { value, .. } => within(value),
            Self::Pieces(_, pieces) => pieces.iter().any(|(_, value)| within(value)),
            Self::Present(_) => false,
        }
    }

    /// As BER (RFC 4511 section 4.5.1), with the places filled.
    pub(super) fn fill(&self, values: &Values<'_>) -> Written {
        let named = |tag: u8, name: &str| element(tag, &[name.as_bytes()]);
        match self {
            Self::Some(tag, filters) => {
                let filters: Vec<Written> = filters.iter().map(|filter| filter.fill(values)).collect();
                element(*tag, &filters.iter().map(|filter| filter.as_slice()).collect::<Vec<_>>())
            }
            Self::Not(filter) => element(0xa2, &[&filter.fill(values)]),
            Self::Compare(tag, name, value) => {
                element(*tag, &[&named(OCTETS, name), &element(OCTETS, &[&value.fill(values)])])
            }
            Self::Present(name) => named(0x87, name),
            Self::Pieces(name, pieces) => {
                let pieces: Vec<Written> =
                    pieces.iter().map(|(tag, value)| element(*tag, &[&value.fill(values)])).collect();
                let list = element(0x30, &pieces.iter().map(|piece| piece.as_slice()).collect::<Vec<_>>());
                element(0xa4, &[&named(OCTETS, name), &list])
            }
            Self::Rule { name, rule, value, dn } => {
                let optional = |tag: u8, text: &Option<String>| text.as_deref().map(|text| named(tag, text));
                let (rule, name) = (optional(0x81, rule), optional(0x82, name));
                let slice = |written: &Option<Written>| written.as_ref().map_or(Vec::new(), |written| written.to_vec());
                let dn: &[u8] = if *dn { &[0x84, 1, 0xff] } else { &[] };
                element(0xa9, &[&slice(&rule), &slice(&name), &element(0x83, &[&value.fill(values)]), dn])
            }
        }
    }
}

impl Value {
    fn fill(&self, values: &Values<'_>) -> Vec<u8> {
        let bytes = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => bytes.clone(),
            Piece::Place(place) => {
                let found = values.iter().find(|(name, _)| name == place);
                found.map_or(Vec::new(), |(_, value)| value.as_bytes().to_vec())
            }
        };
        self.0.iter().flat_map(bytes).collect()
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

struct Parser<'a> {
    rest: &'a str,
    places: &'a [&'static str],
    depth: usize,
}

impl Parser<'_> {
    fn filter(&mut self) -> Result<Filter, String> {
        self.need('(')?;
        self.depth += 1;
        if self.depth > limits::FILTER_DEPTH {
            return Err("the filter is nested more than 8 deep".to_owned());
        }
        let filter = match self.rest.chars().next() {
            Some('&') => self.several(0xa0)?,
            Some('|') => self.several(0xa1)?,
            Some('!') => {
                self.skip();
                Filter::Not(Box::new(self.filter()?))
            }
            _ => self.item()?,
        };
        self.depth -= 1;
        self.need(')')?;
        Ok(filter)
    }

    fn several(&mut self, tag: u8) -> Result<Filter, String> {
        self.skip();
        let mut filters = Vec::new();
        while self.rest.starts_with('(') {
            filters.push(self.filter()?);
        }
        if filters.is_empty() { Err("& and | need filters".to_owned()) } else { Ok(Filter::Some(tag, filters)) }
    }

    fn item(&mut self) -> Result<Filter, String> {
        let end = self.rest.find([')', '(']).unwrap_or(self.rest.len());
        let (item, rest) = self.rest.split_at(end);
        self.rest = rest;
        let (name, value) = item.split_once('=').ok_or_else(|| format!("\"{item}\" has no ="))?;
        let (name, tag) = match name.char_indices().last() {
            Some((at, '>')) => (name.get(..at).unwrap_or_default(), 0xa5),
            Some((at, '<')) => (name.get(..at).unwrap_or_default(), 0xa6),
            Some((at, '~')) => (name.get(..at).unwrap_or_default(), 0xa8),
            Some((at, ':')) => return self.rule(name.get(..at).unwrap_or_default(), value),
            _ => (name, 0xa3),
        };
        let name = attribute(name)?;
        match value {
            "*" if tag == 0xa3 => Ok(Filter::Present(name)),
            _ if tag == 0xa3 && value.contains('*') => self.pieces(name, value),
            _ => Ok(Filter::Compare(tag, name, self.value(value)?)),
        }
    }

    /// Of `name:dn:rule:=value`.
    fn rule(&self, left: &str, value: &str) -> Result<Filter, String> {
        let mut parts = left.split(':');
        let name = parts.next().filter(|name| !name.is_empty()).map(attribute).transpose()?;
        let mut parts: Vec<&str> = parts.collect();
        let dn = parts.first().is_some_and(|part| part.eq_ignore_ascii_case("dn"));
        if dn {
            parts.remove(0);
        }
        let rule = match parts.as_slice() {
            [] => None,
            [rule] => Some(attribute(rule)?),
            _ => return Err(format!("\"{left}\" has too many colons")),
        };
        if name.is_none() && rule.is_none() {
            return Err("a matching rule or an attribute is missing before :=".to_owned());
        }
        Ok(Filter::Rule { name, rule, value: self.value(value)?, dn })
    }

    fn pieces(&self, name: String, text: &str) -> Result<Filter, String> {
        let parts: Vec<&str> = text.split('*').collect();
        let last = parts.len() - 1;
        let mut pieces = Vec::new();
        for (index, part) in parts.into_iter().enumerate() {
            let value = self.value(part)?;
            if !value.is_empty() {
                pieces.push((
                    if index == 0 {
                        0x80
                    } else if index == last {
                        0x82
                    } else {
                        0x81
                    },
                    value,
                ));
            }
        }
        Ok(Filter::Pieces(name, pieces))
    }

    /// A value with escapes such as `\2a`, and with places.
    fn value(&self, text: &str) -> Result<Value, String> {
        let (mut pieces, mut bytes, mut rest) = (Vec::new(), Vec::new(), text);
        while let Some(at) = rest.find(['\\', '{', '}']) {
            let (before, special) = rest.split_at(at);
            bytes.extend_from_slice(before.as_bytes());
            if let Some(escape) = special.strip_prefix('\\') {
                let pair = escape.get(..2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
                bytes.push(pair.ok_or_else(|| format!("\"{special}\" is no escape, such as \\2a"))?);
                rest = escape.get(2..).unwrap_or_default();
                continue;
            }
            let place = self.places.iter().find(|place| special.get(1..=place.len()) == Some(**place));
            let ends = |place: &&&'static str| special.get(place.len() + 1..=place.len() + 1) == Some("}");
            let place = place.filter(ends).filter(|_| special.starts_with('{'));
            let place = place.ok_or_else(|| format!("\"{special}\" is none of {}", self.known()))?;
            if !bytes.is_empty() {
                pieces.push(Piece::Bytes(std::mem::take(&mut bytes)));
            }
            pieces.push(Piece::Place(place));
            rest = special.get(place.len() + 2..).unwrap_or_default();
        }
        bytes.extend_from_slice(rest.as_bytes());
        if !bytes.is_empty() {
            pieces.push(Piece::Bytes(bytes));
        }
        Ok(Value(pieces))
    }

    fn known(&self) -> String {
        self.places.iter().map(|place| format!("{{{place}}}")).collect::<Vec<_>>().join(", ")
    }

    fn need(&mut self, expected: char) -> Result<(), String> {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(format!("a {expected} is missing before \"{}\"", self.rest)),
        }
    }

    fn skip(&mut self) {
        let mut characters = self.rest.chars();
        characters.next();
        self.rest = characters.as_str();
    }
}

/// The name of an attribute: letters, digits and hyphens, or numbers with dots between.
pub(crate) fn attribute(text: &str) -> Result<String, String> {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if text.is_empty() || !text.bytes().all(is_good) {
        return Err(format!("\"{text}\" is not the name of an attribute"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn filters_are_what_rfc_4511_says() {
        for (text, bytes) in [
            ("(a=b)", &b"\xa3\x06\x04\x01a\x04\x01b"[..]),
            ("(a>=b)", b"\xa5\x06\x04\x01a\x04\x01b"),
            ("(a<=b)", b"\xa6\x06\x04\x01a\x04\x01b"),
            ("(a~=b)", b"\xa8\x06\x04\x01a\x04\x01b"),
            ("(a=*)", b"\x87\x01a"),
            ("(a=\\2a)", b"\xa3\x06\x04\x01a\x04\x01*"),
            ("(!(a=*))", b"\xa2\x03\x87\x01a"),
            ("(&(a=*)(b=*))", b"\xa0\x06\x87\x01a\x87\x01b"),
            ("(|(a=*)(b=*))", b"\xa1\x06\x87\x01a\x87\x01b"),
            ("(a=x*y*z)", b"\xa4\x0e\x04\x01a\x30\x09\x80\x01x\x81\x01y\x82\x01z"),
            ("(a=x*)", b"\xa4\x08\x04\x01a\x30\x03\x80\x01x"),
            ("(a:dn:1.2:=b)", b"\xa9\x0e\x81\x031.2\x82\x01a\x83\x01b\x84\x01\xff"),
            ("(a:1.2:=b)", b"\xa9\x0b\x81\x031.2\x82\x01a\x83\x01b"),
            ("(a=)", b"\xa3\x05\x04\x01a\x04\x00"),
        ] {
            assert_eq!(*Filter::parse(text, &[]).unwrap().fill(&[]), bytes, "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for bad in [
            "",
            "a=b",
            "(a=b",
            "(a=b))",
            "(a)",
            "()",
            "(&)",
            "(=b)",
            "(a b=c)",
            "(a=\\2)",
            "(a=\\zz)",
            "(a={user)",
            "(a={x})",
            "(a=})",
            "(:=b)",
            "(a:b:c:d:=e)",
            "(!)",
            "(&(a=b)",
            "(a=b)(c=d)",
        ] {
            assert!(Filter::parse(bad, &["user"]).is_err(), "{bad}");
        }
        let deep = format!("{}(a=b){}", "(!".repeat(9), ")".repeat(9));
        assert!(Filter::parse(&deep, &[]).unwrap_err().contains("deep"));
    }

    #[test]
    fn places_are_found_and_filled() {
        let filter = Filter::parse("(&(a=x{user}@{realm}y)(b=*{user}))", &["user", "realm"]).unwrap();
        assert!(filter.has("user") && filter.has("realm") && !filter.has("dn"));
        let expected = Filter::parse("(&(a=xbob@testy)(b=*bob))", &[]).unwrap().fill(&[]);
        assert_eq!(*filter.fill(&[("user", "bob"), ("realm", "test")]), *expected);
    }

    proptest! {
        /// Whatever the user is called, one value changes and nothing else.
        #[test]
        fn a_user_name_stays_one_value(user in "\\PC{0,40}|[*()\\\\&|!={}]{0,12}") {
            let filter = Filter::parse("(&(objectClass=user)(uid={user}))", &["user"]).unwrap();
            let class = Filter::equals("objectClass", "user").fill(&[]);
            let name = element(0xa3, &[&element(OCTETS, &[b"uid"]), &element(OCTETS, &[user.as_bytes()])]);
            prop_assert_eq!(filter.fill(&[("user", &user)]), element(0xa0, &[&class, &name]));
        }

        #[test]
        fn any_text_is_a_filter_or_not(text in "\\PC{0,40}|[()&|!=*:a\\\\{}]{0,24}") {
            if let Ok(filter) = Filter::parse(&text, &["user"]) {
                let _ = filter.fill(&[("user", "x")]);
            }
        }
    }
}
