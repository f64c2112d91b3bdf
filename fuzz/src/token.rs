//! Tokens with good signatures, so that all that is behind the signature is reached.
//!
//! An input is the letter of an algorithm (H, D or E), the header up to the end of the line, and the claims.

use crate::claims::{AUDIENCES, ISSUER, Judgement, KEY_ID, NOW, judge};
use crate::mutate::Words;
use crate::shown;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use doorward::{Clock, Config, Request, Verifier, limits};
use libfuzzer_sys::Corpus;
use serde_json::{Value, json};
use std::sync::LazyLock;

static PARTIES: LazyLock<[Party; 3]> = LazyLock::new(|| [Party::hmac(), Party::ed25519(), Party::ecdsa()]);

/// What inputs are made of.
pub const WORDS: Words = Words {
    members: &[
        r#""alg":"HS256""#,
        r#""kid":"k1""#,
        r#""typ":"JWT""#,
        r#""typ":"at+jwt""#,
        r#""cty":"JWT""#,
        r#""crit":[]"#,
        r#""b64":true"#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""iss":"https://issuer.example/""#,
        r#""aud":"urn:api""#,
        r#""sub":"bob""#,
        r#""exp":1700003600"#,
        r#""exp":1699999940.5"#,
        r#""nbf":1700000060"#,
        r#""iat":1.5e9"#,
        r#""azp":"app""#,
        r#""appid":"app""#,
        r#""client_id":"app""#,
        r#""scp":"read""#,
        r#""scope":"read""#,
        r#""roles":["user"]"#,
        r#""ver":"1.0""#,
        r#""cnf":{}"#,
        r#""events":{}"#,
        r#""nonce":"n""#,
        r#""oid":"o""#,
        r#""upn":"bob@x""#,
        r#""idtyp":"app""#,
        r#""name":"B""#,
    ],
    values: &[
        r#"1699999940"#,
        r#"1699999941"#,
        r#"1700000060"#,
        r#"1700000061"#,
        r#"253402300799"#,
        r#"253402300800"#,
        r#""urn:api""#,
        r#""https://api.k2.com/""#,
        r#""https://issuer.example/""#,
        r#""read""#,
        r#""write read""#,
        r#""user""#,
        r#""app""#,
        r#""1.0""#,
        r#""JWT""#,
        r#""application/at+jwt""#,
        r#""k1""#,
        r#""HS256""#,
        r#""EdDSA""#,
        r#""Ed25519""#,
        r#""https://graph.microsoft.com""#,
    ],
};

pub fn check(input: &[u8]) -> Corpus {
    let Some((letter, text)) = input.split_first() else { return Corpus::Reject };
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    let (header, claims) = (&text[..end], text.get(end + 1..).unwrap_or_default());
    let place = match letter {
        b'D' => 1,
        b'E' => 2,
        _ => 0,
    };
    PARTIES[place].check(header, claims)
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// A key, and the verifier that knows it.
pub struct Party {
    /// The names that `alg` may have.
    algorithms: &'static [&'static str],
    verifier: Verifier,
    sign: Sign,
}

impl Party {
    fn new(
        algorithms: &'static [&'static str],
        key: Value,
        sign: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let config = Config::from_json(configuration(algorithms[0], key).to_string());
        let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
        Self { algorithms, verifier, sign: Box::new(sign) }
    }

    fn hmac() -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let jwk = json!({ "kty": "oct", "k": BASE64URL.encode([7; 32]) });
        Self::new(&["HS256"], jwk, move |message| hmac::sign(&key, message).as_ref().to_vec())
    }

    fn ed25519() -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": BASE64URL.encode(pair.public_key().as_ref()) });
        Self::new(&["EdDSA", "Ed25519"], jwk, move |message| pair.sign(message).as_ref().to_vec())
    }

    fn ecdsa() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let jwk = json!({ "kty": "EC", "crv": "P-256", "x": BASE64URL.encode(x), "y": BASE64URL.encode(y) });
        let sign = move |message: &[u8]| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
        Self::new(&["ES256"], jwk, sign)
    }

    fn check(&self, header: &[u8], claims: &[u8]) -> Corpus {
        let signed = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(claims));
        let mut signature = (self.sign)(signed.as_bytes());
        let value = |signature: &[u8]| format!("Bearer {signed}.{}", BASE64URL.encode(signature));
        let whole = value(&signature);
        let found = self.user(&whole);
        let judgement = judge(header, claims, self.algorithms);
        match &judgement {
            Judgement::Unknown => {}
            Judgement::Good(user) if whole.len() <= limits::AUTHORIZATION_BYTES => {
                assert_eq!(found, Some(format!("AAD:{user}")), "{} {}", shown(header), shown(claims));
            }
            Judgement::Good(_) | Judgement::Bad | Judgement::Broken => {
                assert_eq!(found, None, "{} {}", shown(header), shown(claims));
            }
        }
        if found.is_some() {
            let bit = claims.len() % (signature.len() * 8);
            signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(self.user(&value(&signature)), None, "bit {bit}: {}", shown(claims));
        }
        if judgement == Judgement::Broken { Corpus::Reject } else { Corpus::Keep }
    }

    fn user(&self, authorization: &str) -> Option<String> {
        let verdict = self.verifier.verify(&Request::new("api").authorization(authorization.as_bytes()));
        verdict.identity().map(|identity| identity.qualified_name().to_string())
    }
}

fn configuration(algorithm: &str, mut key: Value) -> Value {
    key["kid"] = KEY_ID.into();
    json!({
        "issuers": { "main": {
            "issuer": ISSUER, "audiences": AUDIENCES, "algorithms": [algorithm], "jwks": { "keys": [key] }
        } },
        "user_managers": { "AAD": { "issuers": ["main"] } },
        "apis": { "api": {
            "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["read"], "roles": ["user"],
            "clients": ["app"], "claims": [{ "claim": "ver", "equals": "1.0" }]
        } }
    })
}
