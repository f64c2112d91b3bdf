//! A verifier of one issuer, at a time that the test sets, and tokens of a user of Entra ID.

use doorward::{Algorithm, Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::{KEY_ID, NOW, TestKey, configuration, entra_claims, sign};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub struct World {
    pub key: TestKey,
    pub verifier: Verifier,
    clock: Arc<AtomicI64>,
}

impl World {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    /// With further fields of the configuration.
    pub fn with(fields: Value) -> Self {
        let key = TestKey::generate(Algorithm::EdDSA).unwrap();
        let config = config(&key, fields);
        let clock = Arc::new(AtomicI64::new(NOW));
        let verifier = Verifier::open_with_clock(&config.without_thread(), Clock::Fixed(clock.clone()));
        Self { key, verifier: verifier.unwrap_or_else(|error| panic!("{error}")), clock }
    }

    pub fn config(&self, fields: Value) -> Config {
        config(&self.key, fields)
    }

    pub fn set_time(&self, now: i64) {
        self.clock.store(now, Ordering::Relaxed);
    }

    pub fn revoke(&self, entry: Value) {
        assert_eq!(self.verifier.revoke(&entry.to_string()), Ok(1), "{entry}");
    }

    /// The `Authorization` of a token with other claims; null takes one away.
    pub fn bearer(&self, changes: Value) -> String {
        let mut claims = entra_claims();
        claims["exp"] = json!(4_200_000_000_u32);
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        self.bearer_of(&json!({ "alg": "EdDSA", "kid": KEY_ID }), &claims)
    }

    pub fn bearer_of(&self, header: &Value, claims: &Value) -> String {
        format!("Bearer {}", sign(&self.key, header, claims))
    }

    pub fn verdict(&self, changes: Value) -> Verdict {
        self.verdict_on(&self.bearer(changes))
    }

    pub fn verdict_on(&self, bearer: &str) -> Verdict {
        self.verifier.verify(&Request::new("api").authorization(bearer.as_bytes()))
    }

    pub fn code(&self, changes: Value) -> Code {
        self.verdict(changes).code()
    }
}

fn config(key: &TestKey, fields: Value) -> Config {
    let mut configuration = configuration(&[key.jwk(KEY_ID)], &[Algorithm::EdDSA]);
    configuration.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Config::from_json(configuration.to_string())
}
