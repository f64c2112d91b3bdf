//! A verifier whose keys are fetched from a server of the test's, at a time that the test sets.

use crate::server::{Answer, Server};
use crate::{AUDIENCE, NOW, TestKey, sign};
use doorward::{Algorithm, Clock, Code, Config, IssuerHealth, Request, Verdict, Verifier};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

pub const ISSUER: &str = "https://issuer.example/";
pub const KEYS: &str = "/keys";
pub const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A key with its id.
pub struct Signer {
    pub key: TestKey,
    pub id: String,
}

impl Signer {
    pub fn new(id: &str) -> Self {
        Self::of(Algorithm::ES256, id)
    }

    pub fn of(algorithm: Algorithm, id: &str) -> Self {
        Self { key: TestKey::generate(algorithm).unwrap(), id: id.to_owned() }
    }

    pub fn jwk(&self) -> Value {
        self.key.jwk(&self.id)
    }

    /// A token that is good for an hour from `now`.
    pub fn token(&self, issuer: &str, now: i64) -> String {
        let header = json!({ "alg": self.key.algorithm().name(), "typ": "JWT", "kid": self.id });
        let claims = json!({ "iss": issuer, "aud": AUDIENCE, "sub": "bob", "exp": now + 3600, "iat": now });
        sign(&self.key, &header, &claims)
    }
}

/// The text of a key set.
pub fn set(signers: &[&Signer]) -> String {
    json!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() }).to_string()
}

/// The text of a discovery document.
pub fn discovery(issuer: &str, jwks_uri: &str) -> String {
    json!({ "issuer": issuer, "jwks_uri": jwks_uri }).to_string()
}

/// A configuration with one issuer, whose keys are at `/keys` of the server.
pub fn configuration(server: &Server) -> Value {
    configuration_of(json!({ "issuer": ISSUER, "jwks_url": server.url(KEYS) }))
}

/// A configuration with one issuer of these fields, and the API `api`.
pub fn configuration_of(mut issuer: Value) -> Value {
    issuer["audiences"] = json!([AUDIENCE]);
    issuer["algorithms"] = json!(["ES256", "RS256"]);
    json!({
        "issuers": { "main": issuer },
        "apis": { "api": { "enabled": true, "accept": ["bearer"], "issuers": ["main"], "scopes": [] } }
    })
}

/// A verifier that the test drives: nothing happens but in `poll` and `resolve`.
pub struct Driven {
    pub verifier: Verifier,
    clock: Arc<AtomicI64>,
}

impl Driven {
    pub fn open(configuration: &Value) -> Self {
        Self::open_at(configuration, NOW)
    }

    pub fn open_at(configuration: &Value, now: i64) -> Self {
        let clock = Arc::new(AtomicI64::new(now));
        let config = Config::from_json(configuration.to_string()).without_thread();
        let verifier = Verifier::open_with_clock(&config, Clock::Fixed(clock.clone())).unwrap();
        Self { verifier, clock }
    }

    /// Opens, and does the first refresh.
    pub fn loaded(configuration: &Value) -> Self {
        let driven = Self::open(configuration);
        driven.verifier.poll();
        driven
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    pub fn set_time(&self, now: i64) {
        self.clock.store(now, Ordering::Relaxed);
    }

    /// Lets time pass, in which nothing happens, and then does what is due.
    pub fn after(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
        self.verifier.poll();
    }

    pub fn token(&self, signer: &Signer) -> String {
        signer.token(ISSUER, self.now())
    }

    /// The code of a good token by `signer`.
    pub fn code(&self, signer: &Signer) -> Code {
        self.verify(&self.token(signer)).code()
    }

    /// The same, after it was resolved where it was pending.
    pub fn settled(&self, signer: &Signer) -> Code {
        match self.code(signer) {
            Code::Pending => self.resolve(&self.token(signer)).code(),
            code => code,
        }
    }

    pub fn verify(&self, token: &str) -> Verdict {
        self.verifier.verify(&Request::new("api").authorization(format!("Bearer {token}").as_bytes()))
    }

    pub fn resolve(&self, token: &str) -> Verdict {
        self.verifier.resolve(&Request::new("api").authorization(format!("Bearer {token}").as_bytes()))
    }

    pub fn health(&self) -> IssuerHealth {
        self.verifier.health().issuers()[0].clone()
    }

    /// Why the last refresh failed; empty where it did not.
    pub fn failure(&self) -> String {
        self.health().failure.map_or(String::new(), |failure| failure.message)
    }
}

/// A server with one key, and a verifier that has it.
pub struct World {
    pub server: Server,
    pub signer: Signer,
    pub driven: Driven,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// With a change of the configuration.
    pub fn with(change: impl Fn(&mut Value)) -> Self {
        let (server, signer) = (Server::start(), Signer::new("first"));
        server.set(KEYS, Answer::json(set(&[&signer])));
        let mut configuration = configuration(&server);
        change(&mut configuration);
        let driven = Driven::loaded(&configuration);
        assert_eq!(driven.code(&signer), Code::Ok, "{}", driven.failure());
        Self { server, signer, driven }
    }

    pub fn requests(&self) -> usize {
        self.server.requests(KEYS)
    }
}
