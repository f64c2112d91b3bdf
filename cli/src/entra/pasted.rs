//! Finds the errors in what people paste: a number, a response, the address of a redirect, a line of a log.
//!
//! Nothing of it is trusted, and only what has the shape of a number, of a name of an error or of a GUID comes out.

use doorward::entra::{aadsts, is_guid, oauth_error, oauth_suberror, windows_logon};
use serde_json::Value;
use std::borrow::Cow;

/// Numbers that are told. A response has one or two; a log may have any number of them.
const NUMBERS: usize = 16;

/// Characters of the name of an error.
const NAME: usize = 64;

/// A number of somebody's errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// `AADSTS…`.
    Entra(u32),
    /// A Windows error, or the sub-code of a directory.
    Windows(u32),
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pasted {
    pub(super) error: Option<String>,
    pub(super) suberror: Option<String>,
    /// Each once, in the order of the text.
    pub(super) numbers: Vec<Number>,
    /// Whether there are more than are told.
    pub(super) has_more: bool,
    /// Whether there is a value `claims`, to be sent with the next sign-in.
    pub(super) has_claims: bool,
    pub(super) correlation_id: Option<String>,
    pub(super) trace_id: Option<String>,
}

impl Pasted {
    pub(super) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim();
        let mut pasted = Self::default();
        match json(text) {
            Some(object) => pasted.add_json(&object),
            None if is_word(text) => pasted.add_word(text),
            None => pasted.add_text(text),
        }
        pasted
    }

    pub(super) fn is_empty(&self) -> bool {
        self.error.is_none() && self.suberror.is_none() && self.numbers.is_empty()
    }

    fn add(&mut self, number: Number) {
        if self.numbers.contains(&number) {
            return;
        }
        self.has_more = self.numbers.len() == NUMBERS;
        if !self.has_more {
            self.numbers.push(number);
        }
    }

    fn add_field(&mut self, name: &str, value: &str) {
        let guid = || Some(value.to_owned()).filter(|value| is_guid(value));
        match name {
            "error" => self.error = self.error.take().or_else(|| error_name(value)),
            "suberror" => self.suberror = self.suberror.take().or_else(|| error_name(value)),
            "correlation_id" => self.correlation_id = guid(),
            "trace_id" => self.trace_id = guid(),
            "claims" => self.has_claims = true,
            _ => {}
        }
    }

    fn add_json(&mut self, object: &Value) {
        for (name, value) in object.as_object().into_iter().flatten() {
            self.add_field(name, value.as_str().unwrap_or_default());
        }
        for code in object["error_codes"].as_array().into_iter().flatten() {
            let number = code.as_u64().and_then(|number| u32::try_from(number).ok());
            number.map(Number::Entra).into_iter().for_each(|number| self.add(number));
        }
        self.add_numbers(&object.to_string());
    }

    /// One word: a number as people write it, or the name of an error.
    fn add_word(&mut self, word: &str) {
        let name = word.to_ascii_lowercase();
        match number_of(word) {
            Some(number) => self.add(number),
            None if oauth_error(&name).is_some() => self.error = Some(name),
            None if oauth_suberror(&name).is_some() => self.suberror = Some(name),
            None => self.add_numbers(word),
        }
    }

    /// Any other text: the parameters of an address, as far as it has any, and numbers.
    fn add_text(&mut self, text: &str) {
        for piece in text.split(|character: char| "?#&".contains(character) || character.is_whitespace()) {
            if let Some((name, value)) = piece.split_once('=') {
                self.add_field(name, decoded(value).trim_matches(['"', '\'', ',']));
            }
        }
        let decoded = decoded(text);
        self.add_numbers(&decoded);
        if self.is_empty() {
            let words = words(&decoded).filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
            let numbers = words.filter_map(|word| word.parse().ok()).filter(|number| windows_logon(*number).is_some());
            numbers.for_each(|number| self.add(Number::Windows(number)));
        }
    }

    /// The numbers that say themselves what they are: `AADSTS50076`, `data 52e`, `0x52e`.
    fn add_numbers(&mut self, text: &str) {
        let mut before = "";
        for word in words(text) {
            match marked(word) {
                Some(number) => self.add(number),
                None if before.eq_ignore_ascii_case("data") => {
                    known_sub_code(word).into_iter().for_each(|number| self.add(number));
                }
                None => {}
            }
            before = word;
        }
    }
}

/// The JSON object in a text, which may have a head of a response or a line of a shell before it.
fn json(text: &str) -> Option<Value> {
    let object = text.get(text.find('{')?..=text.rfind('}')?)?;
    serde_json::from_str(object).ok().filter(Value::is_object)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// A name in the shape that names of errors have; nothing else is ever shown.
fn error_name(value: &str) -> Option<String> {
    let has_shape = value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let is_name = has_shape && (1..=NAME).contains(&value.len());
    is_name.then(|| value.to_owned())
}

/// A number alone. What is in no table is taken for what numbers of its length are.
fn number_of(word: &str) -> Option<Number> {
    let digits = || word.parse::<u32>().ok().filter(|_| word.bytes().all(|byte| byte.is_ascii_digit()));
    let unknown = |number| if number < 10_000 { Number::Windows(number) } else { Number::Entra(number) };
    marked(word)
        .or_else(|| digits().filter(|number| aadsts(*number).is_some()).map(Number::Entra))
        .or_else(|| digits().filter(|number| windows_logon(*number).is_some()).map(Number::Windows))
        .or_else(|| known_sub_code(word))
        .or_else(|| digits().map(unknown))
}

/// A number with a mark before it. Windows errors stand in the low half of `0x8007052e` (an HRESULT).
fn marked(word: &str) -> Option<Number> {
    let after = |mark: &str| {
        let (start, rest) = word.split_at_checked(mark.len())?;
        start.eq_ignore_ascii_case(mark).then_some(rest)
    };
    if let Some(digits) = after("AADSTS") {
        return digits.parse().ok().map(Number::Entra);
    }
    let number = u32::from_str_radix(after("0x")?, 16).ok()?;
    let number = if number >> 16 == 0x8007 { number & 0xffff } else { number };
    windows_logon(number).map(|_| Number::Windows(number))
}

/// The sub-code of a directory: three hexadecimal digits.
fn known_sub_code(word: &str) -> Option<Number> {
    let number = u32::from_str_radix(word, 16).ok().filter(|_| word.len() == 3)?;
    windows_logon(number).map(|_| Number::Windows(number))
}

/// A text without percent-encoding; what is not UTF-8 then is replaced.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let encoded = after.get(..2).filter(|_| *first == b'%').and_then(byte_of);
        bytes.push(encoded.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if encoded.is_some() { &after[2..] } else { after };
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    let digits = digits.iter().map(|digit| char::from(*digit).to_digit(16)).collect::<Option<Vec<_>>>()?;
    u8::try_from(digits.iter().fold(0, |number, digit| number * 16 + digit)).ok()
}

#[cfg(test)]
mod tests {
    use super::Number::{Entra, Windows};
    use super::*;

    #[track_caller]
    fn numbers(text: &str, expected: &[Number]) {
        assert_eq!(Pasted::read(text.as_bytes()).numbers, expected, "{text}");
    }

    #[test]
    fn a_number_is_known_by_its_mark_its_table_or_its_length() {
        for (text, number) in [
            ("AADSTS90094", Entra(90094)),
            (" aadsts90094:\n", Entra(90094)),
            ("90094", Entra(90094)),
            ("12345", Entra(12345)),
            ("AADSTS12", Entra(12)),
            ("1385", Windows(1385)),
            ("0x569", Windows(1385)),
            ("569", Windows(1385)),
            ("0X8007052E", Windows(1326)),
            ("52e", Windows(1326)),
            ("52E", Windows(1326)),
            ("775", Windows(1909)),
            ("1909", Windows(1909)),
            ("1400", Windows(1400)),
        ] {
            numbers(text, &[number]);
        }
        for none in
            ["", "x", "AADSTS", "AADSTSx", "AADSTS99999999999", "0x", "0xzz", "0x1", "52ef", "99999999999", "-1", "+5"]
        {
            numbers(none, &[]);
        }
    }

    #[test]
    fn texts_tell_their_numbers_in_order_and_once() {
        numbers("AADSTS50076: Due to AADSTS50079, AADSTS50076.", &[Entra(50076), Entra(50079)]);
        numbers(
            "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v4563",
            &[Windows(1326)],
        );
        numbers("LogonUser failed with error code : 1385", &[Windows(1385)]);
        numbers("AADSTS50126 after 1385 tries", &[Entra(50126)]);
        numbers("there were 525 users and data of 12 kinds", &[]);
        let many = |last| (1..=last).map(|number| format!("AADSTS{number} ")).collect::<String>();
        let pasted = Pasted::read(many(17).as_bytes());
        assert_eq!((pasted.numbers.len(), pasted.has_more), (NUMBERS, true));
        assert!(!Pasted::read(many(16).as_bytes()).has_more);
    }

    #[test]
    fn percent_encoding_is_undone_where_it_is_whole() {
        assert_eq!(decoded("a%3a+b%2B"), "a: b+");
        assert_eq!(decoded("100%+%zz%4"), "100% %zz%4");
        assert_eq!(decoded("%ff"), "\u{fffd}");
        assert_eq!(decoded("ä%C3%A4"), "ää");
    }
}
