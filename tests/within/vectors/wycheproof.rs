//! The vectors of Project Wycheproof.

use super::{read_json, set_of};
use base64_simd::URL_SAFE_NO_PAD;
use doorward::Algorithm;
use doorward::internal::{self, JwsVerifier};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The cases of the JWS file whose outcome differs from what the file says.
const EXCEPTIONS: [(u64, &str); 8] = [
    (346, "the key is for PS256, the token says PS384"),
    (347, "the alg of the key is ES521, which does not exist"),
    (350, "the key is for PS256, the token says PS384"),
    (351, "the alg of the key is ES521, which does not exist"),
    (367, "the file says invalid, but the token is the valid one of case 357"),
    (370, "the file says invalid, but the token is the valid one of case 357"),
    (372, "a question mark in the header, which is not base64url"),
    (373, "a question mark in the payload, which is not base64url"),
];

/// A case with its group.
struct Case<'a> {
    group: &'a Value,
    test: &'a Value,
}

impl<'a> Case<'a> {
    fn id(&self) -> u64 {
        self.test["tcId"].as_u64().unwrap()
    }

    fn result(&self) -> &'a str {
        self.test["result"].as_str().unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        hex(self.test[name].as_str().unwrap())
    }
}

fn cases(file: &Value) -> impl Iterator<Item = Case<'_>> {
    let groups = file["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| Case { group, test }))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Reads one of the files, or skips the test.
fn file(test: &str, name: &str) -> Option<Value> {
    doorward_testkit::vectors(test).map(|folder| read_json(folder.join("wycheproof").join(name)))
}

/// What the JOSE path says of each case: "valid", "invalid", or "load" where the key is refused.
/// Counted by what the file says and what we say.
fn tally(
    file: &Value,
    algorithm: Algorithm,
    signature: &str,
    key: impl Fn(&Case<'_>) -> Value,
) -> BTreeMap<(String, &'static str), usize> {
    let mut tally = BTreeMap::new();
    for case in cases(file) {
        let keys = set_of(&key(&case));
        let said = match internal::signature(&keys, algorithm, &case.bytes("msg"), &case.bytes(signature)) {
            Ok(true) => "valid",
            Ok(false) => "invalid",
            Err(_) => "load",
        };
        if said == "valid" {
            assert_eq!(case.result(), "valid", "case {}", case.id());
        }
        *tally.entry((case.result().to_owned(), said)).or_default() += 1;
    }
    tally
}

fn counts<const N: usize>(rows: [(&str, &'static str, usize); N]) -> BTreeMap<(String, &'static str), usize> {
    rows.into_iter().map(|(result, said, count)| ((result.to_owned(), said), count)).collect()
}

#[test]
fn every_jws_has_the_outcome_of_the_file_but_for_eight() {
    let Some(file) = file("every_jws_has_the_outcome_of_the_file_but_for_eight", "json_web_signature_test.json") else {
        return;
    };
    let algorithms: Vec<_> = doorward_testkit::algorithms().collect();
    let (mut agreed, mut deviating) = (0, Vec::new());
    for case in cases(&file) {
        let key = case.group.get("public").unwrap_or(&case.group["private"]);
        let token = case.test["jws"].as_str().unwrap();
        let verified = JwsVerifier::open(&set_of(key), &algorithms)
            .is_ok_and(|verifier| verifier.verify(token.as_bytes()).is_ok());
        if verified == (case.result() == "valid") {
            agreed += 1;
        } else {
            deviating.push(case.id());
        }
    }
    assert_eq!(deviating, EXCEPTIONS.map(|(id, _)| id));
    assert_eq!(agreed, 393);
}

#[test]
fn the_exceptions_are_those_that_come_with_the_vectors() {
    let test = "the_exceptions_are_those_that_come_with_the_vectors";
    let Some(overrides) = file(test, "OVERRIDES.json") else { return };
    let refused = overrides["strict_verifier_refuses_although_file_says_valid"].as_object().unwrap();
    let repeated = overrides["file_says_invalid_but_token_is_byte_identical_to_valid_tcId_357"].as_array().unwrap();
    let ids = refused.keys().map(String::as_str).chain(repeated.iter().map(|id| id.as_str().unwrap()));
    let mut ids: Vec<u64> = ids.map(|id| id.parse().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, EXCEPTIONS.map(|(id, _)| id));
}

#[test]
fn a_json_serialization_is_refused() {
    let Some(file) = file("a_json_serialization_is_refused", "json_web_signature_test.json") else { return };
    let flagged = |case: &Case<'_>| case.test["flags"].as_array().unwrap().contains(&json!("JsonSerialization"));
    let cases: Vec<_> = cases(&file).filter(flagged).collect();
    assert_eq!(cases.len(), 1);
    let token = cases[0].test["jws"].as_str().unwrap();
    assert_eq!(internal::token(token.as_bytes()), Err(doorward::Code::TokenMalformed));
    assert_eq!(internal::authorization(format!("Bearer {token}").as_bytes()), Err(doorward::Code::HeaderMalformed));
}

fn rsa_key(case: &Case<'_>) -> Value {
    let number = |name: &str| encoded(&hex(case.group["publicKey"][name].as_str().unwrap()));
    json!({ "kty": "RSA", "n": number("modulus"), "e": number("publicExponent") })
}

/// The one "acceptable" case lacks the NULL of the algorithm's parameters. It is refused: RFC 8017
/// appendix A.2.4 says that the NULL shall be there, and section 8.2.2 compares the encoded message as a whole.
#[test]
fn rsa_pkcs1() {
    let Some(file) = file("rsa_pkcs1", "rsa_signature_2048_sha256_test.json") else { return };
    let expected = counts([("valid", "valid", 9), ("invalid", "invalid", 249), ("acceptable", "invalid", 1)]);
    assert_eq!(tally(&file, Algorithm::RS256, "sig", rsa_key), expected);
}

#[test]
fn rsa_pss() {
    let Some(file) = file("rsa_pss", "rsa_pss_2048_sha256_mgf1_32_test.json") else { return };
    let expected = counts([("valid", "valid", 63), ("invalid", "invalid", 45)]);
    assert_eq!(tally(&file, Algorithm::PS256, "sig", rsa_key), expected);
}

fn p256_key(case: &Case<'_>) -> Value {
    let point = hex(case.group["publicKey"]["uncompressed"].as_str().unwrap());
    json!({ "kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..]) })
}

#[test]
fn ecdsa_p256() {
    let Some(file) = file("ecdsa_p256", "ecdsa_secp256r1_sha256_p1363_test.json") else { return };
    let expected = counts([("valid", "valid", 173), ("invalid", "invalid", 89)]);
    assert_eq!(tally(&file, Algorithm::ES256, "sig", p256_key), expected);
}

/// JOSE signatures are r and s of fixed length (RFC 7518 section 3.4). DER is refused,
/// and none of the signatures of this file has by chance the 64 bytes that r and s have.
#[test]
fn ecdsa_p256_in_der_is_refused() {
    let Some(file) = file("ecdsa_p256_in_der_is_refused", "ecdsa_secp256r1_sha256_test.json") else { return };
    assert!(cases(&file).all(|case| case.bytes("sig").len() != 64));
    let expected = counts([("valid", "invalid", 174), ("invalid", "invalid", 310)]);
    assert_eq!(tally(&file, Algorithm::ES256, "sig", p256_key), expected);
}

#[test]
fn ed25519() {
    let Some(file) = file("ed25519", "ed25519_test.json") else { return };
    let key = |case: &Case<'_>| {
        let point = hex(case.group["publicKey"]["pk"].as_str().unwrap());
        json!({ "kty": "OKP", "crv": "Ed25519", "x": encoded(&point) })
    };
    let expected = counts([("valid", "valid", 88), ("invalid", "invalid", 63)]);
    assert_eq!(tally(&file, Algorithm::EdDSA, "sig", key), expected);
}

/// Of the 66 cases that the file calls valid, 33 have a tag cut to half, which JWS never has, and
/// 3 of the others a key of 16 bytes, which RFC 7518 section 3.2 forbids.
#[test]
fn hmac() {
    let Some(file) = file("hmac", "hmac_sha256_test.json") else { return };
    let key = |case: &Case<'_>| json!({ "kty": "oct", "k": encoded(&case.bytes("key")) });
    let expected =
        counts([("valid", "valid", 30), ("valid", "invalid", 30), ("valid", "load", 6), ("invalid", "invalid", 108)]);
    assert_eq!(tally(&file, Algorithm::HS256, "tag", key), expected);
    for case in cases(&file).filter(|case| case.group["tagSize"] != 256) {
        let keys = set_of(&key(&case));
        let accepted = internal::signature(&keys, Algorithm::HS256, &case.bytes("msg"), &case.bytes("tag"));
        assert_ne!(accepted, Ok(true), "case {}", case.id());
    }
    for case in cases(&file).filter(|case| case.bytes("key").len() < 32) {
        let error = JwsVerifier::open(&set_of(&key(&case)), &[Algorithm::HS256]).err().unwrap();
        assert!(error.contains("fewer than the 32 bytes"), "case {}: {error}", case.id());
    }
}
