//! The examples of RFC 7515, 7517, 7520, 7638 and 8037.

use super::{files, name, open, public_half, read_json, set_of};
use aws_lc_rs::digest;
use base64_simd::URL_SAFE_NO_PAD;
use doorward::internal::{self, JwsVerifier};
use doorward::{Algorithm, Code};
use serde_json::{Value, json};

#[test]
fn rfc7515() {
    let Some(folder) = doorward_testkit::vectors("rfc7515") else { return };
    let document = read_json(folder.join("rfc/rfc7515.json"));
    let cases = document["cases"].as_array().unwrap();
    let mut seen = Vec::new();
    for case in cases {
        let id = case["id"].as_str().unwrap();
        seen.push(id);
        match id {
            "A.1" | "A.2" | "A.3" | "A.4" => signed(case),
            "A.5" => assert_eq!(any_key().verify(bytes(case)), Err(Code::AlgorithmNotAllowed)),
            "A.6" | "A.7" => json_serialization_is_refused(&case["jws"]),
            "E" => assert_eq!(any_key().verify(bytes(case)), Err(Code::CriticalHeaderUnsupported)),
            _ => panic!("a new case: {id}"),
        }
    }
    assert_eq!(seen, ["A.1", "A.2", "A.3", "A.4", "A.5", "A.6", "A.7", "E"]);
}

fn bytes(case: &Value) -> &[u8] {
    case["jws"].as_str().unwrap().as_bytes()
}

fn signed(case: &Value) {
    let token = bytes(case);
    assert_eq!(case["signature_valid"], true);
    if let Some(verifier) = open(&case["key"], case["alg"].as_str().unwrap()) {
        verifier.verify(token).unwrap_or_else(|code| panic!("{}: {code}", case["id"]));
    }
    // A.4 signs a text that is not JSON: a JWS, but no token.
    let expected = if case["id"] == "A.4" { Err(Code::TokenMalformed) } else { Ok(()) };
    assert_eq!(internal::token(token), expected);
}

/// A verifier for tokens that no key verifies.
fn any_key() -> JwsVerifier {
    let secret = URL_SAFE_NO_PAD.encode_to_string([7; 32]);
    open(&json!({ "kty": "oct", "k": secret }), "HS256").unwrap()
}

fn json_serialization_is_refused(serialization: &Value) {
    assert!(serialization.is_object());
    let text = serialization.to_string();
    assert!(internal::token(text.as_bytes()).is_err());
    assert!(internal::authorization(format!("Bearer {text}").as_bytes()).is_err());
}

#[test]
fn rfc7520() {
    let Some(folder) = doorward_testkit::vectors("rfc7520") else { return };
    let cookbook = folder.join("rfc/rfc7520-cookbook");
    let mut examples = files(cookbook.join("jws"));
    examples.extend(files(cookbook.join("curve25519")));
    let (mut verified, mut detached, mut serializations) = (0, 0, 0);
    for path in &examples {
        let example = read_json(path);
        for form in ["json", "json_flat"] {
            if let Some(serialization) = example["output"].get(form) {
                json_serialization_is_refused(serialization);
                serializations += 1;
            }
        }
        let Some(compact) = example["output"].get("compact") else { continue };
        let token = compact.as_str().unwrap().as_bytes();
        let is_detached = name(path).contains("detached");
        detached += usize::from(is_detached);
        let key = &example["input"]["key"];
        refuse_private(key);
        let Some(verifier) = open(&public_half(key), example["input"]["alg"].as_str().unwrap()) else { continue };
        if is_detached {
            assert_eq!(verifier.verify(token), Err(Code::SignatureInvalid));
        } else {
            let payload = verifier.verify(token).unwrap_or_else(|code| panic!("{}: {code}", path.display()));
            assert_eq!(payload, example["input"]["payload"].as_str().unwrap().as_bytes());
            verified += 1;
        }
    }
    assert_eq!((examples.len(), detached, serializations), (9, 1, 17));
    let without = if !doorward::internal::IS_RING { 0 } else { 1 };
    assert_eq!(verified, 5 - without, "ES512 is the one that ring lacks");
}

/// A key with its private half is refused as a whole.
fn refuse_private(key: &Value) {
    if key.get("d").is_some() {
        let error = JwsVerifier::open(&set_of(key), &Algorithm::ALL).err().unwrap();
        assert!(error.contains("private key"), "{error}");
    }
}

#[test]
fn rfc7520_keys() {
    let Some(folder) = doorward_testkit::vectors("rfc7520_keys") else { return };
    let outcomes: Vec<_> = files(folder.join("rfc/rfc7520-cookbook/jwk"))
        .iter()
        .map(|path| {
            let usable = internal::key_set(set_of(&read_json(path)).as_bytes()).unwrap();
            (name(path).to_owned(), usable)
        })
        .collect();
    let expected = [
        ("3_1.ec_public_key.json", 1),
        ("3_2.ec_private_key.json", 0),
        ("3_3.rsa_public_key.json", 1),
        ("3_4.rsa_private_key.json", 0),
        ("3_5.symmetric_key_mac_computation.json", 1),
        ("3_6.symmetric_key_encryption.json", 0),
    ];
    assert_eq!(outcomes, expected.map(|(name, usable)| (name.to_owned(), usable)));
}

/// The keys of RFC 7517 with tokens that they would verify, were they meant to.
#[test]
fn rfc7517_key_sets() {
    let Some(folder) = doorward_testkit::vectors("rfc7517_key_sets") else { return };
    let document = read_json(folder.join("rfc/rfc7517-7638-8037.json"));
    let public = document["rfc7517_A1_jwks"].to_string();
    assert_eq!(internal::key_set(public.as_bytes()), Ok(1), "the first one is for encryption");
    assert!(JwsVerifier::open(&public, &[Algorithm::RS256]).is_ok());
    let error = JwsVerifier::open(&public, &[Algorithm::ES256]).err().unwrap();
    assert!(error.contains("its use is not sig"), "{error}");
    let symmetric = document["rfc7517_A3_jwks"].to_string();
    assert_eq!(internal::key_set(symmetric.as_bytes()), Ok(2), "the alg is judged where keys are prepared");
    let token = read_json(folder.join("rfc/rfc7515.json"))["cases"][0]["jws"].as_str().unwrap().to_owned();
    let verifier = JwsVerifier::open(&symmetric, &[Algorithm::HS256]).unwrap_or_else(|error| panic!("{error}"));
    assert!(verifier.verify(token.as_bytes()).is_ok(), "the second one, for the first is for A128KW");
}

#[test]
fn rfc8037_and_the_thumbprints_of_rfc7638() {
    let Some(folder) = doorward_testkit::vectors("rfc8037_and_the_thumbprints_of_rfc7638") else { return };
    let document = read_json(folder.join("rfc/rfc7517-7638-8037.json"));
    let ed25519 = &document["rfc8037"];
    let verifier = open(&ed25519["jwk"], "EdDSA").unwrap();
    assert_eq!(verifier.verify(bytes(ed25519)), Ok(b"Example of Ed25519 signing".to_vec()));
    for item in [ed25519, &document["rfc7638_3_1"]] {
        assert_eq!(thumbprint(&item["jwk"]), item["sha256_thumbprint"].as_str().unwrap());
    }
}

/// As `TestKey` computes them: a `Value` sorts its members.
fn thumbprint(jwk: &Value) -> String {
    let mut required = jwk.clone();
    required.as_object_mut().unwrap().retain(|name, _| ["kty", "crv", "x", "y", "n", "e"].contains(&name.as_str()));
    URL_SAFE_NO_PAD.encode_to_string(digest::digest(&digest::SHA256, required.to_string().as_bytes()).as_ref())
}
