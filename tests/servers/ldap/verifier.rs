//! The verifier before a real server: how often it is asked, and that nobody's account is locked through it.

use base64_simd::STANDARD;
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::directory::*;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;

const NOW: i64 = 1_700_000_000;

/// `passwords` beside the directory.
fn verifier(ldap: &Value, passwords: &Value, folder: &Path) -> (Verifier, Clock) {
    let configuration = json!({
        "user_managers": { "STAFF": { "ldap": ldap, "passwords": passwords } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["STAFF"] } },
        "resolve_timeout": "10s",
    });
    let config = Config::from_json(configuration.to_string()).relative_to(folder).without_thread();
    let clock = Clock::fixed(NOW);
    (Verifier::open_with_clock(&config, clock.clone()).unwrap(), clock)
}

fn decide(verifier: &Verifier, user: &str, password: &str) -> Verdict {
    let value = format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{password}")));
    let request = Request::new("api").authorization(value.as_bytes());
    let mut verdict = verifier.verify(&request);
    if verdict.code() == Code::Pending {
        verifier.resolve_into(&request, &mut verdict);
    }
    verdict
}

#[test]
fn a_thousand_first_requests_with_one_credential_cause_one_bind() {
    let Some(slapd) = Slapd::start() else { return };
    for way in [slapd.by_search(), slapd.by_dn()] {
        let (verifier, _) = verifier(&way, &json!({}), slapd.folder());
        let before = slapd.binds();
        let (start, accepted) = (Barrier::new(1000), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..1000 {
                let ask = || {
                    start.wait();
                    let verdict = decide(&verifier, "alice", "alice-pw");
                    let name = verdict.identity().map(|identity| identity.qualified_name().to_owned());
                    accepted.fetch_add(usize::from(name.as_deref() == Some("STAFF:alice")), Ordering::SeqCst);
                };
                thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, ask).unwrap();
            }
        });
        assert_eq!((accepted.into_inner(), slapd.binds() - before), (1000, 1));
    }
}

/// The server locks an account after three wrong passwords; two are let through.
#[test]
fn ten_thousand_wrong_passwords_lock_no_account() {
    let Some(slapd) = Slapd::start() else { return };
    let passwords = json!({ "max_failures": 2, "failure_window": "30m", "max_concurrent": 8 });
    let (verifier, clock) = verifier(&slapd.by_search(), &passwords, slapd.folder());
    let next = AtomicI64::new(0);
    let names = ["bob", "Bob", "BOB", " bob", "bob ", "b\u{f3}b"];
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= 10_000 {
                        return;
                    }
                    // Half an hour passes, save for a moment.
                    if let Clock::Fixed(time) = &clock {
                        time.store(NOW + number * 1790 / 10_000, Ordering::SeqCst);
                    }
                    let name = names[number as usize % names.len()];
                    assert!(!decide(&verifier, name, &format!("guess {number}")).is_accepted());
                }
            });
        }
    });
    let binds = slapd.logged(&["BIND dn=\"uid=bob,", " method=128"]);
    assert!((1..=2).contains(&binds), "{binds} binds");
    assert_eq!(decide(&verifier, "bob", "bob-pw").code(), Code::AttemptsLimited);
    assert!(decide(&verifier, "alice", "alice-pw").is_accepted(), "others are not concerned");
    if let Clock::Fixed(time) = &clock {
        time.store(NOW + 2 * 3600, Ordering::SeqCst);
    }
    let verdict = decide(&verifier, "bob", "bob-pw");
    assert!(verdict.is_accepted(), "the account is locked: {verdict:?}");
}

/// The configuration of examples/platform, for this domain.
pub fn the_shipped_profile_names_users_as_active_directory_does(samba: &Samba, password: &str) {
    let profile = include_str!("../../../examples/platform/doorward.json");
    let mut configuration: Value = serde_json::from_str(profile).unwrap();
    let ldap = configuration["user_managers"]["K2"]["ldap"].as_object_mut().unwrap();
    ldap.extend(samba.directory().as_object().unwrap().clone());
    let domain = ldap["domain"].as_str().unwrap().to_owned();
    configuration["apis"]["workflow-rest"]["administrators"] = json!([format!("K2:{domain}\\bob")]);
    configuration.as_object_mut().unwrap().retain(|name, _| name != "state_dir");
    configuration["resolve_timeout"] = json!("10s");
    let config = Config::from_json(configuration.to_string()).relative_to(samba.folder()).without_thread();
    let verifier = Verifier::open(&config).unwrap();
    for (path, is_administrator) in [("/api/workflow/v1/tasks", true), ("/api/odata/v3", false)] {
        for user in [format!("{domain}\\bob"), "bob".to_owned(), format!("K2:{}\\BOB", domain.to_lowercase())] {
            let value = format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{}", password)));
            let request = Request::for_path(path.as_bytes()).authorization(value.as_bytes());
            let verdict = verifier.resolve(&request);
            let identity = verdict.identity().unwrap_or_else(|| panic!("{user}: {verdict:?}"));
            assert_eq!(identity.qualified_name(), format!("K2:{domain}\\bob"));
            assert_eq!(identity.is_administrator(), is_administrator, "{path}");
        }
    }
}

/// Five wrong passwords lock an account of this domain; four are checked, whatever its names are. One that logs in by two
/// names has half of them for each, until it has logged in.
pub fn guesses_lock_no_account(samba: &Samba, user: &str, password: &str) {
    let passwords = json!({ "max_failures": 4, "remember": "1s", "max_unchecked": 100 });
    let (verifier, clock) = verifier(&samba.directory(), &passwords, samba.folder());
    let pass = |seconds: i64| {
        if let Clock::Fixed(time) = &clock {
            time.fetch_add(seconds, Ordering::SeqCst);
        }
    };
    let names = [
        user.to_owned(),
        format!("{user}.upn@contoso.example"),
        format!("CONTOSO\\{user}"),
        format!("{user}@contoso.example"),
        format!("{}.UPN@Contoso.Example", user.to_uppercase()),
    ];
    let guess = |what: &str| {
        let checked = (0..60).filter(|number| {
            pass(5);
            let code = decide(&verifier, &names[number % names.len()], &format!("{what} {number}")).code();
            assert!(matches!(code, Code::BasicRejected | Code::AttemptsLimited), "{code}");
            code == Code::BasicRejected
        });
        checked.count()
    };
    assert_eq!(guess("never authenticated"), 4, "two for each of both names");
    pass(1_801);
    for name in &names {
        assert!(decide(&verifier, name, password).is_accepted(), "{name} is locked");
    }
    assert_eq!(guess("authenticated"), 3, "one is kept for the password that was accepted");
    assert!(decide(&verifier, user, password).is_accepted(), "its owner comes in, and it is not locked");
    let elsewhere = decide(&verifier, &format!("{user}@other.example"), "guess");
    assert_eq!(elsewhere.code(), Code::BasicRejected);
}
