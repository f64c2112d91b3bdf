//! What it costs to choose the API by the path of the request, on top of choosing it by name.
//!
//! The request has no credentials, so that little else is done. By name and by path are asked in turns, and the
//! fastest round of each counts.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use doorward::{Code, Config, Request, Verdict, Verifier};
use serde_json::{Map, Value, json};
use std::env;
use std::hint::black_box;
use std::time::Instant;

const ROUNDS: usize = 2000;
const CALLS: u32 = 200;

const NAME: &str = "odata";

/// As many APIs, each with a prefix; one of them is [`NAME`].
fn verifier(count: usize) -> Verifier {
    let api = |path: String| json!({ "enabled": true, "accept": ["basic"], "paths": [path] });
    let others = (1..count).map(|index| (format!("other-{index}"), api(format!("/api/other-{index}/v1"))));
    let apis: Map<String, Value> = others.chain([(NAME.to_owned(), api("/api/odata/v3".to_owned()))]).collect();
    Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string())).unwrap()
}

/// Nanoseconds of one call, over a round of some.
fn round(verifier: &Verifier, request: Request<'_>, expected: Code, verdict: &mut Verdict) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        assert_eq!(verifier.verify_into(black_box(&request), verdict), expected);
    }
    start.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

fn compare(what: &str, verifier: &Verifier, path: &str, expected: Code, rounds: usize) {
    let mut verdict = Verdict::new();
    let (mut by_name, mut by_path) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..rounds {
        let request = Request::new(NAME);
        by_name = by_name.min(round(verifier, request, Code::CredentialsMissing, &mut verdict));
        by_path = by_path.min(round(verifier, Request::for_path(path.as_bytes()), expected, &mut verdict));
    }
    println!("{what:<34} {:>5} {by_name:>9.1} ns {by_path:>9.1} ns {:>+8.1} ns", path.len(), by_path - by_name);
}

fn main() {
    let rounds = if env::args().any(|argument| argument == "--test") { 2 } else { ROUNDS };
    let key = "/api/odata/v3/Customers('Bob%20Jansen')/Orders(Id=1,Line=2)?$filter=Name%20eq%20'a'&$top=10";
    let long = format!("/api/odata/v3/{}", "Orders(1)/Items/".repeat(511));
    println!("{:<34} bytes {:>12} {:>12} {:>11}", "", "by name", "by path", "more");
    for count in [2, 10_000] {
        let verifier = verifier(count);
        let compare = |what: &str, path: &str, expected| {
            compare(&format!("{count} prefixes, {what}"), &verifier, path, expected, rounds);
        };
        compare("the prefix alone", "/api/odata/v3", Code::CredentialsMissing);
        compare("a key and a query", key, Code::CredentialsMissing);
        compare("8 KiB", &long, Code::CredentialsMissing);
        compare("of no API", "/api/odata/v30/Customers", Code::PathUnknown);
        compare("another case", "/API/odata/v3/Customers", Code::PathAmbiguous);
    }
}
