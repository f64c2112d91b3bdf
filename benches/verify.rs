//! What a decision costs, beside the bare signature of the same library, and beside `jsonwebtoken`
//! on that library too.
//!
//! Criterion measures one row after the other. So that noise does not decide, the last table
//! takes the three in turns: 300 rounds of each, the fastest round, and the ratio to the bare signature.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ParsedPublicKey};
use base64_simd::URL_SAFE_NO_PAD;
use criterion::Criterion;
use doorward::{Algorithm, Code, Request, Verdict, Verifier};
use doorward_testkit::*;
use jsonwebtoken::{DecodingKey, Validation};
use std::hint::black_box;
use std::time::Instant;

const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA, Algorithm::HS256];
const ROUNDS: usize = 300;

/// A token, and what verifies it.
struct Case {
    algorithm: Algorithm,
    header: String,
    verifier: Verifier,
    bare: Bare,
    peer: Peer,
    signing_input: Vec<u8>,
    signature: Vec<u8>,
}

/// The bare verification, with a key prepared once.
enum Bare {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

impl Case {
    fn new(algorithm: Algorithm) -> Self {
        let key = TestKey::generate(algorithm).unwrap();
        let token = sign(&key, &entra_header(&key), &entra_claims());
        let (input, signature) = token.rsplit_once('.').unwrap();
        let verifier = open(&platform_configuration(&key));
        Self {
            algorithm,
            verifier,
            bare: Bare::new(&key),
            peer: Peer::new(&key),
            signing_input: input.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode_to_vec(signature).unwrap(),
            header: format!("Bearer {token}"),
        }
    }

    fn bare(&self) {
        let (input, signature) = (black_box(&self.signing_input), black_box(&self.signature));
        let good = match &self.bare {
            Bare::Public(key) => key.verify_sig(input, signature).is_ok(),
            Bare::Secret(key) => hmac::verify(key, input, signature).is_ok(),
        };
        assert!(good);
    }

    fn peer(&self) {
        let token = &black_box(self.header.as_bytes())["Bearer ".len()..];
        let Peer { key, validation } = &self.peer;
        assert!(jsonwebtoken::decode::<serde_json::Value>(token, key, validation).is_ok());
    }

    fn verify(&self, verdict: &mut Verdict) {
        let request = Request::new("api").authorization(black_box(self.header.as_bytes()));
        assert_eq!(self.verifier.verify_into(&request, verdict), Code::Ok);
    }
}

/// Another library, set to check what the configuration checks, save for scopes.
struct Peer {
    key: DecodingKey,
    validation: Validation,
}

impl Peer {
    fn new(key: &TestKey) -> Self {
        let jwk = serde_json::from_value(key.jwk(KEY_ID)).unwrap();
        let mut validation = Validation::new(key.algorithm().name().parse().unwrap());
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The claims are of a fixed time, and this library asks the system's clock.
        validation.validate_exp = false;
        Self { key: DecodingKey::from_jwk(&jwk).unwrap(), validation }
    }
}

impl Bare {
    fn new(key: &TestKey) -> Self {
        let public = key.public_bytes();
        match key.algorithm() {
            Algorithm::RS256 => {
                Self::Public(ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, public).unwrap())
            }
            Algorithm::ES256 => {
                Self::Public(ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, public).unwrap())
            }
            Algorithm::EdDSA => Self::Public(ParsedPublicKey::new(&signature::ED25519, public).unwrap()),
            _ => Self::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &public))),
        }
    }
}

/// Nanoseconds of one call, over a round of some.
fn round(calls: u32, mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        call();
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

/// The fastest round.
fn fastest(rounds: &[f64]) -> f64 {
    rounds.iter().copied().fold(f64::INFINITY, f64::min)
}

fn in_turns(case: &Case) {
    let mut verdict = Verdict::new();
    let mut rounds: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        rounds[0].push(round(20, || case.bare()));
        rounds[1].push(round(20, || case.verify(&mut verdict)));
        rounds[2].push(round(20, || case.peer()));
    }
    let [bare, verify, peer] = rounds.map(|rounds| fastest(&rounds));
    println!(
        "{:<6} {bare:>9.0} ns  {verify:>9.0} ns  {:>6.3}  {peer:>9.0} ns  {:>6.3}",
        case.algorithm.name(),
        verify / bare,
        peer / bare,
    );
}

fn main() {
    let cases: Vec<Case> = ALGORITHMS.into_iter().map(Case::new).collect();
    let mut criterion = Criterion::default().configure_from_args();
    for case in &cases {
        let mut group = criterion.benchmark_group(case.algorithm.name());
        group.bench_function("bare", |bencher| bencher.iter(|| case.bare()));
        let mut verdict = Verdict::new();
        group.bench_function("verify", |bencher| bencher.iter(|| case.verify(&mut verdict)));
        group.bench_function("jsonwebtoken", |bencher| bencher.iter(|| case.peer()));
        group.finish();
    }
    println!("\nin turns, {ROUNDS} rounds of 20 calls each, the fastest round, and its ratio to the bare signature:");
    println!("           bare signature        doorward               jsonwebtoken");
    cases.iter().for_each(in_turns);
    criterion.final_summary();
}
