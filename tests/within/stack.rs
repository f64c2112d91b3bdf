//! Nothing recurses on its input: parsers and `verify` do their work on a stack of 64 KiB, whatever
//! the input. A stack that is too small ends the whole test program, so no assertion is needed for it.

use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use doorward::{Code, internal, limits};
use doorward_testkit::*;
use serde_json::json;
use std::thread;

const STACK_BYTES: usize = 64 * 1024;

fn on_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).unwrap();
        thread.join().unwrap()
    })
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode_to_string(text)
}

/// JSON that nests, closed and not.
fn nested(depth: usize) -> [String; 5] {
    let open = |text: &str| text.repeat(depth);
    [
        open("["),
        open("{\"a\":"),
        open("[{\"a\":"),
        open("[") + &open("]"),
        format!("{}0{}", open("{\"a\":["), open("]}")),
    ]
}

/// JSON that is long in all other ways.
fn long() -> Vec<String> {
    let members: Vec<_> = (0..100_000).map(|n| format!("\"n{n}\":{n}")).collect();
    vec![
        format!("\"{}\"", "\\u0041".repeat(200_000)),
        format!("\"{}\"", "\\ud83d\\ude00".repeat(100_000)),
        format!("\"{}", "\\".repeat(1_000_001)),
        format!("[{}]", vec!["[]"; 300_000].join(",")),
        format!("{{{}}}", members.join(",")),
        "1".repeat(1_000_000),
        " ".repeat(1_000_000),
    ]
}

fn worst_texts() -> Vec<String> {
    let mut texts: Vec<_> = [1_000, 100_000].into_iter().flat_map(nested).collect();
    texts.extend(long());
    texts
}

#[test]
fn json_needs_no_more() {
    let texts = worst_texts();
    let accepted = on_small_stack(|| texts.iter().filter(|text| internal::json(text.as_bytes()).is_ok()).count());
    assert_eq!(accepted, 4, "two strings, an array and a number; no nesting, and no object of so many members");
    let deepest = format!("{}{}", "[".repeat(limits::JSON_DEPTH), "]".repeat(limits::JSON_DEPTH));
    assert_eq!(on_small_stack(|| internal::json(deepest.as_bytes())), Ok(()));
}

#[test]
fn authorization_and_base64url_need_no_more() {
    let long = "A".repeat(1_000_000);
    for value in
        [format!("Bearer {long}"), " ".repeat(1_000_000), long.clone(), format!("Bearer{}x", " ".repeat(9_000))]
    {
        let outcome = on_small_stack(|| internal::authorization(value.as_bytes()));
        assert_eq!(outcome.is_ok(), value.len() <= limits::AUTHORIZATION_BYTES, "{}", value.len());
    }
    assert_eq!(on_small_stack(|| internal::base64url(long.as_bytes())).unwrap().len(), 750_000);
}

#[test]
fn paths_need_no_more() {
    for piece in ["a/", "%2F", "%C3%A9", ";", "a"] {
        let path = |bytes: usize| format!("/{}", piece.repeat((bytes - 1) / piece.len()));
        let longest = path(limits::PATH_BYTES);
        assert_eq!(on_small_stack(|| internal::path(longest.as_bytes())).is_ok(), piece != ";", "{piece}");
        assert_eq!(on_small_stack(|| internal::path(path(1_000_000).as_bytes())), Err(Code::PathAmbiguous));
    }
}

#[test]
fn tokens_need_no_more() {
    let (header, payload) = (encode("{\"alg\":\"RS256\"}"), encode("{}"));
    let mut refused: Vec<_> = worst_texts()
        .iter()
        .map(|text| encode(text))
        .flat_map(|text| [format!("{text}.{payload}.c2ln"), format!("{header}.{text}.c2ln")])
        .collect();
    refused.extend([".".repeat(1_000_000), "A".repeat(1_000_000)]);
    for token in refused {
        assert_eq!(on_small_stack(|| internal::token(token.as_bytes())), Err(Code::TokenMalformed));
    }
    let long = encode(&json!({ "x": "\u{1}".repeat(200_000) }).to_string());
    let token = format!("{header}.{long}.c2ln");
    assert_eq!(on_small_stack(|| internal::token(token.as_bytes())), Ok(()));
}

#[test]
fn key_sets_need_no_more() {
    let number = "A".repeat(800);
    let key = |n: usize| json!({ "kty": "RSA", "kid": format!("{n}"), "n": number, "e": "AQAB", "x5c": [number] });
    let full = json!({ "keys": (0..limits::KEY_SET_KEYS).map(key).collect::<Vec<_>>() }).to_string();
    assert!(full.len() < limits::KEY_SET_BYTES && full.len() > limits::KEY_SET_BYTES / 2);
    let usable = on_small_stack(|| internal::key_set(full.as_bytes()));
    assert_eq!(usable, Ok(limits::KEY_SET_KEYS));
    for text in worst_texts() {
        assert!(on_small_stack(|| internal::key_set(text.as_bytes())).is_err());
    }
}

#[test]
fn pem_needs_no_more() {
    // A sequence in a sequence, and so on; and one large value.
    let nested: Vec<u8> = (0..30_000).flat_map(|_| [0x30, 0x80]).collect();
    let large = [&[0x30, 0x83, 0x05, 0x00, 0x00][..], &vec![0; 0x5_0000]].concat();
    for label in ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY"] {
        for der in [&nested, &large] {
            let base64 = STANDARD.encode_to_string(der);
            let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
            let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
            let error = on_small_stack(|| internal::pem(text.as_bytes())).unwrap_err();
            assert!(error.contains("malformed"), "{label}: {error}");
        }
    }
}

#[test]
fn configurations_need_no_more() {
    let mut large = configuration(&[json!({})], &[doorward::Algorithm::RS256]);
    let issuer = large["issuers"]["main"].clone();
    for n in 0..1_000 {
        large["issuers"][format!("issuer-{n}")] = issuer.clone();
    }
    let large = large.to_string();
    assert_eq!(on_small_stack(|| internal::config(&large)), Ok(()));
    for text in worst_texts() {
        assert!(on_small_stack(|| internal::config(&text)).is_err());
    }
}

/// A token of nearly the maximum, with claims at the maximum of nesting and of members.
fn large_claims() -> serde_json::Value {
    let mut claims = good_claims();
    claims["deep"] = (1..limits::JSON_DEPTH).fold(json!("\u{1}"), |inner, _| json!([inner]));
    for n in 0..200 {
        claims[format!("claim-{n}")] = json!("value \u{1}".repeat(3));
    }
    claims
}

#[test]
fn verify_needs_no_more_for_any_algorithm() {
    for algorithm in algorithms() {
        let key = TestKey::generate(algorithm).unwrap();
        let verifier = open(&configuration(&[key.jwk(KEY_ID)], &[algorithm]));
        let token = sign(&key, &header(&key), &large_claims());
        assert!(token.len() > 12_000 && token.len() < limits::AUTHORIZATION_BYTES, "{}", token.len());
        assert_eq!(on_small_stack(|| verify(&verifier, &token).code()), Code::Ok, "{algorithm}");
        let cut = &token[..token.len() - 8];
        assert!(!on_small_stack(|| verify(&verifier, cut).is_accepted()), "{algorithm}");
        for text in ["[".repeat(10_000), "{\"a\":".repeat(2_000)] {
            let hostile = format!("{}.{}.c2ln", encode(&header(&key).to_string()), encode(&text));
            assert_eq!(on_small_stack(|| verify(&verifier, &hostile).code()), Code::TokenMalformed, "{algorithm}");
        }
    }
}
