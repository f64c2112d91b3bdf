//! Attacks by keys and key sets.

use base64_simd::URL_SAFE_NO_PAD;
use doorward::{Algorithm, Clock, Code, Config, ConfigError, Verifier};
use doorward_testkit::cases::expand::modulus;
use doorward_testkit::keys::key;
use doorward_testkit::{self, KEY_ID, TestKey};
use num_bigint::BigUint;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn open(keys: &[Value], algorithm: Algorithm) -> Result<Verifier, ConfigError> {
    let configuration = doorward_testkit::configuration(keys, &[algorithm]);
    Verifier::open_with_clock(&Config::from_json(configuration.to_string()), Clock::fixed(doorward_testkit::NOW))
}

fn code(verifier: &Verifier, key: &TestKey, header: &Value) -> Code {
    doorward_testkit::verify(verifier, &doorward_testkit::sign(key, header, &doorward_testkit::good_claims())).code()
}

fn ed25519_keys(count: usize) -> Vec<TestKey> {
    (0..count).map(|_| TestKey::generate(Algorithm::EdDSA).unwrap()).collect()
}

fn without_ids(keys: &[TestKey]) -> Vec<Value> {
    keys.iter().map(TestKey::required_members).collect()
}

/// Keys that all fit are not tried one by one: the answer names the reason, and no key verifies.
pub fn many_keys_without_a_kid_cost_no_signatures() {
    let keys = ed25519_keys(doorward::limits::KEY_SET_KEYS);
    let header = json!({ "alg": "EdDSA" });
    let verifier = open(&without_ids(&keys), Algorithm::EdDSA).unwrap();
    assert_eq!(code(&verifier, &keys[0], &header), Code::KeyAmbiguous);
    let alone = open(&without_ids(&keys[..1]), Algorithm::EdDSA).unwrap();
    assert_eq!(code(&alone, &keys[0], &header), Code::Ok);
}

pub fn a_key_set_has_a_most_number_of_keys() {
    let key = ed25519_keys(1).remove(0);
    let most = doorward::limits::KEY_SET_KEYS;
    let keys = |count: usize| (0..count).map(|n| key.jwk(&format!("key-{n}"))).collect::<Vec<_>>();
    for count in [most + 1, 1_000] {
        assert_eq!(open(&keys(count), Algorithm::EdDSA).unwrap_err().code(), Code::KeyRejected, "{count}");
    }
    // Ten thousand such keys have more bytes than a set may have.
    assert_eq!(open(&keys(10_000), Algorithm::EdDSA).unwrap_err().code(), Code::KeyRejected);
    let verifier = open(&keys(most), Algorithm::EdDSA).unwrap();
    assert_eq!(code(&verifier, &key, &json!({ "alg": "EdDSA", "kid": "key-7" })), Code::Ok);
}

/// That it costs no arithmetic is counted in `tests/process/grown.rs`.
pub fn huge_numbers_in_keys_are_refused() {
    let own = key("own", Algorithm::RS256);
    let good = own.jwk(KEY_ID);
    for (member, bits) in
        [("n", "8193"), ("n", "16384"), ("n", "65536"), ("n", "2000000"), ("e", "65536"), ("e", "2000000")]
    {
        let mut jwk = good.clone();
        jwk[member] = modulus(bits).into();
        let error = open(&[jwk], Algorithm::RS256).unwrap_err();
        assert_eq!((error.code(), error.path()), (Code::KeyRejected, "issuers.main.jwks.keys[0]"), "{member} {bits}");
    }
    assert_eq!(code(&open(&[good], Algorithm::RS256).unwrap(), own, &doorward_testkit::header(own)), Code::Ok);
}

/// Zeros before an RSA number are dropped; a coordinate has the length of its curve and no other.
pub fn coordinates_have_one_length() {
    let member = |jwk: &Value, name: &str| URL_SAFE_NO_PAD.decode_to_vec(jwk[name].as_str().unwrap()).unwrap();
    let with = |jwk: &Value, name: &str, bytes: &[u8]| {
        let mut jwk = jwk.clone();
        jwk[name] = URL_SAFE_NO_PAD.encode_to_string(bytes).into();
        jwk
    };
    let rsa = key("own", Algorithm::RS256);
    let jwk = rsa.jwk(KEY_ID);
    for name in ["n", "e"] {
        let padded = with(&jwk, name, &[&[0; 3][..], &member(&jwk, name)].concat());
        assert_eq!(
            code(&open(&[padded], Algorithm::RS256).unwrap(), rsa, &doorward_testkit::header(rsa)),
            Code::Ok,
            "{name}"
        );
    }
    let short = std::iter::repeat_with(|| TestKey::generate(Algorithm::ES256).unwrap());
    let short = short.take(100_000).find(|key| member(&key.jwk(KEY_ID), "x")[0] == 0).unwrap();
    let jwk = short.jwk(KEY_ID);
    let x = member(&jwk, "x");
    for bytes in [&x[1..], &[&[0][..], &x].concat(), &[&x[..], &[0]].concat(), &[]] {
        assert_eq!(open(&[with(&jwk, "x", bytes)], Algorithm::ES256).unwrap_err().code(), Code::KeyRejected);
    }
    assert_eq!(code(&open(&[jwk], Algorithm::ES256).unwrap(), &short, &doorward_testkit::header(&short)), Code::Ok);
}

/// After the provider's key changed under one kid, the old material verifies nothing.
pub fn a_rotated_key_of_the_same_kid_is_the_only_one() {
    let (old, new) = (key("own", Algorithm::ES256), key("rotated", Algorithm::ES256));
    let verifier = open(&[old.jwk(KEY_ID)], Algorithm::ES256).unwrap();
    assert_eq!(code(&verifier, old, &doorward_testkit::header(old)), Code::Ok);
    assert_eq!(code(&verifier, new, &doorward_testkit::header(new)), Code::SignatureInvalid);
    let rotated = doorward_testkit::configuration(&[new.jwk(KEY_ID)], &[Algorithm::ES256]);
    verifier.reload(&Config::from_json(rotated.to_string())).unwrap();
    assert_eq!(code(&verifier, new, &doorward_testkit::header(new)), Code::Ok);
    assert_eq!(code(&verifier, old, &doorward_testkit::header(old)), Code::SignatureInvalid);
}

/// A token that was accepted is refused as soon as its key, its audience or its issuer is gone.
pub fn verdicts_are_not_remembered() {
    let own = key("own", Algorithm::ES256);
    let good = doorward_testkit::configuration(&[own.jwk(KEY_ID)], &[Algorithm::ES256]);
    let rotated =
        doorward_testkit::configuration(&[key("rotated", Algorithm::ES256).jwk("key-2")], &[Algorithm::ES256]);
    let mut other_audience = good.clone();
    other_audience["issuers"]["main"]["audiences"] = json!(["https://other.example/"]);
    let mut switched_off = good.clone();
    switched_off["apis"]["api"]["enabled"] = json!(false);
    let token = doorward_testkit::sign(own, &doorward_testkit::header(own), &doorward_testkit::good_claims());
    let verifier = doorward_testkit::open(&good);
    let expected =
        [(rotated, Code::KeyUnknown), (other_audience, Code::AudienceMismatch), (switched_off, Code::ApiDisabled)];
    for (configuration, code) in expected {
        assert_eq!(doorward_testkit::verify(&verifier, &token).code(), Code::Ok);
        verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
        assert_eq!(doorward_testkit::verify(&verifier, &token).code(), code);
        verifier.reload(&Config::from_json(good.to_string())).unwrap();
    }
}

/// What captive portals and broken servers send in the place of a key set.
pub fn bad_key_sets_never_replace_good_ones() {
    let own = key("own", Algorithm::ES256);
    let folder = doorward_testkit::scratch().join("attacks-bad-key-sets");
    std::fs::create_dir_all(&folder).unwrap();
    let set = json!({ "keys": [own.jwk(KEY_ID)] }).to_string();
    let mut configuration = doorward_testkit::configuration(&[], &[Algorithm::ES256]);
    let issuer = configuration["issuers"]["main"].as_object_mut().unwrap();
    issuer.remove("jwks");
    issuer.insert("jwks_file".to_owned(), "keys.json".into());
    let config = Config::from_json(configuration.to_string()).relative_to(&folder);
    std::fs::write(folder.join("keys.json"), &set).unwrap();
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(doorward_testkit::NOW)).unwrap();
    let bodies = [
        "",
        " ",
        "null",
        "[]",
        "{}",
        "{\"keys\":null}",
        "{\"keys\":[]}",
        "{\"keys\":[{}]}",
        "{\"keys\":[{\"kty\":\"X\"}]}",
        "<!DOCTYPE html><title>Log in to the network</title>",
        "{\"error\":\"temporarily_unavailable\"}",
        &set[..set.len() - 1],
        &set[..40],
        &format!("{set}{set}"),
        &set.replace("\"x\"", "\"z\""),
    ];
    for body in bodies {
        std::fs::write(folder.join("keys.json"), body).unwrap();
        assert_eq!(verifier.reload(&config).unwrap_err().code(), Code::KeyRejected, "{body}");
        assert_eq!(code(&verifier, own, &doorward_testkit::header(own)), Code::Ok, "{body}");
    }
    std::fs::write(folder.join("keys.json"), &set).unwrap();
    assert_eq!(verifier.reload(&config), Ok(()));
    std::fs::remove_dir_all(folder).unwrap();
}

/// The comparison of tags is the library's, in constant time; nothing that verifies a token computes a tag, so nothing of
/// it can compare one. (Its timing is measured by the library's own tests.) What credentials are remembered by is computed
/// in one place.
pub fn tags_are_compared_by_the_cryptography() {
    let backends = [include_str!("../../../src/crypto/aws_lc.rs"), include_str!("../../../src/crypto/ring.rs")];
    for backend in backends {
        assert!(backend.contains("hmac::verify(key, message, tag).is_ok()"));
        let (before, digest) = backend.split_once("fn mac_of").unwrap();
        let after = digest.split_once("\n    }\n").unwrap().1;
        for source in [before, after] {
            assert!(!["hmac::sign", "hmac::Context", "hmac::Tag"].iter().any(|computing| source.contains(computing)));
        }
    }
    let verifying = [include_str!("../../../src/crypto/key.rs"), include_str!("../../../src/decide/bearer.rs")];
    for source in backends.into_iter().chain(verifying) {
        for comparing in ["tag ==", "signature =="] {
            assert!(!source.contains(comparing), "{comparing}");
        }
    }
    for source in verifying {
        assert!(!source.contains("mac_of") && !source.contains("hmac::"));
    }
}

pub fn no_crate_inflates() {
    let linked = linked_crates();
    for name in
        ["flate2", "miniz_oxide", "libz-sys", "zlib-rs", "libz-rs-sys", "libdeflater", "inflate", "zopfli", "brotli"]
    {
        assert!(!linked.contains(name), "{name} is linked");
    }
}

pub fn no_crate_knows_pbes2() {
    let linked = linked_crates();
    for name in ["pkcs5", "josekit", "jose", "biscuit", "openssl", "jsonwebtoken", "jwt-simple"] {
        assert!(!linked.contains(name), "{name} is linked");
    }
}

/// The crates that the library itself needs: from `Cargo.toml` without the tests, and on through `Cargo.lock`.
fn linked_crates() -> BTreeSet<String> {
    let read = |text: &str| text.parse::<toml::Table>().unwrap();
    let manifest = read(include_str!("../../../Cargo.toml"));
    let lock = read(include_str!("../../../Cargo.lock"));
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let of_package = package.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
        let names = of_package.map(|dependency| dependency.as_str().unwrap().split(' ').next().unwrap());
        needs.entry(name).or_default().extend(names);
    }
    let mut open: Vec<&str> = manifest["dependencies"].as_table().unwrap().keys().map(String::as_str).collect();
    let mut linked = BTreeSet::new();
    while let Some(name) = open.pop() {
        if linked.insert(name.to_owned()) {
            open.extend(&needs[name]);
        }
    }
    assert!(linked.contains("untrusted") && linked.contains("itoa"), "the walk reaches what is known to be linked");
    linked
}

/// The pattern of the faulty generator: modulo each of the first primes, a power of 65537.
pub fn a_modulus_of_the_faulty_generator_is_refused() {
    let is_prime = |n: &u32| (2..*n).all(|divisor| !n.is_multiple_of(divisor));
    let product: BigUint = (3..702).filter(is_prime).map(BigUint::from).product();
    let power = BigUint::from(65_537_u32).modpow(&BigUint::from(123_456_789_u32), &product);
    let even_times: BigUint = ((BigUint::from(1_u32) << 2046) / &product + 1_u32) * 2_u32;
    let times: BigUint = if power.bit(0) { even_times } else { even_times + 1_u32 };
    let suspect: BigUint = times * product + power;
    let made = |offset: u32| {
        let modulus: BigUint = &suspect + offset;
        URL_SAFE_NO_PAD.encode_to_string(modulus.to_bytes_be())
    };
    let own = key("own", Algorithm::RS256);
    let jwk = |modulus: String| {
        let mut jwk = own.jwk(KEY_ID);
        jwk["n"] = modulus.into();
        jwk
    };
    let error = open(&[jwk(made(0))], Algorithm::RS256).unwrap_err();
    assert!(error.message().contains("ROCA"), "{error}");
    assert!(open(&[jwk(made(2))], Algorithm::RS256).is_ok());
}
