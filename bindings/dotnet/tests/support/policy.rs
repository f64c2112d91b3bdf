//! Configurations of the servers, and what is sent to them.

use super::http::Answer;
use base64_simd::STANDARD;
use doorward_testkit::passwords::{BCRYPT, PASSWORD};
use doorward_testkit::provider::{Provider, RESOURCE_RS256, SCOPE};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// The API `workflow-rest` takes tokens of a provider, by its path; further APIs stand beside it.
pub fn with_provider(provider: &Provider, further: &Value) -> Value {
    let mut apis = json!({ "workflow-rest": {
        "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": [SCOPE],
        "administrators": ["AAD:svc"], "paths": ["/api/workflow/v1"],
    } });
    apis.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
    json!({
        "issuers": { "main": {
            "oidc": provider.issuer(), "audiences": [RESOURCE_RS256], "algorithms": ["RS256"], "user_claim": "sub",
        } },
        "user_managers": { "AAD": { "issuers": ["main"] } },
        "apis": apis,
    })
}

/// The same API takes passwords of a directory.
pub fn with_directory(ldap: &Value) -> Value {
    json!({
        "user_managers": { "STAFF": { "ldap": ldap } },
        "apis": { "workflow-rest": {
            "enabled": true, "accept": ["basic"], "user_managers": ["STAFF"], "paths": ["/api/workflow/v1"],
        } },
        "resolve_timeout": "5s",
    })
}

/// The same API takes passwords of a file in that folder. One wrong one of each user is checked, and one may go unchecked.
pub fn with_limits(folder: &Path) -> Value {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("users.htpasswd"), format!("bob:{BCRYPT}\n")).unwrap();
    json!({
        "user_managers": { "STAFF": {
            "htpasswd": "users.htpasswd", "passwords": { "max_failures": 1, "max_unchecked": 1 },
        } },
        "apis": { "workflow-rest": {
            "enabled": true, "accept": ["basic"], "user_managers": ["STAFF"], "paths": ["/api/workflow/v1"],
        } },
    })
}

/// A stranger guesses by way of a proxy that tells where its clients are: who was authenticated comes in from there, and from
/// nowhere else. It is asked with the value of a header, and more headers after it.
#[track_caller]
pub fn assert_addresses_are_told(get: impl Fn(&str) -> Answer) {
    let from = |address: &str, password: &str| {
        get(&format!("{}\r\nX-Forwarded-For: {address}", basic("bob", password))).status
    };
    let (owner, stranger) = ("203.0.113.7", "2001:db8::66");
    assert_eq!(from(owner, PASSWORD), 200);
    assert_eq!((from(stranger, "wrong"), from(stranger, "guess")), (401, 503));
    assert_eq!((from(stranger, PASSWORD), from(stranger, "guess 2")), (200, 503));
    assert_eq!((from(stranger, PASSWORD), from("203.0.113.8", PASSWORD), from(owner, PASSWORD)), (503, 503, 200));
}

pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{password}")))
}

#[track_caller]
pub fn assert_challenge(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.header("WWW-Authenticate").unwrap_or_default().contains(words), "{answer:?}");
    assert_eq!(answer.body, "");
}
