//! Key sets (RFC 7517), against an independent reading of each key.

use crate::json::{self, Reading};
use crate::mutate::Words;
use crate::{has_bug, shown};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use doorward::internal::{self, JwsVerifier};
use doorward::{Algorithm, limits};
use libfuzzer_sys::Corpus;
use serde_json::Value;
use std::sync::LazyLock;

/// What inputs are made of.
pub const WORDS: Words = Words {
    members: &[
        r#""keys":[]"#,
        r#""kty":"oct""#,
        r#""kty":"RSA""#,
        r#""kid":"k1""#,
        r#""kid":"s""#,
        r#""alg":"EdDSA""#,
        r#""alg":"HS256""#,
        r#""use":"sig""#,
        r#""use":"enc""#,
        r#""key_ops":["verify"]"#,
        r#""key_ops":["sign"]"#,
        r#""crv":"P-256""#,
        r#""crv":"Ed25519""#,
        r#""x":"AA""#,
        r#""y":"AA""#,
        r#""n":"AQAB""#,
        r#""e":"AQAB""#,
        r#""k":"AA""#,
        r#""d":"AA""#,
        r#""p":"AA""#,
        r#""oth":[]"#,
        r#""issuer":"urn:i""#,
        r#""cloud_instance_name":"c""#,
    ],
    values: &[
        r#"["verify"]"#,
        r#"["sign"]"#,
        r#""sig""#,
        r#""enc""#,
        r#""RSA""#,
        r#""EC""#,
        r#""OKP""#,
        r#""oct""#,
        r#""Ed25519""#,
        r#""X25519""#,
        r#""P-256""#,
        r#""P-384""#,
        r#""P-521""#,
        r#""EdDSA""#,
        r#""ES256""#,
        r#""RS256""#,
        r#""HS256""#,
        r#""AQAB""#,
        r#""AA""#,
        r#""k1""#,
        r#""6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw""#,
    ],
};

pub fn check(text: &[u8]) -> Corpus {
    let set = json::read(json::without_mark(text));
    let corpus = set.corpus();
    let keys = match set {
        Reading::Good(set) => keys(set),
        Reading::Bad => None,
        Reading::Unknown => return corpus,
    };
    let usable = keys.as_ref().map(|keys| keys.iter().filter(|key| is_usable(key)).count());
    assert_eq!(internal::key_set(text).ok(), usable, "{}", shown(text));
    check_published(text, keys.as_deref());
    if let Ok(text) = str::from_utf8(text) {
        check_opened(text, keys.as_deref().unwrap_or_default());
    }
    corpus
}

/// The keys of a set that has the right shape.
fn keys(set: Value) -> Option<Vec<Value>> {
    let is_bounded = json::is_bounded(&set, limits::TOKEN_MEMBERS);
    let keys = set.get("keys")?.as_array()?;
    (is_bounded && keys.len() <= limits::KEY_SET_KEYS).then(|| keys.clone())
}

/// Whether a key can verify signatures, as far as its members tell.
fn is_usable(key: &Value) -> bool {
    if !key.is_object() {
        return false;
    }
    let text = |name: &str, max: usize| match key.get(name) {
        None => true,
        Some(value) => value.as_str().is_some_and(|text| text.len() <= max),
    };
    let any = usize::MAX;
    let texts = [("kid", limits::KEY_ID_BYTES), ("alg", any), ("issuer", 4096), ("cloud_instance_name", 4096)];
    texts.into_iter().all(|(name, max)| text(name, max)) && is_for_signatures(key) && has_material(key)
}

fn is_for_signatures(key: &Value) -> bool {
    let (purpose, operations) = (key.get("use"), key.get("key_ops"));
    if has_bug() && purpose.is_some() && operations.is_some() {
        return false;
    }
    let is_verify = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    };
    purpose.is_none_or(|purpose| purpose == "sig") && operations.is_none_or(is_verify)
}

fn has_material(key: &Value) -> bool {
    let bytes = |name: &str| {
        let bytes = key.get(name)?.as_str().and_then(|text| BASE64URL.decode(text).ok())?;
        Some(bytes.len()).filter(|len| *len > 0)
    };
    let is_private = ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| key.get(*name).is_some());
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let coordinate = match text("crv") {
        Some("P-256") => Some(32),
        Some("P-384") => Some(48),
        Some("P-521") => Some(66),
        _ => None,
    };
    match text("kty") {
        Some("oct") => bytes("k").is_some_and(|len| len <= limits::HMAC_SECRET_BYTES_MAX),
        _ if is_private => false,
        Some("RSA") => bytes("n").is_some() && bytes("e").is_some(),
        Some("EC") => coordinate.is_some() && bytes("x") == coordinate && bytes("y") == coordinate,
        Some("OKP") => text("crv") == Some("Ed25519") && bytes("x") == Some(32),
        _ => false,
    }
}

/// Of a set that a provider publishes, only public keys are used, each for an algorithm of its kind.
fn check_published(text: &[u8], keys: Option<&[Value]>) {
    let published = internal::published_key_set(text).ok();
    assert_eq!(published.is_some(), keys.is_some(), "{}", shown(text));
    for (id, algorithm) in published.unwrap_or_default() {
        let is_it = |key: &&Value| key.get("kid").and_then(Value::as_str) == id.as_deref();
        let fits = |key: &Value| is_usable(key) && fits(key, algorithm);
        let found = keys.unwrap_or_default().iter().filter(is_it).any(fits);
        assert!(!algorithm.name().starts_with("HS") && found, "{id:?} {algorithm}: {}", shown(text));
    }
}

fn fits(key: &Value, algorithm: Algorithm) -> bool {
    let kinds: &[(&str, &str)] = match key.get("kty").and_then(Value::as_str) {
        Some("RSA") => &[("RS", ""), ("PS", "")],
        Some("EC") => &[("ES256", "P-256"), ("ES384", "P-384"), ("ES512", "P-521")],
        Some("OKP") => &[("EdDSA", "Ed25519")],
        Some("oct") => &[("HS", "")],
        _ => &[],
    };
    let is_kind = |(begin, curve): &(&str, &str)| {
        algorithm.name().starts_with(begin) && (curve.is_empty() || key.get("crv").is_some_and(|crv| crv == curve))
    };
    let declared = key.get("alg").and_then(Value::as_str);
    kinds.iter().any(is_kind) && declared.is_none_or(|name| Algorithm::from_name(name) == Some(algorithm))
}

/// A key that stands in seeds, and a token by it.
struct Known {
    x: String,
    token: String,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let signed = format!("{}.e30", BASE64URL.encode(r#"{"alg":"EdDSA"}"#));
    let signature = BASE64URL.encode(pair.sign(signed.as_bytes()).as_ref());
    Known { x: BASE64URL.encode(pair.public_key().as_ref()), token: format!("{signed}.{signature}") }
});

/// A set that an operator wrote is opened only if none of its keys is private, and verifies only what its keys signed.
fn check_opened(text: &str, keys: &[Value]) {
    let known =
        |key: &Value| key.get("x").is_some_and(|x| *x == KNOWN.x) && is_usable(key) && fits(key, Algorithm::EdDSA);
    let all: Vec<_> = Algorithm::ALL.into_iter().collect();
    let Ok(verifier) = JwsVerifier::open(text, &all) else {
        assert!(keys.len() != 1 || !known(&keys[0]), "{text}");
        return;
    };
    assert!(keys.iter().any(is_usable), "{text}");
    let is_secret = |key: &Value| key.get("kty").is_some_and(|kty| kty == "oct");
    assert!(!keys.iter().any(|key| key.get("d").is_some() && !is_secret(key)), "{text}");
    let verified = verifier.verify(KNOWN.token.as_bytes()).is_ok();
    assert!(!verified || keys.iter().any(known), "{text}");
    assert!(verified || keys.len() != 1 || !known(&keys[0]), "{text}");
}
