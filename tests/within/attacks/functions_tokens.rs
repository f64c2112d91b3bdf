//! Attacks by tokens and headers.

use doorward::{Algorithm, Code, Request, Verdict, Verifier};
use doorward_testkit::cases::leak::LeakCheck;
use doorward_testkit::cases::request;
use doorward_testkit::keys::key;
use doorward_testkit::{self, ISSUER, KEY_ID};
use serde_json::json;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

fn verifier(algorithm: Algorithm) -> Verifier {
    doorward_testkit::open(&doorward_testkit::configuration(&[key("own", algorithm).jwk(KEY_ID)], &[algorithm]))
}

fn good_token(algorithm: Algorithm) -> String {
    let own = key("own", algorithm);
    doorward_testkit::sign(own, &doorward_testkit::header(own), &doorward_testkit::good_claims())
}

fn bearer(token: &[u8]) -> Vec<u8> {
    [b"Bearer ", token].concat()
}

fn code(verifier: &Verifier, header: &[u8]) -> Code {
    verifier.verify(&Request::new("api").authorization(header)).code()
}

pub fn every_changed_bit_and_every_truncation_is_refused() {
    for algorithm in [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA, Algorithm::HS256] {
        let verifier = verifier(algorithm);
        let token = good_token(algorithm).into_bytes();
        assert_eq!(code(&verifier, &bearer(&token)), Code::Ok);
        for bit in 0..token.len() * 8 {
            let mut changed = token.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(code(&verifier, &bearer(&changed)), Code::Ok, "{algorithm}, bit {bit}");
        }
        for length in 0..token.len() {
            assert_ne!(code(&verifier, &bearer(&token[..length])), Code::Ok, "{algorithm}, {length} bytes");
            assert_ne!(
                code(&verifier, &bearer(&token[token.len() - length..])),
                Code::Ok,
                "{algorithm}, last {length}"
            );
        }
    }
}

/// Runs on as much stack as the smallest thread of a host has.
fn on_64_kib(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(64 * 1024).spawn(work).unwrap().join().expect("64 KiB of stack are enough");
}

pub fn nesting_needs_no_stack() {
    use doorward::internal;
    let nested = |open: &str, close: &str, depth: usize| format!("{}0{}", open.repeat(depth), close.repeat(depth));
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        for depth in [1_000, 100_000] {
            let text = nested(open, close, depth);
            on_64_kib(move || {
                assert!(internal::json(text.as_bytes()).is_err());
                assert!(internal::json(&text.as_bytes()[..text.len() / 2]).is_err(), "cut in the middle");
                assert!(internal::key_set(format!("{{\"keys\":{text}}}").as_bytes()).is_err());
                assert!(internal::config(&format!("{{\"apis\":{text}}}")).is_err());
            });
        }
        let text = nested(open, close, 4);
        on_64_kib(move || assert_eq!(internal::json(text.as_bytes()), Ok(())));
    }
    for depth in [100, 1_000, 5_000] {
        let own = key("own", Algorithm::HS256);
        let claims = format!("{{\"iss\":{},\"sub\":\"bob\"}}", nested("[", "]", depth));
        let token = request::sign(own, doorward_testkit::header(own).to_string().as_bytes(), claims.as_bytes());
        on_64_kib(move || assert_eq!(internal::token(token.as_bytes()), Err(Code::TokenMalformed)));
    }
    let token = good_token(Algorithm::HS256);
    on_64_kib(move || assert_eq!(internal::token(token.as_bytes()), Ok(())));
}

pub fn the_size_of_a_header_is_capped_to_the_byte() {
    let cap = doorward::limits::AUTHORIZATION_BYTES;
    let verifier = verifier(Algorithm::ES256);
    let token = good_token(Algorithm::ES256);
    let filled = |size: usize| format!("Bearer{}{token}", " ".repeat(size - 6 - token.len())).into_bytes();
    assert_eq!(code(&verifier, &filled(cap - 1)), Code::Ok);
    assert_eq!(code(&verifier, &filled(cap)), Code::Ok);
    assert_eq!(code(&verifier, &filled(cap + 1)), Code::HeaderTooLarge);
    // One claim fills the token nearly to the cap, and then past it.
    let own = key("own", Algorithm::ES256);
    let with_claim = |size: usize| {
        let mut claims = doorward_testkit::good_claims();
        claims["filler"] = "x".repeat(size).into();
        bearer(doorward_testkit::sign(own, &doorward_testkit::header(own), &claims).as_bytes())
    };
    let largest = (0..cap).rev().find(|size| with_claim(*size).len() <= cap).unwrap();
    assert_eq!(code(&verifier, &with_claim(largest)), Code::Ok);
    assert_eq!(code(&verifier, &with_claim(largest + 1)), Code::HeaderTooLarge);
    assert_eq!(code(&verifier, &bearer(&vec![b'a'; 64 * 1024 * 1024])), Code::HeaderTooLarge);
}

/// A reused verdict shows nothing of the token before, nor of the one that was refused.
pub fn claims_are_read_only_after_success() {
    let verifier = verifier(Algorithm::HS256);
    let good = bearer(good_token(Algorithm::HS256).as_bytes());
    let attacker = key("attacker", Algorithm::HS256);
    let mut claims = doorward_testkit::good_claims();
    claims["sub"] = "mallory".into();
    let forged = bearer(doorward_testkit::sign(attacker, &doorward_testkit::header(attacker), &claims).as_bytes());
    let mut verdict = Verdict::new();
    assert!(verdict.identity().is_none() && verdict.denial().is_some(), "a new verdict reads denied");
    for _ in 0..3 {
        assert_eq!(verifier.verify_into(&Request::new("api").authorization(&good), &mut verdict), Code::Ok);
        let identity = verdict.identity().unwrap();
        assert_eq!((identity.subject(), identity.claim("iss").unwrap().as_str()), (Some("bob"), Some(ISSUER)));
        for refused in [&forged[..], &good[..good.len() - 1], b"Bearer a.b.c", b""] {
            verifier.verify_into(&Request::new("api").authorization(refused), &mut verdict);
            assert!(verdict.identity().is_none() && !verdict.is_accepted());
            let shown = format!("{verdict:?} {}", verdict.denial().unwrap());
            assert!(!shown.contains("mallory") && !shown.contains("bob"), "{shown}");
        }
    }
}

/// Beside what every case of every attack is checked for: that the check would notice.
pub fn denials_show_nothing_of_tokens_and_keys() {
    let algorithm = Algorithm::HS256;
    let own = key("own", algorithm);
    let configuration = doorward_testkit::configuration(&[own.jwk(KEY_ID)], &[algorithm]);
    let verifier = doorward_testkit::open(&configuration);
    let mut claims = doorward_testkit::good_claims();
    claims["sub"] = "a-user-nobody-else-has".into();
    let token = doorward_testkit::sign(key("attacker", algorithm), &doorward_testkit::header(own), &claims);
    let headers = [bearer(token.as_bytes())];
    let leaks = LeakCheck::new(&configuration, algorithm);
    let verdict = verifier.verify(&Request::new("api").authorization(&headers[0]));
    assert_eq!(verdict.code(), Code::SignatureInvalid);
    leaks.check(&verdict, verdict.denial().unwrap(), &headers).unwrap();

    let (input, signature) = token.rsplit_once('.').unwrap();
    let expected = own.sign_bytes(input.as_bytes()).unwrap();
    let hex: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = own.required_members()["k"].as_str().unwrap().to_owned();
    let payload = input.rsplit_once('.').unwrap().1;
    for leaked in [signature, payload, "nobody-else", &hex, &hex.to_uppercase(), &secret, &format!("{expected:?}")] {
        for cut in [leaked, &leaked[..8]] {
            assert!(leaks.check_text(&format!("expected {cut}"), &headers).is_err(), "{cut} is not noticed");
        }
    }
    assert_eq!(leaks.check_text("expected one of https://api.k2.com/", &headers), Ok(()));
}

/// A listener to which any fetch would go notices nothing.
pub fn no_header_opens_a_connection() {
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let address = canary.local_addr().unwrap();
    let url = format!("http://{address}/keys.json");
    let algorithm = Algorithm::ES256;
    let (own, attacker) = (key("own", algorithm), key("attacker", algorithm));
    let mut configuration = doorward_testkit::configuration(&[own.jwk(KEY_ID)], &[algorithm]);
    configuration["issuers"]["main"]["issuer"] = format!("http://{address}").into();
    let verifier = doorward_testkit::open(&configuration);
    let mut claims = doorward_testkit::good_claims();
    claims["iss"] = format!("http://{address}").into();
    for name in ["jku", "x5u", "jwks_uri", "iss", "url", "kid"] {
        let mut header = json!({ "alg": "ES256", "kid": KEY_ID });
        header[name] = url.as_str().into();
        let expected = if name == "kid" { Code::KeyUnknown } else { Code::SignatureInvalid };
        assert_eq!(
            doorward_testkit::verify(&verifier, &doorward_testkit::sign(attacker, &header, &claims)).code(),
            expected,
            "{name}"
        );
        let expected = if name == "kid" { Code::KeyUnknown } else { Code::Ok };
        assert_eq!(
            doorward_testkit::verify(&verifier, &doorward_testkit::sign(own, &header, &claims)).code(),
            expected,
            "{name}"
        );
    }
    thread::sleep(Duration::from_millis(100));
    assert_eq!(canary.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "somebody connected");
    notices_a_connection(&canary, &url);
}

/// The listener would have noticed.
fn notices_a_connection(canary: &TcpListener, url: &str) {
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let _connection = TcpStream::connect(address).unwrap();
    let deadline = Instant::now() + Duration::from_secs(5);
    while canary.accept().is_err() {
        assert!(Instant::now() < deadline, "the listener notices nothing");
        thread::sleep(Duration::from_millis(5));
    }
}
