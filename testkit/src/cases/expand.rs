//! The words that stand for longer texts in cases, such as `$repeat([, 1000)`.

use super::encodings;
use crate::clouds;
use crate::keys::{algorithm, key};
use crate::{KEY_ID, NOW};
use base64_simd::URL_SAFE_NO_PAD;
use serde_json::Value;

type Word = (&'static str, fn(&str) -> String);

/// Words with an argument in parentheses. The innermost is written out first.
const WORDS: [Word; 9] = [
    ("$id(", clouds::id),
    ("$jwk(", jwk),
    ("$x5c(", x5c),
    ("$now(", |seconds| (NOW + seconds.parse::<i64>().unwrap()).to_string()),
    ("$repeat(", repeat),
    ("$bytes(", |count| URL_SAFE_NO_PAD.encode_to_string(vec![b'k'; count.parse().unwrap()])),
    ("$modulus(", modulus),
    ("$members(", members),
    ("$unsigned(", unsigned),
];

/// Writes all words out.
pub fn expand(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some((start, (name, write))) =
        WORDS.iter().filter_map(|word| Some((text.rfind(word.0)?, word))).max_by_key(|(start, _)| *start)
    {
        let argument = start + name.len();
        let end = argument + text[argument..].find(')').expect("a word has its closing parenthesis");
        let written = write(&text[argument..end]);
        text.replace_range(start..=end, &written);
    }
    text
}

/// Writes all words out, `$hex(fffe)` for bytes that are not UTF-8 among them.
pub fn expand_bytes(text: &str) -> Vec<u8> {
    let text = expand(text);
    let mut pieces = text.split("$hex(");
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (hex, rest) = piece.split_once(')').expect("a word has its closing parenthesis");
        bytes.extend((0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// `$jwk(own ES256)`, `$jwk(own ES256 other-kid)`, `$jwk(own ES256 key-1; {"use": "enc"})`.
fn jwk(argument: &str) -> String {
    let (who, patch) = argument.split_once(';').unwrap_or((argument, "{}"));
    let mut words = who.split_whitespace();
    let (holder, name) = (words.next().unwrap(), words.next().unwrap());
    let mut jwk = key(holder, algorithm(name)).jwk(words.next().unwrap_or(KEY_ID));
    merge(&mut jwk, &json(patch));
    jwk.to_string()
}

/// `$x5c(attacker)`: the certificate of an ES256 key, signed by itself and long expired, in base64.
fn x5c(holder: &str) -> String {
    base64_simd::STANDARD.encode_to_string(encodings::certificate(key(holder, algorithm("ES256"))))
}

/// `$repeat(text, 1000)`.
fn repeat(argument: &str) -> String {
    let (text, count) = argument.rsplit_once(", ").unwrap();
    text.repeat(count.parse().unwrap())
}

/// An odd number of so many bits, in base64url.
pub fn modulus(bits: &str) -> String {
    let bits: usize = bits.parse().unwrap();
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] >>= (8 - bits % 8) % 8;
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// So many members of an object.
fn members(count: &str) -> String {
    (0..count.parse().unwrap()).map(|n: usize| format!("\"m{n}\":{n}")).collect::<Vec<_>>().join(",")
}

/// A token of these claims without a signature.
fn unsigned(claims: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode_to_string(text);
    format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(claims))
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A merge patch (RFC 7396): null takes a member away.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let target = target.as_object_mut().unwrap();
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(name)),
            _ => merge(target.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}
