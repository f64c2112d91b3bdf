//! A cloud changes its keys while requests come in.

use super::world::{CATALOGUE, configured, loaded, settled, token};
use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::NOW;
use doorward_testkit::clouds::{Cloud, Clouds, PUBLIC, PublishedKey, Version};
use doorward_testkit::fetched::Driven;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// How often the keys change in the test.
const CHANGES: usize = 5;

/// Verifies tokens of whoever signs now, again and again, and says how many were refused.
struct Load {
    token: Mutex<[String; 2]>,
    ends: AtomicBool,
    accepted: AtomicUsize,
    refused: Mutex<Vec<String>>,
}

impl Load {
    fn run(&self, verifier: &Verifier) {
        while !self.ends.load(Ordering::Relaxed) {
            for token in self.token.lock().unwrap().clone() {
                let header = format!("Bearer {token}");
                let request = Request::new("api").authorization(header.as_bytes());
                let verdict = match verifier.verify(&request) {
                    verdict if verdict.code() == Code::Pending => verifier.resolve(&request),
                    verdict => verdict,
                };
                if verdict.is_accepted() {
                    self.accepted.fetch_add(1, Ordering::Relaxed);
                } else {
                    self.refused.lock().unwrap().push(format!("{verdict:?}"));
                }
            }
        }
    }
}

/// The holder of the keys after so many changes.
fn holder(change: usize) -> String {
    if change == 0 { "public".to_owned() } else { format!("public-{change}") }
}

/// A new key signs from the moment on that it is published, and the ones before go on being published for a while. No
/// token of either is refused, and each change costs each version one round.
pub fn keys_change_under_load() {
    let clouds = Clouds::start();
    let clock = Arc::new(AtomicI64::new(NOW));
    let configuration = configured(&clouds, &[], &json!({ "resolve_timeout": "20s" }));
    let config = Config::from_json(configuration.to_string());
    let verifier = Verifier::open_with_clock(&config, Clock::Fixed(clock.clone())).unwrap();
    assert!(verifier.wait_for_keys(std::time::Duration::from_secs(30)));
    let tokens = |change: usize| ["v1", "v2"].map(|form| token(form, &holder(change)));
    let load = Load {
        token: Mutex::new(tokens(0)),
        ends: AtomicBool::new(false),
        accepted: AtomicUsize::new(0),
        refused: Mutex::default(),
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| load.run(&verifier));
        }
        for change in 1..=CHANGES {
            for version in Version::ALL {
                clouds.public.change_keys(version, |keys| {
                    let new = match version {
                        Version::V1 => PublishedKey::bare(&holder(change)),
                        Version::V2 => PublishedKey::of(&holder(change), &PUBLIC),
                    };
                    keys.insert(change % 2, new);
                });
            }
            // What requests may ask for is once a minute.
            clock.fetch_add(61, Ordering::Relaxed);
            let accepted = load.accepted.load(Ordering::Relaxed);
            *load.token.lock().unwrap() = tokens(change);
            while load.accepted.load(Ordering::Relaxed) < accepted + 30 && load.refused.lock().unwrap().is_empty() {
                thread::yield_now();
            }
        }
        load.ends.store(true, Ordering::Relaxed);
    });
    let refused = load.refused.into_inner().unwrap();
    assert!(refused.is_empty(), "{} are refused: {:?}", refused.len(), refused.first());
    for version in Version::ALL {
        let fetched = clouds.public.server.requests(&Cloud::keys_path(version, "common"));
        // A change may be fetched with the next one, where the tokens of the other version were enough to go on.
        assert!((2..=2 + 2 * CHANGES).contains(&fetched), "{fetched} fetches of the keys of {version:?}");
    }
    // The last change may have ended before a token of each version asked for it.
    clock.fetch_add(61, Ordering::Relaxed);
    for change in 0..=CHANGES {
        for token in tokens(change) {
            let header = format!("Bearer {token}");
            let verdict = verifier.resolve(&Request::new("api").authorization(header.as_bytes()));
            assert!(verdict.is_accepted(), "key {change} is still published: {verdict:?}");
        }
    }
    println!("{} tokens were accepted while the keys changed {CHANGES} times", load.accepted.into_inner());
}

/// A key that is taken away ends with the next refresh, and not before.
#[test]
fn a_key_that_is_withdrawn_ends() {
    let clouds = Clouds::start();
    let driven = loaded(&clouds, &[]);
    for (version, form, alone) in [(Version::V1, "v1", "public-v1"), (Version::V2, "v2", "public-v2")] {
        clouds.public.change_keys(version, |keys| keys.retain(|key| key.holder != alone));
        assert_eq!(driven.verify(&token(form, alone)).code(), Code::Ok, "{form}");
    }
    driven.after(24 * 3600);
    let now = driven.now();
    let fresh = |form: &str, key: &str| {
        let times = json!({ "iat": now, "nbf": now, "exp": now + 3600 });
        settled(&driven, &CATALOGUE.token(form, Some(key), &times))
    };
    for (form, alone) in [("v1", "public-v1"), ("v2", "public-v2")] {
        assert_eq!(fresh(form, alone), Code::KeyUnknown, "{form}");
        assert_eq!(fresh(form, "public"), Code::Ok, "{form}");
    }
}

/// The same token is decided about anew: its time passes, and its key may go.
pub fn tokens_are_not_remembered() {
    let clouds = Clouds::start();
    let driven = Driven::loaded(&configured(&clouds, &[], &json!({})));
    for form in ["v1", "v2"] {
        let token = token(form, "public");
        driven.set_time(NOW);
        assert_eq!(driven.verify(&token).code(), Code::Ok);
        driven.set_time(NOW + 3600 + 59);
        assert_eq!(driven.verify(&token).code(), Code::Ok);
        driven.set_time(NOW + 3600 + 60);
        assert_eq!(driven.verify(&token).code(), Code::Expired);
    }
}
