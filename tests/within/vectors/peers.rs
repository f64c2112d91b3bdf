//! Tokens and keys out of the tests of other libraries.

use super::{files, name, open, read_json, set_of};
use doorward::internal::{self, JwsVerifier};
use doorward::{Algorithm, Code};
use std::fs;
use std::path::{Path, PathBuf};

fn peer(test: &str, folder: &str) -> Option<PathBuf> {
    doorward_testkit::vectors(test).map(|vectors| vectors.join("peers").join(folder))
}

fn algorithms() -> Vec<Algorithm> {
    doorward_testkit::algorithms().collect()
}

/// Three tokens have a salt as long as the key allows, where RFC 7518 section 3.5 wants it as long as
/// the hash, and one has the alg "ED25519", which does not exist: `strict_valid` says so.
#[test]
fn golang_jwt_tokens() {
    let Some(folder) = peer("golang_jwt_tokens", "golang-jwt") else { return };
    let document = read_json(folder.join("cases.json"));
    let cases = document["cases"].as_array().unwrap();
    let (mut accepted, mut stricter) = (0, 0);
    for case in cases {
        let Some(verifier) = golang_verifier(&folder, case) else { continue };
        let outcome = verifier.verify(case["jws"].as_str().unwrap().as_bytes());
        assert_eq!(outcome.is_ok(), case["strict_valid"] == true, "{} {outcome:?}", case["name"]);
        accepted += usize::from(outcome.is_ok());
        stricter += usize::from(case["signature_valid"] != case["strict_valid"]);
    }
    let without = if !doorward::internal::IS_RING { 0 } else { 1 };
    assert_eq!((cases.len(), accepted, stricter), (18, 9 - without, 4), "ES512 is the one that ring lacks");
}

/// The key as an operator would configure it: a secret as a JWK, a public key as a PEM file.
fn golang_verifier(folder: &Path, case: &serde_json::Value) -> Option<JwsVerifier> {
    let file = folder.join(case["key"].as_str().unwrap());
    let method = case["alg_method"].as_str().unwrap();
    if method.starts_with("HS") {
        let secret = base64_simd::URL_SAFE_NO_PAD.encode_to_string(fs::read(file).unwrap());
        return open(&serde_json::json!({ "kty": "oct", "k": secret }), method);
    }
    let algorithm = Algorithm::from_name(method).unwrap();
    let opened = JwsVerifier::open_pem_file(&file, &[algorithm]);
    if algorithms().contains(&algorithm) {
        return Some(opened.unwrap_or_else(|error| panic!("{method}: {error}")));
    }
    assert!(opened.err().unwrap().contains("ES512 is not supported"));
    None
}

const PRIVATE: &str = "private key";
const NOT_PEM: &str = "not a PEM text";

/// What a file of keys comes to: a public key, or the words that the refusal has.
type PemOutcome = Result<(), &'static str>;

fn pem_outcomes(files: Vec<PathBuf>, expected: &[(&str, PemOutcome)]) {
    let names: Vec<_> = files.iter().map(|path| name(path)).collect();
    assert_eq!(names, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (path, (name, expected)) in files.iter().zip(expected) {
        match (internal::pem(&fs::read(path).unwrap()), expected) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(words)) => assert!(error.contains(words), "{name}: {error}"),
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
    }
}

#[test]
fn golang_jwt_keys() {
    let Some(folder) = peer("golang_jwt_keys", "golang-jwt/keys") else { return };
    pem_outcomes(
        files(folder),
        &[
            ("ec256-private.pem", Err(PRIVATE)),
            ("ec256-public.pem", Ok(())),
            ("ec384-private.pem", Err(PRIVATE)),
            ("ec384-public.pem", Ok(())),
            ("ec512-private.pem", Err(PRIVATE)),
            ("ec512-public.pem", Ok(())),
            ("ed25519-private.pem", Err(PRIVATE)),
            ("ed25519-public.pem", Ok(())),
            ("examplePaddedKey-public.pem", Ok(())),
            ("hmacTestKey", Err(NOT_PEM)),
            ("privateSecure.pem", Err(PRIVATE)),
            ("sample_key", Err(PRIVATE)),
            ("sample_key.pub", Ok(())),
        ],
    );
}

#[test]
fn pyjwt_keys() {
    let Some(folder) = peer("pyjwt_keys", "pyjwt") else { return };
    let keys = files(&folder).into_iter().filter(|path| name(path).starts_with("testkey")).collect();
    pem_outcomes(
        keys,
        &[
            ("testkey2_rsa.pub.pem", Ok(())),
            ("testkey_ec.priv", Err(PRIVATE)),
            ("testkey_ec.pub", Ok(())),
            ("testkey_ec_secp192r1.priv", Err(PRIVATE)),
            ("testkey_ec_ssh.pub", Err(NOT_PEM)),
            ("testkey_ed25519", Err(PRIVATE)),
            ("testkey_ed25519.pem", Err(PRIVATE)),
            ("testkey_ed25519.pub", Err(NOT_PEM)),
            ("testkey_ed25519.pub.pem", Ok(())),
            ("testkey_pkcs1.pub.pem", Ok(())),
            ("testkey_rsa.cer", Ok(())),
            ("testkey_rsa.priv", Err(PRIVATE)),
            ("testkey_rsa.pub", Err(NOT_PEM)),
        ],
    );
    let error = JwsVerifier::open_pem_file(&folder.join("testkey_pkcs1.pub.pem"), &algorithms()).err().unwrap();
    assert!(error.contains("fewer than 2048 bits"), "{error}");
}

/// A file, the number of its well-formed keys, and whether it loads, or words of the refusal.
type SetOutcome<'a> = (&'a str, Result<usize, ()>, Result<(), &'a str>);

fn set_outcomes(texts: &[(String, Vec<u8>)], expected: &[SetOutcome<'_>]) {
    let names: Vec<_> = texts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, expected.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    for ((name, text), (_, usable, loads)) in texts.iter().zip(expected) {
        assert_eq!(internal::key_set(text).map_err(|_| ()), *usable, "{name}");
        let loaded = JwsVerifier::open(&String::from_utf8_lossy(text), &algorithms());
        match (loaded.map(|_| ()), loads) {
            (Ok(()), Ok(())) => {}
            (Err(error), Err(words)) => assert!(error.contains(words), "{name}: {error}"),
            (outcome, _) => panic!("{name}: {outcome:?}"),
        }
    }
}

/// The text of a file as a key set; a single key is wrapped in one.
fn key_set(path: &Path) -> (String, Vec<u8>) {
    let text = fs::read(path).unwrap();
    let is_key = serde_json::from_slice(&text).ok().filter(|value: &serde_json::Value| value.get("kty").is_some());
    (name(path).to_owned(), is_key.map_or(text, |key| set_of(&key).into_bytes()))
}

fn key_sets(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    files(folder).iter().filter(|path| wanted(name(path))).map(|path| key_set(path)).collect()
}

#[test]
fn pyjwt_key_sets() {
    let Some(folder) = peer("pyjwt_key_sets", "pyjwt") else { return };
    let p521 = if !doorward::internal::IS_RING { Ok(()) } else { Err("none of the issuer's algorithms fits it") };
    set_outcomes(
        &key_sets(&folder, |name| name.ends_with(".json")),
        &[
            ("jwk_ec_key_P-256.json", Ok(0), Err(PRIVATE)),
            ("jwk_ec_key_P-384.json", Ok(0), Err(PRIVATE)),
            ("jwk_ec_key_P-521.json", Ok(0), Err(PRIVATE)),
            ("jwk_ec_key_secp256k1.json", Ok(0), Err(PRIVATE)),
            ("jwk_ec_pub_P-256.json", Ok(1), Ok(())),
            ("jwk_ec_pub_P-384.json", Ok(1), Ok(())),
            ("jwk_ec_pub_P-521.json", Ok(1), p521),
            ("jwk_ec_pub_secp256k1.json", Ok(0), Err("its crv is not P-256, P-384 or P-521")),
            ("jwk_empty.json", Err(()), Err("not strict JSON")),
            ("jwk_hmac.json", Ok(1), Ok(())),
            ("jwk_keyset_only_unknown_alg.json", Ok(0), Err("its use is not sig")),
            ("jwk_keyset_with_unknown_alg.json", Ok(1), Ok(())),
            ("jwk_okp_key_Ed25519.json", Ok(0), Err(PRIVATE)),
            ("jwk_okp_key_Ed448.json", Ok(0), Err(PRIVATE)),
            ("jwk_okp_pub_Ed25519.json", Ok(1), Ok(())),
            ("jwk_okp_pub_Ed448.json", Ok(0), Err("its crv is not Ed25519")),
            ("jwk_rsa_key.json", Ok(0), Err(PRIVATE)),
            ("jwk_rsa_pub.json", Ok(1), Ok(())),
        ],
    );
}

/// Most of these sets write n in padded base64, which RFC 7518 section 2 does not allow, or leave it to
/// a certificate in x5c, which is not read.
#[test]
fn identity_model_key_sets() {
    let Some(folder) = peer("identity_model_key_sets", "ms-identitymodel") else { return };
    set_outcomes(
        &key_sets(&folder, |name| name.contains("KeySet") && !name.contains("Metadata") || name.contains("JWKS")),
        &[
            ("JsonWebKeySet.json", Ok(0), Err("is not base64url")),
            ("JsonWebKeySetBadBase64Data.json", Ok(0), Err("is not base64url")),
            ("JsonWebKeySetBadRsaDataMissingComponent.json", Ok(0), Err("it has no kty")),
            ("JsonWebKeySetBadX509Data.json", Ok(0), Err("is not base64url")),
            ("JsonWebKeySetEnd2End.json", Ok(0), Err("is not base64url")),
            ("JsonWebKeySetEnd2EndEC.json", Ok(3), Ok(())),
            ("JsonWebKeySetSingleX509Data.json", Ok(0), Err("is missing")),
            ("JsonWebKeySetUnrecognizedKty.json", Ok(0), Err("is missing")),
            ("PingLabsJWKS.json", Ok(3), Ok(())),
        ],
    );
    let metadata = key_sets(&folder, |name| name.contains("Metadata") || name.contains("configuration"));
    assert_eq!(metadata.len(), 12);
    for (name, text) in metadata {
        assert!(internal::key_set(&text).is_err(), "{name} is no key set");
    }
}

#[test]
fn mod_auth_openidc_key_sets() {
    let Some(folder) = peer("mod_auth_openidc_key_sets", "mod_auth_openidc-fuzz/corpus/jwks") else { return };
    set_outcomes(
        &key_sets(&folder, |_| true),
        &[
            ("ec-p256", Ok(1), Ok(())),
            ("ec-short-coords", Ok(0), Err("the length of the curve's coordinates")),
            ("empty", Err(()), Err("not strict JSON")),
            ("not-a-jwks", Err(()), Err("an array \"keys\"")),
            ("oct", Ok(1), Ok(())),
            ("rsa-public", Ok(1), Ok(())),
            ("set-bad-kty", Ok(0), Err("its kty is not")),
            ("set-empty", Ok(0), Err("it holds no key")),
            ("set-good-then-bad", Ok(2), Err("fewer than the 32 bytes")),
            ("set-rsa-ec-oct", Ok(3), Err("fewer than the 32 bytes")),
            ("set-x5c-real", Ok(0), Err("is missing")),
            ("x5c-garbage", Ok(0), Err("a member that its kty needs is missing")),
        ],
    );
}

#[test]
fn mod_auth_openidc_pem() {
    let Some(folder) = peer("mod_auth_openidc_pem", "mod_auth_openidc-fuzz/corpus/pem_key") else { return };
    pem_outcomes(
        files(folder),
        &[
            ("ec-private-key", Err(PRIVATE)),
            ("empty", Err(NOT_PEM)),
            ("pem-empty-body", Err(NOT_PEM)),
            ("pem-truncated", Err("the certificate is malformed")),
            ("record-pair", Err(NOT_PEM)),
            ("record-triplet", Err(NOT_PEM)),
            ("record-use-kid", Err(NOT_PEM)),
            ("rsa-private-key", Err(PRIVATE)),
            ("rsa-public-key", Ok(())),
            ("x509-ec-cert", Ok(())),
            ("x509-rsa-cert", Ok(())),
        ],
    );
}

#[test]
fn mod_auth_openidc_tokens() {
    let Some(folder) = peer("mod_auth_openidc_tokens", "mod_auth_openidc-fuzz/corpus") else { return };
    let outcomes: Vec<_> = files(folder.join("jwt"))
        .iter()
        .map(|path| (name(path).to_owned(), internal::token(fs::read(path).unwrap().trim_ascii_end())))
        .collect();
    let expected = [
        ("alg-kty-mismatch", Ok(())),
        ("alg-none", Ok(())),
        ("empty", Err(Code::TokenMalformed)),
        ("es256-kid-valid", Ok(())),
        ("es256-unknown-kid", Ok(())),
        ("five-segments", Err(Code::TokenEncrypted)),
        ("hs256", Ok(())),
        ("hs256-rfc-valid", Ok(())),
        ("jwe-a128kw-rfc", Err(Code::TokenEncrypted)),
        ("jwe-rsa-oaep-gcm-rfc", Err(Code::TokenEncrypted)),
        ("not-a-jwt", Err(Code::TokenMalformed)),
        ("regression-payload-not-json", Err(Code::TokenMalformed)),
        ("rs256-x5t-valid", Ok(())),
    ];
    assert_eq!(outcomes, expected.map(|(name, outcome)| (name.to_owned(), outcome)));
}

/// Each token of the corpus with keys of the corpus: those that are signed by them verify, and no others.
#[test]
fn mod_auth_openidc_signatures() {
    let Some(folder) = peer("mod_auth_openidc_signatures", "mod_auth_openidc-fuzz/corpus") else { return };
    let verified = |keys: &str, algorithms: &[Algorithm]| -> Vec<String> {
        let (_, keys) = key_set(&folder.join("jwks").join(keys));
        let verifier = JwsVerifier::open(&String::from_utf8(keys).unwrap(), algorithms);
        let verifier = verifier.unwrap_or_else(|error| panic!("{error}"));
        let verifies = |path: &PathBuf| verifier.verify(fs::read(path).unwrap().trim_ascii_end()).is_ok();
        files(folder.join("jwt")).iter().filter(|path| verifies(path)).map(|path| name(path).to_owned()).collect()
    };
    let public = verified("set-rsa-ec-oct", &[Algorithm::RS256, Algorithm::ES256]);
    assert_eq!(public, ["es256-kid-valid", "rs256-x5t-valid"]);
    assert_eq!(verified("oct", &[Algorithm::HS256]), ["hs256-rfc-valid"]);
}

#[test]
fn mod_auth_openidc_json_and_base64() {
    let Some(folder) = peer("mod_auth_openidc_json_and_base64", "mod_auth_openidc-fuzz/corpus") else { return };
    let read = |kind: &str| -> Vec<_> {
        let files = files(folder.join(kind));
        files.iter().map(|path| (name(path).to_owned(), fs::read(path).unwrap())).collect()
    };
    let json: Vec<_> = read("json").into_iter().map(|(name, text)| (name, internal::json(&text).is_ok())).collect();
    let expected = [
        ("empty-object", true),
        ("garbage", false),
        ("nested-array", true),
        ("token-response", true),
        ("truncated", false),
    ];
    assert_eq!(json, expected.map(|(name, good)| (name.to_owned(), good)));
    let base64: Vec<_> = read("base64")
        .into_iter()
        .map(|(name, text)| (name, internal::base64url(text.trim_ascii_end()).is_some()))
        .collect();
    let expected = [("empty", true), ("hello", true), ("jwt-header", true), ("padding-only", false)];
    assert_eq!(base64, expected.map(|(name, good)| (name.to_owned(), good)));
}
