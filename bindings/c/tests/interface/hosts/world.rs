//! A folder for hosts: one configuration with keys of every algorithm and an issuer whose keys are fetched, and what it
//! accepts and refuses.

use super::server::{key_server, rude_server};
use doorward_core::{Algorithm, Clock};
use doorward_testkit::TestKey;
use doorward_testkit::c::scratch;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

const LOCAL: &str = "urn:local";
const FETCHED: &str = "urn:fetched";
const AUDIENCE: &str = "urn:api";

pub struct World {
    pub folder: PathBuf,
    /// How often somebody was treated rudely, who wanted the keys of `rude.json`.
    pub rude: Arc<AtomicU32>,
}

fn issuer(name: &str, algorithms: &[Algorithm], source: (&str, Value)) -> Value {
    let algorithms: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    let mut issuer = json!({ "issuer": name, "audiences": [AUDIENCE], "algorithms": algorithms });
    issuer[source.0] = source.1;
    issuer
}

/// With few keys, none of them fetched: it is opened many times.
fn small(keys: &[(Algorithm, TestKey)]) -> Value {
    let few = |key: &&(Algorithm, TestKey)| matches!(key.0, Algorithm::ES256 | Algorithm::EdDSA | Algorithm::HS256);
    let few: Vec<_> = keys.iter().filter(few).collect();
    let algorithms: Vec<_> = few.iter().map(|(algorithm, _)| *algorithm).collect();
    let jwks: Vec<_> = few.iter().map(|(algorithm, key)| key.jwk(algorithm.name())).collect();
    json!({
        "issuers": { "local": issuer(LOCAL, &algorithms, ("jwks", json!({ "keys": jwks }))) },
        "user_managers": { "AAD": { "issuers": ["local"] } },
        "apis": { "workflow-rest": api() },
    })
}

fn api() -> Value {
    json!({ "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": [] })
}

fn configuration(keys: &[(Algorithm, TestKey)], jwks_url: &str, resolve_timeout: &str) -> Value {
    let jwks: Vec<_> = keys.iter().map(|(algorithm, key)| key.jwk(algorithm.name())).collect();
    json!({
        "issuers": {
            "local": issuer(LOCAL, &Algorithm::ALL, ("jwks", json!({ "keys": jwks }))),
            "fetched": issuer(FETCHED, &[Algorithm::ES256], ("jwks_url", json!(jwks_url))),
        },
        "user_managers": { "AAD": { "issuers": ["local", "fetched"] } },
        "apis": { "workflow-rest": api() },
        "resolve_timeout": resolve_timeout,
    })
}

/// The value of an `Authorization` header. The id of a key is the name of its algorithm.
fn token(algorithm: Algorithm, key: &TestKey, issuer: &str, exp: i64) -> String {
    let header = json!({ "typ": "JWT", "alg": algorithm.name(), "kid": algorithm.name() });
    let claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "alice", "exp": exp, "roles": ["Auditor"] });
    format!("Bearer {}", key.sign(&header.to_string(), &claims.to_string()).unwrap())
}

fn tokens(keys: &[(Algorithm, TestKey)], fetched: &TestKey) -> Vec<(String, String)> {
    let exp = Clock::System.now() + 7200;
    let mut tokens: Vec<_> = keys
        .iter()
        .map(|(algorithm, key)| (format!("{algorithm}.token"), token(*algorithm, key, LOCAL, exp)))
        .collect();
    let es256 = |key: &TestKey, issuer, exp| token(Algorithm::ES256, key, issuer, exp);
    let stranger = TestKey::generate(Algorithm::ES256).unwrap();
    tokens.push(("fetched.token".to_owned(), es256(fetched, FETCHED, exp)));
    tokens.push(("expired.token".to_owned(), es256(fetched, FETCHED, exp - 86400 * 3)));
    tokens.push(("forged.token".to_owned(), es256(&stranger, LOCAL, exp)));
    tokens
}

fn make() -> World {
    let keys = Algorithm::ALL.map(|algorithm| (algorithm, TestKey::generate(algorithm).unwrap()));
    let fetched = TestKey::generate(Algorithm::ES256).unwrap();
    let keys_of_server = json!({ "keys": [fetched.jwk(Algorithm::ES256.name())] });
    let (server, (rude_server, rude)) = (key_server(keys_of_server.to_string()), rude_server());
    let folder = scratch().join("hosts");
    fs::create_dir_all(&folder).unwrap();
    for (name, url, timeout) in [
        ("fetched.json", format!("http://{server}/keys?round=00000000"), "10s"),
        ("slow.json", format!("http://{server}/slow?round=00000000"), "10s"),
        ("rude.json", format!("https://{rude_server}/keys?round=00000000"), "1s"),
    ] {
        fs::write(folder.join(name), configuration(&keys, &url, timeout).to_string()).unwrap();
    }
    fs::write(folder.join("small.json"), small(&keys).to_string()).unwrap();
    for (name, text) in tokens(&keys, &fetched) {
        fs::write(folder.join(name), text).unwrap();
    }
    World { folder, rude }
}

pub fn world() -> &'static World {
    static ONCE: OnceLock<World> = OnceLock::new();
    ONCE.get_or_init(make)
}
