//! Against an OpenID provider of others: discovery, tokens, and keys that rotate under load.

use doorward::{Code, Config, Request, Verdict, Verifier};
use doorward_testkit::fetched::configuration_of;
use doorward_testkit::provider::{Provider, RESOURCE_ES256, RESOURCE_RS256};
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

fn open(provider: &Provider) -> Verifier {
    let mut configuration = configuration_of(json!({ "oidc": provider.issuer() }));
    configuration["issuers"]["main"]["audiences"] = json!([RESOURCE_RS256, RESOURCE_ES256]);
    configuration["apis"]["api"]["scopes"] = json!(["api:read"]);
    configuration["apis"]["api"]["roles"] = json!(["reader"]);
    Verifier::open(&Config::from_json(configuration.to_string())).unwrap()
}

fn verify(verifier: &Verifier, token: &str) -> Verdict {
    let header = format!("Bearer {token}");
    let request = Request::new("api").authorization(header.as_bytes());
    let verdict = verifier.verify(&request);
    if verdict.code() == Code::Pending { verifier.resolve(&request) } else { verdict }
}

#[test]
fn tokens_of_a_real_provider_are_verified() {
    let Some(provider) = Provider::start() else { return };
    let verifier = open(&provider);
    for resource in [RESOURCE_RS256, RESOURCE_ES256] {
        let verdict = verify(&verifier, &provider.token(resource));
        let identity = verdict.identity().unwrap_or_else(|| panic!("{verdict:?}"));
        assert_eq!((identity.subject(), identity.issuer()), (Some("svc"), Some(provider.issuer())));
    }
    let health = verifier.health();
    assert_eq!(health.issuers()[0].address.as_deref(), Some(provider.jwks_url()));
    assert_eq!(health.issuers()[0].keys, provider.key_ids().len());
}

#[test]
fn resolve_answers_the_first_token_of_a_new_key_and_a_withdrawn_key_ends() {
    let Some(provider) = Provider::start() else { return };
    let verifier = open(&provider);
    let old = provider.token(RESOURCE_RS256);
    assert_eq!(verify(&verifier, &old).code(), Code::Ok);
    provider.rotate();
    let new = provider.token(RESOURCE_RS256);
    let header = format!("Bearer {new}");
    let request = Request::new("api").authorization(header.as_bytes());
    assert_eq!(verifier.verify(&request).code(), Code::Pending);
    assert_eq!(verifier.resolve(&request).code(), Code::Ok);
    assert_eq!(verify(&verifier, &old).code(), Code::Ok, "the old key is still published");
}

/// What the threads of the load saw.
#[derive(Default)]
struct Seen {
    verified: AtomicUsize,
    pending: AtomicUsize,
    slowest: Mutex<Duration>,
    refused: Mutex<Vec<String>>,
}

impl Seen {
    fn note(&self, verifier: &Verifier, token: &str) {
        let header = format!("Bearer {token}");
        let request = Request::new("api").authorization(header.as_bytes());
        let start = Instant::now();
        let mut verdict = verifier.verify(&request);
        let took = start.elapsed();
        let mut slowest = self.slowest.lock().unwrap();
        *slowest = took.max(*slowest);
        drop(slowest);
        if verdict.code() == Code::Pending {
            self.pending.fetch_add(1, Ordering::Relaxed);
            verdict = verifier.resolve(&request);
        }
        match verdict.code() {
            Code::Ok => _ = self.verified.fetch_add(1, Ordering::Relaxed),
            _ => self.refused.lock().unwrap().push(format!("{verdict:?}")),
        }
    }
}

/// A live rotation: not one valid token is refused, and no request waits for the network in `verify`.
#[test]
fn a_rotation_under_load_refuses_no_valid_token() {
    let Some(provider) = Provider::start() else { return };
    let verifier = open(&provider);
    assert!(verifier.wait_for_keys(Duration::from_secs(10)));
    let (seen, ended) = (Seen::default(), AtomicBool::new(false));
    let tokens = Mutex::new(vec![provider.token(RESOURCE_RS256), provider.token(RESOURCE_ES256)]);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let held = tokens.lock().unwrap().clone();
                    held.iter().for_each(|token| seen.note(&verifier, token));
                }
            });
        }
        let load_for = |time| thread::sleep(Duration::from_millis(time));
        load_for(300);
        // The first one is picked up by the request that needs it.
        provider.rotate();
        tokens.lock().unwrap().extend([provider.token(RESOURCE_RS256), provider.token(RESOURCE_ES256)]);
        load_for(700);
        ended.store(true, Ordering::Relaxed);
    });
    let (slowest, refused) = (*seen.slowest.lock().unwrap(), seen.refused.into_inner().unwrap());
    let (verified, pending) = (seen.verified.into_inner(), seen.pending.into_inner());
    println!("{verified} tokens verified, {pending} pending and resolved, slowest verify {slowest:?}");
    assert!(refused.is_empty(), "{} valid tokens were refused: {:?}", refused.len(), refused.first());
    assert!(verified > 100 && pending > 0, "{verified} verified, {pending} pending");
    let health = verifier.health();
    assert_eq!(health.issuers()[0].refreshes.changed, 2, "one fetch brought the new keys");
}
