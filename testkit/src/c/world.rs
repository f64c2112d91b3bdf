//! A folder of configurations, and of tokens for them.

use super::scratch;
use crate::TestKey;
use doorward::{Algorithm, Clock};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const ISSUER: &str = "https://login.contoso.example/";
const REMOTE: &str = "urn:remote";
const AUDIENCE: &str = "https://api.k2.com/";
const KEY_ID: &str = "key-1";

fn configuration(api: &str, key: &TestKey) -> Value {
    json!({
        "issuers": { "contoso": {
            "issuer": ISSUER, "audiences": [AUDIENCE], "algorithms": ["EdDSA"], "jwks": { "keys": [key.jwk(KEY_ID)] },
        } },
        "user_managers": { "AAD": { "issuers": ["contoso"] } },
        "apis": {
            api: {
                "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["user_impersonation"],
                "administrators": ["AAD:alice"], "paths": ["/api/workflow/v1"],
            },
            "off": { "enabled": false, "paths": ["/off"] },
        },
    })
}

/// With a second issuer, whose keys nobody serves.
fn remote_configuration(key: &TestKey) -> Value {
    let mut remote = configuration("workflow-rest", key);
    remote["issuers"]["remote"] = json!({
        "issuer": REMOTE, "audiences": [AUDIENCE], "algorithms": ["EdDSA"], "jwks_url": "http://127.0.0.1:1/jwks.json",
    });
    remote["apis"]["remote"] = json!({ "enabled": true, "accept": ["bearer"], "issuers": ["remote"], "scopes": [] });
    remote["resolve_timeout"] = json!("1s");
    remote
}

fn configurations(key: &TestKey) -> Vec<(&'static str, String)> {
    let mut bad = configuration("workflow-rest", key);
    bad["apis"]["workflow-rest"]["scopez"] = json!([]);
    let mut files = configuration("workflow-rest", key);
    let keys = files["issuers"]["contoso"].as_object_mut().unwrap().remove("jwks").unwrap();
    files["issuers"]["contoso"]["jwks_file"] = json!("keys.json");
    vec![
        ("config.json", configuration("workflow-rest", key).to_string()),
        ("other.json", configuration("other", key).to_string()),
        ("bad-config.json", bad.to_string()),
        ("files.json", files.to_string()),
        ("keys.json", keys.to_string()),
        ("remote.json", remote_configuration(key).to_string()),
        ("basic.json", basic_configuration().to_string()),
        ("limited.json", limited_configuration().to_string()),
        ("users.htpasswd", format!("bob:{HASH}\n")),
    ]
}

/// "correct horse" by bcrypt at the lowest cost.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

/// Passwords of a file.
fn basic_configuration() -> Value {
    json!({
        "user_managers": { "SVC": { "htpasswd": "users.htpasswd" } },
        "apis": { "reports": { "enabled": true, "accept": ["basic"], "user_managers": ["SVC"], "administrators": ["SVC:bob"] } }
    })
}

/// One wrong password of each is checked, and one may go unchecked.
fn limited_configuration() -> Value {
    let mut limited = basic_configuration();
    limited["user_managers"]["SVC"]["passwords"] =
        json!({ "max_failures": 1, "max_unchecked": 1, "failure_window": "1h" });
    limited
}

fn good_claims(now: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 7200, "nbf": now - 60, "iat": now - 60,
        "tid": "tenant-1", "oid": "object-1", "azp": "client-1", "jti": "token-1",
        "scp": "user_impersonation reports.read", "roles": ["Auditor", "Writer"],
        "greeting": "say \"h\u{e9}\"", "level": -3, "largest": i64::MAX, "too_large": u64::MAX, "half": 0.5,
        "place": { "region": ["eu"] }, "nothing": null,
    })
}

fn with(claims: &Value, changes: Value) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims
}

/// Each is the whole value of an `Authorization` header.
fn tokens(key: &TestKey) -> Vec<(&'static str, String)> {
    let now = Clock::System.now();
    let header = json!({ "typ": "JWT", "alg": "EdDSA", "kid": KEY_ID }).to_string();
    let sign = |key: &TestKey, claims: &Value| format!("Bearer {}", key.sign(&header, &claims.to_string()).unwrap());
    let good = good_claims(now);
    let app = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "robot", "exp": now + 7200, "idtyp": "app",
        "scp": "user_impersonation",
    });
    vec![
        ("good.token", sign(key, &good)),
        ("app.token", sign(key, &app)),
        ("expired.token", sign(key, &with(&good, json!({ "exp": now - 86400 * 3, "iat": now - 86400 * 4 })))),
        ("wrong-audience.token", sign(key, &with(&good, json!({ "aud": "urn:other" })))),
        ("no-scope.token", sign(key, &with(&good, json!({ "scp": "reports.read" })))),
        ("remote.token", sign(key, &with(&good, json!({ "iss": REMOTE })))),
        ("forged.token", sign(&TestKey::generate(Algorithm::EdDSA).unwrap(), &good)),
    ]
}

/// The folder with configurations and tokens.
pub fn world() -> &'static Path {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    ONCE.get_or_init(|| {
        let folder = scratch().join("world");
        fs::create_dir_all(&folder).unwrap();
        let key = TestKey::generate(Algorithm::EdDSA).unwrap();
        for (name, text) in configurations(&key).into_iter().chain(tokens(&key)) {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    })
}
