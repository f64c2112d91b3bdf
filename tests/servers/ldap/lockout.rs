//! An account is not locked through us: real servers with a threshold of five and a window of seconds, and who tries.
//!
//! A second of the server is twenty of the verifier's clock, whose windows are minutes.

use base64_simd::STANDARD;
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::directory::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const NOW: i64 = 1_700_000_000;

/// Seconds until the server forgets a failure.
const WINDOW: u32 = 3;
const FASTER: u32 = 20;

/// A verifier whose time passes faster.
struct Hasty {
    verifier: Verifier,
    clock: Clock,
    begin: Instant,
}

impl Hasty {
    fn open(ldap: &Value, passwords: &Value, folder: &Path) -> Self {
        let mut passwords = passwords.clone();
        passwords.as_object_mut().unwrap().entry("failure_window").or_insert(json!("1m"));
        passwords["max_failures"] = json!(4);
        let config = Config::from_json(configuration(ldap, &passwords)).relative_to(folder);
        let clock = Clock::fixed(NOW);
        Self { verifier: Verifier::open_with_clock(&config, clock.clone()).unwrap(), clock, begin: Instant::now() }
    }

    fn decide(&self, user: &str, password: &str) -> Verdict {
        if let Clock::Fixed(time) = &self.clock {
            let passed = i64::try_from((self.begin.elapsed() * FASTER).as_secs()).unwrap();
            time.fetch_max(NOW + passed, Ordering::SeqCst);
        }
        let value = format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{password}")));
        let request = Request::new("api").authorization(value.as_bytes());
        let mut verdict = self.verifier.verify(&request);
        if verdict.code() == Code::Pending {
            self.verifier.resolve_into(&request, &mut verdict);
        }
        verdict
    }
}

fn configuration(ldap: &Value, passwords: &Value) -> String {
    let configuration = json!({
        "user_managers": { "STAFF": { "ldap": ldap, "passwords": passwords } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["STAFF"] } },
    });
    configuration.to_string()
}

fn is_locked(slapd: &Slapd, user: &str) -> bool {
    slapd.whoami(&format!("uid={user},ou=people,dc=example,dc=test"), &format!("{user}-pw")).is_err()
}

/// Binds with a wrong password that the server has seen for bob.
fn failures(slapd: &Slapd) -> usize {
    ["bob", "BOB"].map(|name| slapd.logged(&[&format!("BIND dn=\"uid={name},"), "method=128"])).iter().sum()
}

/// Everybody who tries, at the same time: bob's password in every spelling, and names that are made up.
fn flood(hasty: &Hasty, seconds: f32, meanwhile: impl FnOnce()) {
    let ended = AtomicBool::new(false);
    let guess = |thread: usize| {
        for number in 0.. {
            if ended.load(Ordering::SeqCst) {
                return;
            }
            let names = ["bob", "BOB", "bób", "bob "];
            let made_up = format!("made-up-{thread}-{number}");
            let name = if number % 3 == 0 { &made_up } else { names[number % names.len()] };
            assert!(!hasty.decide(name, &format!("guess {thread} {number}")).is_accepted());
        }
    };
    thread::scope(|scope| {
        (0..4).for_each(|thread| drop(scope.spawn(move || guess(thread))));
        meanwhile();
        thread::sleep(Duration::from_secs_f32(seconds));
        ended.store(true, Ordering::SeqCst);
    });
}

#[test]
fn floods_lock_no_account_and_the_owner_comes_in() {
    let Some(slapd) = Slapd::start_with_lock(5, WINDOW) else { return };
    for (way, is_found) in [(slapd.by_search(), true), (slapd.by_dn(), false)] {
        let hasty = Hasty::open(&way, &json!({ "remember": "1s", "max_unchecked": 100 }), slapd.folder());
        assert!(hasty.decide("bob", "bob-pw").is_accepted());
        // Fewer than a hundred: its owner comes in again and again, also when it has to be checked anew.
        for number in 0..60 {
            assert!(!hasty.decide("bob", &format!("guess {number}")).is_accepted());
            if number % 5 == 0 {
                thread::sleep(Duration::from_millis(60));
                let verdict = hasty.decide("bob", "bob-pw");
                assert!(verdict.is_accepted(), "{number}: {verdict:?}");
            }
        }
        flood(&hasty, 4.0, || {});
        assert!(!is_locked(&slapd, "bob"), "found: {is_found}");
        assert!(hasty.decide("alice", "alice-pw").is_accepted(), "others come in");
    }
}

#[test]
fn guesses_that_are_paced_just_below_the_window_lock_no_account() {
    let Some(slapd) = Slapd::start_with_lock(5, WINDOW) else { return };
    let ways = [slapd.by_search(), slapd.by_dn()].map(|way| Hasty::open(&way, &json!({}), slapd.folder()));
    let before = failures(&slapd);
    thread::scope(|scope| {
        for (hasty, user) in ways.iter().zip(["bob", "alice"]) {
            scope.spawn(move || {
                for number in 0..10 {
                    assert!(!hasty.decide(user, &format!("guess {number}")).is_accepted());
                    thread::sleep(Duration::from_millis(u64::from(WINDOW) * 1000 - 100));
                }
            });
        }
    });
    assert!(!is_locked(&slapd, "bob") && !is_locked(&slapd, "alice"));
    assert!(failures(&slapd) - before >= 4, "they were checked");
}

/// The server counts the failure, and its answer is late by more than anybody waits.
#[test]
fn late_answers_lock_no_account() {
    let Some(slapd) = Slapd::start_with_lock(5, 0) else { return };
    for way in [slapd.by_search(), slapd.by_dn()] {
        let proxy = Proxy::start(slapd.ldaps);
        let url = json!({ "url": format!("ldaps://localhost:{}", proxy.port) });
        let hasty = Hasty::open(&changed(&way, url), &json!({ "failure_window": "24h" }), slapd.folder());
        assert!(hasty.decide("bob", "bob-pw").is_accepted());
        let before = failures(&slapd);
        proxy.delay(Duration::from_millis(2_500));
        for number in 0..4 {
            assert!(!hasty.decide("bob", &format!("guess {number}")).is_accepted());
        }
        proxy.delay(Duration::ZERO);
        let counted = failures(&slapd) - before;
        assert!(counted <= 4, "{counted}");
        assert!(!is_locked(&slapd, "bob"));
    }
}

#[test]
fn reloads_lock_no_account() {
    let Some(slapd) = Slapd::start_with_lock(5, 0) else { return };
    let hasty = Hasty::open(&slapd.by_dn(), &json!({}), slapd.folder());
    let passwords = json!({ "failure_window": "1m", "max_failures": 4 });
    let config = Config::from_json(configuration(&slapd.by_dn(), &passwords)).relative_to(slapd.folder());
    flood(&hasty, 1.0, || {
        for _ in 0..20 {
            hasty.verifier.reload(&config).unwrap();
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert!((1..=4).contains(&failures(&slapd)), "{}", failures(&slapd));
    assert!(!is_locked(&slapd, "bob"));
}
