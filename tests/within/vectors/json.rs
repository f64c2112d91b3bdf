//! The parser tests of JSONTestSuite.

use super::{files, name};
use base64_simd::URL_SAFE_NO_PAD;
use doorward::{Code, internal};
use std::fs;

/// Texts that RFC 8259 allows and that are refused.
const REFUSED: [(&str, &str); 2] = [
    ("y_object_duplicated_key.json", "a name stands twice: two parsers could read two different tokens"),
    ("y_object_duplicated_key_and_value.json", "a name stands twice: two parsers could read two different tokens"),
];

#[test]
fn each_text_is_accepted_or_refused_as_its_name_says() {
    let Some(folder) = doorward_testkit::vectors("each_text_is_accepted_or_refused_as_its_name_says") else { return };
    let (mut counts, mut deviating) = ([0; 3], Vec::new());
    for path in files(folder.join("json/JSONTestSuite/test_parsing")) {
        let outcome = internal::json(&fs::read(&path).unwrap());
        let kind = "yni".find(&name(&path)[..1]).unwrap();
        counts[kind] += 1;
        match (kind, outcome) {
            (0, Err(_)) | (1, Ok(())) => deviating.push(name(&path).to_owned()),
            _ => {}
        }
    }
    assert_eq!(counts, [95, 188, 35]);
    assert_eq!(deviating, REFUSED.map(|(name, _)| name));
}

/// Either half of a token has the text, and the other half is good. What is refused as JSON is
/// refused as a half too; what is accepted is at least an object.
#[test]
fn each_text_as_a_half_of_a_token() {
    let Some(folder) = doorward_testkit::vectors("each_text_as_a_half_of_a_token") else { return };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
    let (good_header, good_payload) = (encode(br#"{"alg":"RS256"}"#), encode(b"{}"));
    let mut accepted = 0;
    for path in files(folder.join("json/JSONTestSuite/test_parsing")) {
        let bytes = fs::read(&path).unwrap();
        let text = encode(&bytes);
        let header = internal::token(format!("{text}.{good_payload}.c2ln").as_bytes());
        assert_eq!(header, Err(Code::TokenMalformed), "none of the texts has an alg: {}", name(&path));
        let payload = internal::token(format!("{good_header}.{text}.c2ln").as_bytes());
        let is_object = bytes.trim_ascii_start().first() == Some(&b'{');
        assert_eq!(payload.is_ok(), internal::json(&bytes).is_ok() && is_object, "{}", name(&path));
        accepted += usize::from(payload.is_ok());
    }
    assert_eq!(accepted, 10);
}
