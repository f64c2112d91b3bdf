//! A valid token with any small change is refused.

use doorward::{Algorithm, Request, Verifier};
use doorward_testkit::*;
use proptest::prelude::*;

struct Good {
    verifier: Verifier,
    token: Vec<u8>,
}

impl Good {
    fn new(algorithm: Algorithm) -> Self {
        let key = TestKey::generate(algorithm).unwrap();
        let verifier = open(&configuration(&[key.jwk(KEY_ID)], &[algorithm]));
        let token = sign(&key, &header(&key), &good_claims()).into_bytes();
        let good = Self { verifier, token };
        assert!(good.accepts(&good.token), "{algorithm}");
        good
    }

    fn accepts(&self, token: &[u8]) -> bool {
        let value = [b"Bearer ", token].concat();
        self.verifier.verify(&Request::new("api").authorization(&value)).is_accepted()
    }

    fn refuses(&self, token: &[u8]) {
        assert!(!self.accepts(token), "{:?}", String::from_utf8_lossy(token));
    }

    fn refuses_replaced(&self, place: usize, byte: u8) {
        let mut token = self.token.clone();
        token[place] = byte;
        self.refuses(&token);
    }

    fn refuses_inserted(&self, place: usize, byte: u8) {
        let mut token = self.token.clone();
        token.insert(place, byte);
        self.refuses(&token);
    }

    /// Each beginning, each end, and the token without any one byte.
    fn refuses_shortened(&self) {
        for place in 0..self.token.len() {
            self.refuses(&self.token[..place]);
            self.refuses(&self.token[place + 1..]);
            let mut token = self.token.clone();
            token.remove(place);
            self.refuses(&token);
        }
    }
}

#[test]
fn each_byte_at_each_place_of_an_hs256_token() {
    let good = Good::new(Algorithm::HS256);
    for place in 0..good.token.len() {
        for byte in (0..=255).filter(|byte| *byte != good.token[place]) {
            good.refuses_replaced(place, byte);
        }
    }
    good.refuses_shortened();
}

/// But for one: a second space between scheme and token separates them as one does (RFC 9110 section 11.4).
#[test]
fn each_byte_inserted_at_each_place_of_an_hs256_token() {
    let good = Good::new(Algorithm::HS256);
    for place in 0..=good.token.len() {
        for byte in (0..=255).filter(|byte| place > 0 || *byte != b' ') {
            good.refuses_inserted(place, byte);
        }
    }
    assert!(good.accepts(&[b" ", &good.token[..]].concat()));
}

/// The other algorithms: a flipped bit and a likely byte at each place.
#[test]
fn each_place_of_a_token_of_each_algorithm() {
    for algorithm in algorithms() {
        let good = Good::new(algorithm);
        for place in 0..good.token.len() {
            good.refuses_replaced(place, good.token[place] ^ 1 << (place % 8));
            let likely = if good.token[place] == b'A' { b'B' } else { b'A' };
            good.refuses_replaced(place, likely);
            good.refuses_inserted(place, likely);
        }
        good.refuses_shortened();
    }
}

/// Several changes at once, and parts of one token in another, also by the same key.
#[test]
fn parts_of_two_tokens_of_one_key_do_not_mix() {
    for algorithm in algorithms() {
        let key = TestKey::generate(algorithm).unwrap();
        let verifier = open(&configuration(&[key.jwk(KEY_ID)], &[algorithm]));
        let mut claims = good_claims();
        let first = sign(&key, &header(&key), &claims);
        claims["sub"] = "eve".into();
        let second = sign(&key, &serde_json::json!({ "alg": algorithm.name() }), &claims);
        let parts = [first, second].map(|token| token.split('.').map(str::to_owned).collect::<Vec<_>>());
        for choice in 0..8 {
            let part = |index: usize| parts[choice >> index & 1][index].as_str();
            let token = [part(0), part(1), part(2)].join(".");
            assert_eq!(verify(&verifier, &token).is_accepted(), choice == 0 || choice == 7, "{algorithm} {choice}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn several_changes_at_once(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        thread_local!(static GOOD: Good = Good::new(Algorithm::HS256));
        GOOD.with(|good| {
            let mut token = good.token.clone();
            for (place, byte) in &changes {
                let place = place.index(token.len());
                token[place] = *byte;
            }
            prop_assert_eq!(good.accepts(&token), token == good.token);
            Ok(())
        })?;
    }
}
