//! Parsers never panic, and agree with other parsers.

use base64_simd::URL_SAFE_NO_PAD;
use doorward::{Algorithm, Code, Request, Verifier, internal};
use doorward_testkit::*;
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::collections::HashSet;
use std::fmt;

/// Feeds bytes to each parser. Outcomes are of no interest here: a panic fails the test.
fn feed(bytes: &[u8]) {
    let _ = internal::json(bytes);
    let _ = internal::authorization(bytes);
    let _ = internal::base64url(bytes);
    let _ = internal::path(bytes);
    let _ = internal::token(bytes);
    let _ = internal::key_set(bytes);
    let _ = internal::pem(bytes);
    if let Ok(text) = str::from_utf8(bytes) {
        let _ = internal::config(text);
    }
}

thread_local! {
    /// The key, and a verifier that has it.
    static PARTY: (TestKey, Verifier) = {
        let key = TestKey::generate(Algorithm::HS256).unwrap();
        let verifier = open(&configuration(&[key.jwk(KEY_ID)], &[Algorithm::HS256]));
        (key, verifier)
    };
}

fn verify_value(value: &[u8]) -> Code {
    PARTY.with(|(_, verifier)| verifier.verify(&Request::new("api").authorization(value)).code())
}

/// Text that looks like what a parser expects.
fn likely_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\u00",
        "\\ud83d",
        "\\",
        "1",
        "-",
        "e+",
        ".",
        "true",
        "null",
        " ",
        "é",
        "\"iss\":",
        "\"aud\":",
        "\"exp\":",
        "\"alg\":\"HS256\"",
        "\"kty\":\"RSA\"",
        "\"keys\":[",
        "\"kid\":",
        "Bearer ",
        "-----BEGIN PUBLIC KEY-----\n",
        "-----END PUBLIC KEY-----",
        "AAAA",
        "=",
        "..",
        "eyJhbGciOiJIUzI1NiJ9",
        "\0",
        "\n",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

/// Any JSON, four levels deep at most.
fn any_json() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| Number::from_f64(float).map(Value::Number)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\\u{0}-\u{1f}]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 8, |inner| {
        let object = prop::collection::vec(("[a-c\u{e9}\\\\]{0,3}", inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(Value::from),
            object.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// JSON as serde_json reads it, but for repeated names, which are refused.
struct WithoutRepetition;

impl<'de> Deserialize<'de> for WithoutRepetition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for WithoutRepetition {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = HashSet::new();
        while let Some((name, Self)) = members.next_entry::<String, Self>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a repeated name"));
            }
        }
        Ok(self)
    }
}

/// The one difference: serde_json refuses numbers that no float holds, and we keep them as text.
fn agree(text: &[u8]) -> Result<(), TestCaseError> {
    let ours = internal::json(text);
    match serde_json::from_slice::<WithoutRepetition>(text) {
        Ok(_) => prop_assert_eq!(ours, Ok(())),
        Err(error) if error.to_string().contains("number out of range") => {}
        Err(error) => prop_assert!(ours.is_err(), "{}: {:?}", error, String::from_utf8_lossy(text)),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        feed(&bytes);
        prop_assert_ne!(verify_value(&bytes), Code::Ok);
        prop_assert_ne!(verify_value(&[b"Bearer ", &bytes[..]].concat()), Code::Ok);
    }

    #[test]
    fn likely_text_never_panics(text in likely_text()) {
        feed(text.as_bytes());
        prop_assert_ne!(verify_value(text.as_bytes()), Code::Ok);
    }

    #[test]
    fn tokens_of_likely_parts_never_panic(parts in prop::array::uniform3(likely_text())) {
        let token = parts.map(|part| URL_SAFE_NO_PAD.encode_to_string(part)).join(".");
        feed(token.as_bytes());
        prop_assert_ne!(verify_value(format!("Bearer {token}").as_bytes()), Code::Ok);
    }

    /// The signature is good, so that what is behind it is reached.
    #[test]
    fn signed_payloads_of_any_shape_never_panic(name in "iss|sub|aud|exp|nbf|iat|cnf|scp|roles|azp", value in any_json()) {
        let mut claims = good_claims();
        claims[&name] = value;
        let token = PARTY.with(|(key, _)| sign(key, &header(key), &claims));
        verify_value(format!("Bearer {token}").as_bytes());
    }

    #[test]
    fn json_agrees_with_serde_json(value in any_json()) {
        prop_assert_eq!(internal::json(value.to_string().as_bytes()), Ok(()));
        prop_assert_eq!(internal::json(format!("{value:#}").as_bytes()), Ok(()));
    }

    #[test]
    fn changed_json_agrees_with_serde_json(
        value in any_json(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[]:,0e.-u \x1f\xff".as_slice())), 1..3),
    ) {
        let mut text = value.to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(text.len());
            text[place] = byte;
        }
        agree(&text)?;
    }

    #[test]
    fn likely_json_agrees_with_serde_json(text in "[\\[{]([\"a-b]|\"[a-b]\":|[0-9]|[-+.e]|,|true|null|\\\\|u00|[\\[\\]{}]){0,12}[\\]}]") {
        agree(text.as_bytes())?;
    }

    /// What comes out of a verdict is what went into the token, also where numbers are large and strings odd.
    #[test]
    fn claims_come_out_as_they_went_in(value in any_json()) {
        let mut claims = good_claims();
        claims["x"] = value.clone();
        PARTY.with(|(key, verifier)| {
            let token = sign(key, &header(key), &claims);
            let verdict = verify(verifier, &token);
            // The one reason for a refusal: too large.
            let Some(identity) = verdict.identity() else {
                prop_assert!(token.len() > 16_000, "{:?}", verdict);
                return Ok(());
            };
            let claim = identity.claim("x").unwrap();
            prop_assert_eq!(claim.as_str(), value.as_str());
            prop_assert_eq!(claim.as_i64(), value.as_i64());
            prop_assert_eq!(claim.as_f64(), value.as_f64());
            prop_assert_eq!(claim.as_bool(), value.as_bool());
            prop_assert_eq!(claim.as_json(), value.to_string());
            Ok(())
        })?;
    }

    /// One byte string has one encoding: what decodes encodes to the same text.
    #[test]
    fn base64url_is_canonical(text in "[A-Za-z0-9_+/=-]{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Some(decoded) = internal::base64url(text.as_bytes()) {
            prop_assert_eq!(URL_SAFE_NO_PAD.encode_to_string(decoded), text);
        }
        let encoded = URL_SAFE_NO_PAD.encode_to_string(&bytes);
        prop_assert_eq!(internal::base64url(encoded.as_bytes()), Some(bytes));
        prop_assert_eq!(internal::base64url(format!("{encoded}=").as_bytes()), None);
    }
}

/// Below the `Authorization` header, which refuses most of these by itself.
#[test]
fn halves_of_a_token_are_canonical() {
    let (header, payload) = (URL_SAFE_NO_PAD.encode_to_string(r#"{"alg":"HS256" }"#), "e30");
    assert_eq!(internal::token(format!("{header}.{payload}.c2ln").as_bytes()), Ok(()));
    let changes: [fn(&str) -> String; 6] = [
        |part| format!("{part}="),
        |part| format!("{part}=="),
        |part| format!("{part}\n"),
        |part| format!(" {part}"),
        |part| format!("{part}A"),
        |part| part[..part.len() - 1].to_owned() + if part.ends_with('0') { "1" } else { "R" },
    ];
    for change in changes {
        for token in [format!("{}.{payload}.c2ln", change(&header)), format!("{header}.{}.c2ln", change(payload))] {
            assert_eq!(internal::token(token.as_bytes()), Err(Code::TokenMalformed), "{token}");
        }
    }
}

#[test]
fn the_second_reader_refuses_what_it_should() {
    for (text, good) in
        [(r#"{"a":{"a":1},"b":[]}"#, true), (r#"{"a":1,"\u0061":2}"#, false), (r#"[{"x":0,"x":0}]"#, false)]
    {
        assert_eq!(serde_json::from_str::<WithoutRepetition>(text).is_ok(), good, "{text}");
    }
}
