//! An independent oracle: `jsonwebtoken`, set as strict as it can be, judges ten thousand tokens,
//! good and bad, that Doorward judges too. Each kind of token says what either has to answer; where
//! the answers differ, it says why.

mod draft;
mod kinds;
use doorward::{Algorithm, Clock, Config, Verifier};
use doorward_testkit::{AUDIENCE, ISSUER, KEY_ID, TestKey, configuration, verify};
use draft::{Draft, Random};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation};
use kinds::{Judge, KINDS, Kind};
use serde_json::Value;

const TOKENS: usize = 10_000;

/// The keys of one algorithm, and both judges.
struct Party {
    key: TestKey,
    /// A key of the same kind that nobody knows.
    stranger: TestKey,
    verifier: Verifier,
    decoding: DecodingKey,
    validation: Validation,
}

impl Party {
    fn new(key: TestKey, stranger: TestKey) -> Self {
        let algorithm = key.algorithm();
        let jwk = key.jwk(KEY_ID);
        let config = Config::from_json(configuration(std::slice::from_ref(&jwk), &[algorithm]).to_string());
        let jwk: Jwk = serde_json::from_value(jwk).unwrap();
        Self {
            verifier: Verifier::open(&config).unwrap(),
            decoding: DecodingKey::from_jwk(&jwk).unwrap(),
            validation: validation(algorithm),
            key,
            stranger,
        }
    }

    /// Whether Doorward, and whether the oracle, accepts the token.
    fn judge(&self, token: &str) -> (bool, bool) {
        let ours = verify(&self.verifier, token).is_accepted();
        let oracle = jsonwebtoken::decode::<Value>(token, &self.decoding, &self.validation);
        (ours, oracle.is_ok())
    }
}

/// As strict as the oracle can be. It has no switch for `iat`, `kid`, `typ` and `crit`.
fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm.name().parse().unwrap());
    validation.leeway = 60;
    validation.validate_nbf = true;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

/// One party for each algorithm that both judges know. RSA keys are slow to make, and shared.
fn parties() -> Vec<Party> {
    let rsa = [Algorithm::RS256; 2].map(|algorithm| TestKey::generate(algorithm).unwrap().private_bytes().unwrap());
    let key = |algorithm: Algorithm, which: usize| match algorithm.name().as_bytes()[0] {
        b'R' | b'P' => TestKey::from_pkcs8(algorithm, &rsa[which]).unwrap(),
        _ => TestKey::generate(algorithm).unwrap(),
    };
    let both = doorward_testkit::algorithms().filter(|algorithm| *algorithm != Algorithm::ES512);
    both.map(|algorithm| Party::new(key(algorithm, 0), key(algorithm, 1))).collect()
}

/// Judges a token of a kind. Where the second changed in between, it judges again: some kinds stand
/// on the second. `None` where the kind is not for this algorithm.
fn judged(kind: &Kind, party: &Party, random: &Random) -> Option<(String, (bool, bool))> {
    loop {
        let now = Clock::System.now();
        let token = Draft::new(party, now, &mut random.clone()).made(kind.make, &mut random.clone())?;
        let judgement = party.judge(&token);
        if Clock::System.now() == now {
            return Some((token, judgement));
        }
    }
}

#[test]
fn both_judges_answer_as_the_kind_of_token_says() {
    let parties = parties();
    let mut random = Random::new(0x_d00d);
    let mut counts = vec![0; KINDS.len()];
    let mut judged_tokens = 0;
    while judged_tokens < TOKENS {
        let index = random.below(KINDS.len());
        // Signing with RSA takes long: one token in eight.
        let rsa = random.below(8) == 0;
        let of_kind = |party: &&Party| party.key.algorithm().name().starts_with(['R', 'P']) == rsa;
        let fitting: Vec<_> = parties.iter().filter(of_kind).collect();
        let party = fitting[random.below(fitting.len())];
        random.next();
        let kind = &KINDS[index];
        let Some((token, (ours, oracle))) = judged(kind, party, &random) else { continue };
        assert_eq!((ours, oracle), kind.answers(), "{}: {}\n{token}", party.key.algorithm(), kind.name);
        counts[index] += 1;
        judged_tokens += 1;
    }
    for (kind, count) in KINDS.iter().zip(counts) {
        assert!(count >= 10, "{}: {count}", kind.name);
    }
}

#[test]
fn each_disagreement_has_a_reason() {
    for kind in KINDS {
        let agreed = matches!(kind.accepted_by, Judge::Both | Judge::Neither);
        assert_eq!(agreed, kind.reason.is_empty(), "{}", kind.name);
    }
    let accepted_by_us_alone: Vec<_> =
        KINDS.iter().filter(|kind| kind.accepted_by == Judge::Doorward).map(|kind| kind.name).collect();
    assert_eq!(
        accepted_by_us_alone,
        ["alg is Ed25519", "nbf half a second past the skew", "a number that is too large for a float"]
    );
}
