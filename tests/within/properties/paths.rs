//! A path that is accepted belongs to the same API to each host, whatever that host does with it.

use doorward::{Code, Config, Request, Verifier, internal};
use doorward_testkit::hosts::HOSTS;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Prefixes, each with its API.
type Prefixes = &'static [(&'static str, &'static str)];

const PLATFORM: Prefixes = &[
    ("/api/workflow/v1", "workflow"),
    ("/api/workflow/v1/admin", "admin"),
    ("/api/odata/v3", "odata"),
    ("/Capital", "capital"),
];

/// With APIs that take whatever no longer prefix takes.
const NESTED: Prefixes =
    &[("/", "site"), ("/api", "api"), ("/api/workflow/v1", "workflow"), ("/api/odata/v3", "odata")];

/// APIs that are on, so that a request without credentials is told the realm of the one that it is for.
fn verifier(prefixes: &[(&str, &str)]) -> Verifier {
    let mut apis: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    prefixes.iter().for_each(|(prefix, api)| apis.entry(api).or_default().push(prefix));
    let api =
        |(name, paths): (&str, _)| (name.to_owned(), json!({ "enabled": true, "accept": ["basic"], "paths": paths }));
    let apis: serde_json::Map<String, Value> = apis.into_iter().map(api).collect();
    Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string())).unwrap()
}

/// The API that a path belongs to, or the code that refuses it.
fn find(verifier: &Verifier, path: &[u8]) -> Result<String, Code> {
    let verdict = verifier.verify(&Request::for_path(path));
    let denial = verdict.denial().unwrap();
    match denial.code() {
        Code::CredentialsMissing => Ok(denial.challenge().split('"').nth(1).unwrap().to_owned()),
        code => Err(code),
    }
}

/// Pieces that hosts read differently, and plain ones.
fn piece() -> impl Strategy<Value = &'static str> {
    let plain = vec![
        "/",
        "/",
        "/",
        "api",
        "workflow",
        "odata",
        "v1",
        "v3",
        "admin",
        "/api/workflow/v1",
        "/api/odata/v3",
        "Capital",
        "x",
        "Orders('a')",
        "v10",
        ".json",
        ".x",
        "~",
        "@",
        "$",
        "(1)",
        "-",
        "+",
        ",",
        "=",
        "\"",
    ];
    let odd = vec![
        "//",
        "%2F",
        "%2f",
        "\\",
        "%5C",
        "%5c",
        ".",
        "..",
        "/../",
        "/..",
        "/./",
        "%2e",
        "%2E%2e",
        "...",
        ";",
        ";x=1",
        "%3B",
        "..;",
        "%20",
        " ",
        "%00",
        "%09",
        "%0a",
        "\r\n",
        "%25",
        "%252F",
        "%252e",
        "%25%32%66",
        "%c0%af",
        "%c0%ae",
        "/%c0%ae%c0%ae/",
        "/%c0%ae%c0%ae/%c0%ae%c0%ae/",
        "work%EF%AC%82ow",
        "wor%E2%84%AAflow",
        "/api/wor%E2%84%AAflow/v1",
        "workflow::$INDEX_ALLOCATION",
        "/api/workflow::$DATA/v1",
        "/admin:x",
        "%c1%a1",
        "%C3%A9",
        "%C3",
        "\u{e9}",
        "%E2%84%AA",
        "?",
        "?x",
        "%3F",
        "#",
        "%23",
        ":",
        ":x",
        "%61",
        "%41",
        "%70i",
        "API",
        "aPi",
        "V1",
        "WORKFLOW",
        "capital",
        "%u002f",
        "%u0061",
        "%zz",
        "%",
        "%2",
        "%7e",
        "%7f",
        "'",
    ];
    prop_oneof![3 => prop::sample::select(plain), 2 => prop::sample::select(odd)]
}

/// A path that begins like a real one, and has one odd piece or many, or nothing odd at all.
fn likely_path() -> impl Strategy<Value = String> {
    let begin = prop::sample::select(vec![
        "",
        "/",
        "/api",
        "/api/",
        "/api/workflow",
        "/api/workflow/",
        "/api/workflow/v1",
        "/api/workflow/v1/",
        "/api/workflow/v1/admin",
        "/api/odata/v3/",
        "/api/odata/v3/Orders/",
        "/Capital",
    ]);
    (begin, prop::collection::vec(piece(), 0..7)).prop_map(|(begin, pieces)| format!("{begin}{}", pieces.concat()))
}

/// What went through, so that a generator that makes nothing of interest is noticed.
#[derive(Default, Debug)]
struct Seen {
    accepted: usize,
    accepted_with_percent: usize,
    unknown: usize,
    refused: usize,
    /// Of those that were refused: hosts that disagreed with another one.
    disagreed: HashSet<&'static str>,
}

fn hosts_agree(prefixes: Prefixes, seen: &RefCell<Seen>) {
    let verifier = verifier(prefixes);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(30_000));
    let outcome = runner.run(&likely_path(), |path| {
        let path = path.as_bytes();
        let by_hosts = HOSTS.iter().map(|host| (host.name, host.longest(prefixes, path).map(|at| prefixes[at].1)));
        let found = find(&verifier, path);
        let mut seen = seen.borrow_mut();
        match &found {
            Ok(api) => {
                seen.accepted += 1;
                seen.accepted_with_percent += usize::from(path.contains(&b'%'));
                for (host, other) in by_hosts {
                    prop_assert_eq!(other, Some(api.as_str()), "{}: {}", host, path.escape_ascii());
                }
            }
            Err(Code::PathUnknown) => {
                seen.unknown += 1;
                // Nobody comes in: one that compares texts would serve more.
                for host in HOSTS.iter().filter(|host| !host.is_within) {
                    prop_assert_eq!(host.longest(prefixes, path), None, "{}: {}", host.name, path.escape_ascii());
                }
            }
            Err(code) => {
                prop_assert_eq!(*code, Code::PathAmbiguous);
                seen.refused += 1;
                let by_hosts: Vec<_> = by_hosts.collect();
                let first = by_hosts[0].1;
                seen.disagreed.extend(by_hosts.iter().filter(|(_, other)| *other != first).map(|(host, _)| *host));
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn an_accepted_path_belongs_to_one_api_to_every_host() {
    let seen = RefCell::new(Seen::default());
    hosts_agree(PLATFORM, &seen);
    hosts_agree(NESTED, &seen);
    let seen = seen.into_inner();
    let Seen { accepted, accepted_with_percent, unknown, refused, ref disagreed } = seen;
    assert!(accepted > 5_000 && accepted_with_percent > 500 && unknown > 500 && refused > 10_000, "{seen:?}");
    // Each of them reads some path otherwise than the first one, or it would prove nothing.
    assert_eq!(disagreed.len(), HOSTS.len() - 1, "{disagreed:?}");
}

/// Paths and prefixes of a few plain segments.
fn plain_path(least: usize) -> impl Strategy<Value = String> {
    let segment = prop::sample::select(vec!["a", "b", "ab", "a-b", "v1", "A"]);
    prop::collection::vec(segment, least..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

/// Prefixes that differ in more than case, in any order.
fn prefix_set() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(plain_path(0), 1..12).prop_map(|mut prefixes| {
        let mut seen = BTreeSet::new();
        prefixes.retain(|prefix| seen.insert(prefix.to_ascii_lowercase()));
        prefixes
    })
}

#[test]
fn a_plain_path_belongs_to_the_longest_prefix() {
    let counts = RefCell::new([0; 3]);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(3_000));
    let outcome = runner.run(&(prefix_set(), prop::collection::vec(plain_path(1), 1..10)), |(prefixes, paths)| {
        let names: Vec<String> = (0..prefixes.len()).map(|index| format!("api-{index}")).collect();
        let prefixes: Vec<_> = prefixes.iter().map(String::as_str).zip(names.iter().map(String::as_str)).collect();
        let verifier = verifier(&prefixes);
        for path in paths {
            // Without case, to the letter, and by text without case.
            let hosts = [1, 0, HOSTS.len() - 1];
            let [loose, strict, begun] = hosts.map(|host: usize| HOSTS[host].longest(&prefixes, path.as_bytes()));
            let expected = match loose {
                None => Err(Code::PathUnknown),
                Some(at) if strict == loose && begun == loose => Ok(prefixes[at].1.to_owned()),
                Some(_) => Err(Code::PathAmbiguous),
            };
            counts.borrow_mut()[usize::from(expected.is_err()) + usize::from(expected == Err(Code::PathUnknown))] += 1;
            prop_assert_eq!(find(&verifier, path.as_bytes()), expected, "{}: {:?}", path, prefixes);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(counts.borrow().iter().all(|count| *count > 500), "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_bytes_make_it_panic(target in prop::collection::vec(any::<u8>(), 0..60), slash in any::<bool>()) {
        let target = if slash { [&b"/api/"[..], &target].concat() } else { target };
        thread_local!(static VERIFIER: Verifier = verifier(&[("/", "site")]));
        let found = VERIFIER.with(|verifier| find(verifier, &target));
        prop_assert_eq!(found.err(), internal::path(&target).err());
    }
}
