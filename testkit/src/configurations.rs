//! Configurations that most tests start from.

use crate::{AUDIENCE, ISSUER, KEY_ID, NOW, TestKey};
use doorward::{Algorithm, Clock, Config, Verifier, internal};
use serde_json::{Value, json};

/// Every algorithm that this build verifies.
pub fn algorithms() -> impl Iterator<Item = Algorithm> {
    Algorithm::ALL.into_iter().filter(|algorithm| !internal::IS_RING || *algorithm != Algorithm::ES512)
}

/// A configuration with one issuer, that has these keys, and the API `api`, that needs no scope.
pub fn configuration(keys: &[Value], algorithms: &[Algorithm]) -> Value {
    let algorithms: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
    json!({
        "issuers": { "main": {
            "issuer": ISSUER, "audiences": [AUDIENCE], "algorithms": algorithms, "jwks": { "keys": keys }
        } },
        "apis": { "api": { "enabled": true, "accept": ["bearer"], "issuers": ["main"], "scopes": [] } }
    })
}

/// Opens a verifier at [`NOW`].
pub fn open(configuration: &Value) -> Verifier {
    let config = Config::from_json(configuration.to_string());
    Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap_or_else(|error| panic!("{error}"))
}

/// [`configuration`] with what an API platform requires: a scope, and the user's principal name.
pub fn platform_configuration(key: &TestKey) -> Value {
    let mut configuration = configuration(&[key.jwk(KEY_ID)], &[key.algorithm()]);
    configuration["issuers"]["main"]["user_claim"] = json!("upn");
    configuration["user_managers"] = json!({ "AAD": { "issuers": ["main"] } });
    configuration["apis"]["api"]["scopes"] = json!(["user_impersonation"]);
    configuration
}
