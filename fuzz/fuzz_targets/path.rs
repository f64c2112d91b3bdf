//! Request targets: whatever API Doorward finds, every host finds the same one.
#![no_main]

use doorward::{Code, Config, Request, Verifier, internal};
use doorward_fuzz::{has_bug, shown};
use doorward_testkit::hosts::HOSTS;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Prefixes, each with its API.
type Prefixes = &'static [(&'static str, &'static str)];

const PLATFORM: Prefixes = &[
    ("/api/workflow/v1", "workflow"),
    ("/api/workflow/v1/admin", "admin"),
    ("/api/odata/v3", "odata"),
    ("/Capital", "capital"),
];

/// With an API that takes whatever no longer prefix takes.
const NESTED: Prefixes =
    &[("/", "site"), ("/api", "api"), ("/api/workflow/v1", "workflow"), ("/api/odata/v3", "odata")];

static VERIFIERS: LazyLock<[(Prefixes, Verifier); 2]> =
    LazyLock::new(|| [PLATFORM, NESTED].map(|all| (all, open(all))));

libfuzzer_sys::fuzz_target!(|target: &[u8]| {
    for (prefixes, verifier) in &*VERIFIERS {
        check(prefixes, verifier, target);
    }
});

/// Each API is on, so that a request without credentials is told its realm.
fn open(prefixes: Prefixes) -> Verifier {
    let api = |(path, name): &(&str, &str)| {
        ((*name).to_owned(), json!({ "enabled": true, "accept": ["basic"], "paths": [path] }))
    };
    let apis: serde_json::Map<String, Value> = prefixes.iter().map(api).collect();
    Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string()).without_thread()).unwrap()
}

fn check(prefixes: Prefixes, verifier: &Verifier, target: &[u8]) {
    let found = find(verifier, target);
    match &found {
        Err(Code::PathAmbiguous) => {}
        Ok(api) => {
            for host in &HOSTS {
                let by_host = host.longest(prefixes, handed_on(target)).map(|at| prefixes[at].1);
                assert_eq!(Some(api.as_str()), by_host, "{}: {}", host.name, shown(target));
            }
        }
        // Nobody comes in: one that compares texts would serve more.
        Err(Code::PathUnknown) => {
            for host in HOSTS.iter().filter(|host| !host.is_within) {
                assert_eq!(None, host.longest(prefixes, handed_on(target)), "{}: {}", host.name, shown(target));
            }
        }
        Err(code) => panic!("{code:?}: {}", shown(target)),
    }
    let is_refused = found.err() == Some(Code::PathAmbiguous);
    assert!(is_refused || internal::path(target).is_ok(), "{}", shown(target));
}

fn find(verifier: &Verifier, target: &[u8]) -> Result<String, Code> {
    let verdict = verifier.verify(&Request::for_path(target));
    let denial = verdict.denial().unwrap();
    match denial.code() {
        Code::CredentialsMissing => Ok(denial.challenge().split('"').nth(1).unwrap().to_owned()),
        code => Err(code),
    }
}

/// What the hosts are asked about. The deliberate bug takes a path with two encoded characters and a parameter from them.
fn handed_on(target: &[u8]) -> &[u8] {
    let mut encoded = 0;
    let mut parameters = 0;
    for byte in target {
        match byte {
            b'%' => encoded += 1,
            b';' => parameters += 1,
            _ => {}
        }
    }
    if has_bug() && encoded >= 2 && parameters >= 1 { b"*" } else { target }
}
