//! Real hosts beside the verifier: no request that a host serves from one API is judged by another's rules.
//!
//! Each has four APIs, configured as its documentation says: a site, an API below it, and two below that. Each answers with the
//! name of the API that serves a path, whatever there is behind it.

mod hosts;

use doorward::{Code, Config, Request, Verifier};
use hosts::Host;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Prefixes, each with its API.
const PREFIXES: [(&str, &str); 4] =
    [("/", "site"), ("/api", "api"), ("/api/strict", "strict"), ("/api/odata/v4/Orders", "orders")];

/// What paths are made of: beginnings, and what goes on behind them.
const BEGINNINGS: [&str; 28] = [
    "",
    "/api",
    "/apis",
    "/api/strict",
    "/api/Strict",
    "/API/strict",
    "/api/%73trict",
    "/api%2Fstrict",
    "/api/%2Fstrict",
    "/api//strict",
    "/api/./strict",
    "/api/x/../strict",
    "/api/x/%2e%2e/strict",
    "/api;x=1/strict",
    "/api/;x/strict",
    "/api\\strict",
    "/api/stric",
    "/api/lax",
    "/api/odata/v4",
    "/api/odata/v4/Orders",
    "/api/odata/v4/orders",
    "/api/odata/v4/OrderLines",
    "/api/odata/v4/Order%73",
    "/api/odata/v4/Ord%65rs",
    "/api/odata/v4/Orders%20",
    "/strict",
    "/x/api/strict",
    "/.well-known",
];
const ENDS: [&str; 44] = [
    "",
    "/",
    "users",
    "/users",
    "/users/1",
    ".json",
    ".x",
    ".x/users",
    ".api",
    "(1)",
    "('a')",
    "('a%2Fb')",
    "(1)/Items",
    "/(1)",
    ";x=1",
    ";x=1/users",
    ";/users",
    "%3Bx",
    "/users;x=1",
    "%20",
    "%20/users",
    "%00",
    "%0a",
    ".",
    "..",
    "/.",
    "/..",
    "/../x",
    "/..%2Fx",
    "%2F",
    "%2Fusers",
    "%2f..",
    "%5C",
    "%252F",
    "%2e",
    "-",
    "_",
    "~",
    "$value",
    "/$value",
    "@",
    ":x",
    "?x=/api/strict",
    "%C3%A9",
];

#[test]
fn nginx() {
    agrees(hosts::nginx());
}

#[test]
fn apache() {
    agrees(hosts::apache());
}

#[test]
fn django_rest_framework() {
    agrees(hosts::django());
}

#[test]
fn connect() {
    agrees(hosts::connect());
}

fn paths() -> Vec<String> {
    let all = BEGINNINGS.iter().flat_map(|begin| ENDS.iter().map(move |end| format!("{begin}{end}")));
    let paths: Vec<String> = all.filter(|path| path.starts_with('/')).collect();
    assert!(paths.len() >= 1_000, "{}", paths.len());
    paths
}

fn verifier() -> Verifier {
    let api = |(path, name): &(&str, &str)| {
        ((*name).to_owned(), json!({ "enabled": true, "accept": ["basic"], "paths": [path] }))
    };
    let apis: serde_json::Map<String, Value> = PREFIXES.iter().map(api).collect();
    Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string()).without_thread()).unwrap()
}

/// The API whose rules judge a path; `None` if it is refused.
fn judged(verifier: &Verifier, path: &str) -> Option<String> {
    let verdict = verifier.verify(&Request::for_path(path.as_bytes()));
    let denial = verdict.denial().unwrap();
    match denial.code() {
        Code::CredentialsMissing => Some(denial.challenge().split('"').nth(1).unwrap().to_owned()),
        Code::PathAmbiguous => None,
        code => panic!("{path}: {code:?}"),
    }
}

fn agrees(host: Option<Host>) {
    let Some(host) = host else { return };
    let verifier = verifier();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let (mut refused, mut wrong) = (0, Vec::new());
    for path in paths() {
        let served = host.serves(&path);
        match (judged(&verifier, &path), served) {
            (None, _) => refused += 1,
            (Some(_), None) => {}
            (Some(api), Some(served)) if api == served => *counts.entry(served).or_default() += 1,
            (Some(api), Some(served)) => wrong.push(format!("{path}: judged as {api}, served by {served}")),
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    // Each API was served, and it is not by refusing everything that both agree.
    assert!(
        PREFIXES.iter().all(|(_, api)| counts.get(*api).is_some_and(|count| *count >= 4)),
        "{counts:?}, {refused} refused"
    );
    println!("{counts:?} agree, {refused} are refused");
}
