//! Configurations of the servers, and what is sent to them.

use super::http::Answer;
use base64_simd::STANDARD;
use doorward_testkit::provider::{Provider, RESOURCE_RS256, SCOPE};
use serde_json::{Value, json};

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

pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{password}")))
}

#[track_caller]
pub fn assert_challenge(answer: &Answer, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.header("WWW-Authenticate").unwrap_or_default().contains(words), "{answer:?}");
    assert_eq!(answer.body, "");
}
