//! What a decision allocates, once the verdict's buffers have grown.
//!
//! Of our own code it is nothing, for accepted and for refused tokens, with each algorithm: a
//! counting allocator says so. What the cryptography library allocates in C is counted for the
//! whole process by a preloaded library, as the difference between two runs of this program.

use doorward::{Algorithm, Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::cases::catalogue::Catalogue;
use doorward_testkit::passwords::{BCRYPT, PASSWORD, UserFile};
use doorward_testkit::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// Set for the runs that are counted as a whole: the algorithm and how many decisions to make.
pub const WORK: &str = "DOORWARD_ALLOCATIONS_WORK";

/// Paths of [`Case`]'s API, and one of no API and some that are refused.
const PATHS: [(&str, Code); 8] = [
    ("/api/workflow/v1/tasks", Code::CredentialsMissing),
    ("/api/workflow/v1/Orders('a%2Fb%20%C3%A9%25')/x?$top=1", Code::CredentialsMissing),
    ("/api/workflow/v10", Code::PathUnknown),
    ("/api/workflow/V1", Code::PathAmbiguous),
    ("/api%2Fworkflow/v1", Code::PathAmbiguous),
    ("/api/workflow/%C3%A9", Code::PathAmbiguous),
    ("/api/workflow/v1/..", Code::PathAmbiguous),
    ("no path", Code::PathAmbiguous),
];

/// A verifier, and header values with the code that each ends with.
struct Case {
    verifier: Verifier,
    requests: Vec<(String, Code)>,
}

impl Case {
    fn new(algorithm: Algorithm) -> Self {
        let key = TestKey::generate(algorithm).unwrap();
        let mut configuration = platform_configuration(&key);
        configuration["apis"]["api"]["paths"] = json!(["/api/workflow/v1"]);
        let verifier = with_denylist(&configuration);
        let token = |patch: serde_json::Value| {
            let mut claims = entra_claims();
            for (name, value) in patch.as_object().unwrap() {
                claims[name] = value.clone();
            }
            format!("Bearer {}", sign(&key, &entra_header(&key), &claims))
        };
        let good = token(json!({}));
        let (input, signature) = good.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{input}.{flipped}{}", &signature[1..]);
        let requests = vec![
            (good, Code::Ok),
            (forged, Code::SignatureInvalid),
            (token(json!({ "exp": NOW - 61 })), Code::Expired),
            (token(json!({ "nbf": NOW + 61 })), Code::NotYetValid),
            (token(json!({ "aud": "https://api.k2.com" })), Code::AudienceMismatch),
            (token(json!({ "iss": "https://evil.example/" })), Code::IssuerUnknown),
            (token(json!({ "aud": "https://graph.microsoft.com" })), Code::GraphToken),
            (token(json!({ "scp": "other" })), Code::ScopeInsufficient),
            (token(json!({ "upn": "bob\nbob" })), Code::ClaimMalformed),
            (token(json!({ "cnf": {} })), Code::ProofMissing),
            (token(json!({ "sid": "in-the-file" })), Code::TokenRevoked),
            (token(json!({ "sid": "by-a-call", "xms_cc": ["cp1"] })), Code::TokenRevoked),
            (token(json!({ "iat": 1 })), Code::TokenRevoked),
        ];
        Self { verifier, requests }
    }

    fn decide(&self, verdict: &mut Verdict) {
        for (value, expected) in &self.requests {
            let request = Request::new("api").authorization(value.as_bytes());
            assert_eq!(self.verifier.verify_into(&request, verdict), *expected, "{verdict:?}");
        }
    }
}

/// With entries of every kind, from calls and from a file.
fn with_denylist(configuration: &serde_json::Value) -> Verifier {
    let entries = |session: &str| {
        let entries = [
            json!({ "session": session }),
            json!({ "token_id": "another" }),
            json!({ "tenant": "9188aaaa-6c67-4c5b-b112-36a304b66dad", "object_id": "6467b1e1-1b3e-4b3f-9d51-000000000009" }),
            json!({ "subject": "another", "issuer": "main" }),
            json!({ "client": "another", "issuer": "main" }),
            json!({ "key_id": "another" }),
            json!({ "issued_before": 2, "issuer": "main" }),
        ];
        let line = |mut entry: serde_json::Value| {
            entry["until"] = json!(NOW + 3600);
            format!("{entry}\n")
        };
        entries.map(line).concat()
    };
    let file = doorward_testkit::scratch().join(format!("allocations-{}.jsonl", std::process::id()));
    std::fs::write(&file, entries("in-the-file")).unwrap();
    let mut configuration = configuration.clone();
    configuration["denylist"] = json!({ "file": file.to_str().unwrap() });
    let config = Config::from_json(configuration.to_string()).without_thread();
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(verifier.revoke(&entries("by-a-call")), Ok(7));
    verifier
}

/// The Rust allocations of `work`, which is done once before to warm up.
fn allocations(mut work: impl FnMut()) -> u64 {
    work();
    allocation_counter::measure(work).count_total
}

pub fn ours_allocates_nothing() {
    assert!(allocations(|| drop(std::hint::black_box(vec![1]))) > 0, "the counter does not count");
    for algorithm in algorithms() {
        let case = Case::new(algorithm);
        let mut verdict = Verdict::new();
        let count = allocations(|| case.decide(&mut verdict));
        // ring keeps the numbers of an RSA verification in Rust's heap.
        let of_the_library = doorward::internal::IS_RING && matches!(algorithm.name().as_bytes(), [b'R' | b'P', ..]);
        assert!(count == 0 || of_the_library, "{algorithm}: {count} allocations");
    }
    println!("test ours_allocates_nothing ... ok");
}

pub fn every_other_denial_and_path_allocates_nothing() {
    let case = Case::new(Algorithm::HS256);
    let good = case.requests[0].0.clone();
    let values = [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Digest x",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer a.b.c.d.e",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
        &good[7..],
        &format!("{good}, {good}"),
        &good[..good.len() - 3],
    ];
    let mut verdict = Verdict::new();
    let count = allocations(|| {
        for value in values {
            let request = Request::new("api").authorization(value.as_bytes());
            assert_ne!(case.verifier.verify_into(&request, &mut verdict), Code::Ok);
        }
        assert_eq!(case.verifier.verify_into(&Request::new("nowhere"), &mut verdict), Code::ApiUnknown);
        for (path, expected) in PATHS {
            assert_eq!(
                case.verifier.verify_into(&Request::for_path(path.as_bytes()), &mut verdict),
                expected,
                "{path}"
            );
        }
        let request = Request::for_path(PATHS[0].0.as_bytes()).authorization(good.as_bytes());
        assert_eq!(case.verifier.verify_into(&request, &mut verdict), Code::Ok);
    });
    assert_eq!(count, 0);
    println!("test every_other_denial_and_path_allocates_nothing ... ok");
}

/// Tokens of Entra ID, whose keys are fetched, for user managers with lower case and administrators by tenant.
/// Credentials that were proved or refused before, with and without a denylist of accounts.
pub fn credentials_allocate_nothing() {
    let (_file, verifier, requests) = credentials();
    let mut verdict = Verdict::new();
    let mut decide = || {
        for (value, expected) in &requests {
            let request = Request::new("api").authorization(value.as_bytes());
            assert_eq!(verifier.verify_into(&request, &mut verdict), *expected, "{value}");
        }
    };
    decide();
    assert_eq!(allocations(&mut decide), 0, "Basic credentials");
    let entry = json!({ "account": "SVC:somebody", "until": NOW + 3600 });
    assert_eq!(verifier.revoke(&entry.to_string()), Ok(1));
    decide();
    assert_eq!(allocations(&mut decide), 0, "Basic credentials beside a denylist of accounts");
    println!("test credentials_allocate_nothing ... ok");
}

/// The first is accepted.
fn credentials() -> (UserFile, Verifier, Vec<(String, Code)>) {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = passwords::open(&passwords::configuration(&file));
    let requests = vec![
        (passwords::header("bob", PASSWORD), Code::Ok),
        (passwords::header("SVC:bob", PASSWORD), Code::Ok),
        (passwords::header("bob", "wrong"), Code::BasicRejected),
        (passwords::header("", PASSWORD), Code::BasicRejected),
        (passwords::header_of(b"no colon"), Code::HeaderMalformed),
        (passwords::header_of(b"bob:\xff"), Code::HeaderMalformed),
        ("Basic !".to_owned(), Code::HeaderMalformed),
    ];
    for (value, expected) in &requests {
        assert_eq!(passwords::decide(&verifier, value).code(), *expected);
    }
    (file, verifier, requests)
}

pub fn tenants_allocate_nothing() {
    let (clouds, catalogue) = (clouds::Clouds::start(), Catalogue::entra());
    let more = json!({
        "user_managers": { "AAD": { "case": "lower" } },
        "apis": { "api": {
            "app_only": { "roles": ["Workflow.Run"] },
            "administrators": [format!("AAD:{}/{}", clouds::CONTOSO, clouds::BOB)],
        } },
    });
    let configuration = clouds.completed(catalogue.configured(&["by_tenant"], &more));
    let driven = fetched::Driven::loaded(&configuration);
    let token = |form: &str, key: &str, claims| format!("Bearer {}", catalogue.token(form, Some(key), &claims));
    let requests = [
        (token("v1", "public", json!({ "upn": "Bob@Contoso.example" })), Code::Ok),
        (token("v2", "public", json!({})), Code::Ok),
        (token("partner_v2", "public-partner", json!({})), Code::Ok),
        (token("app_v1", "public", json!({})), Code::Ok),
        (token("app_v2_plain", "public", json!({ "roles": [] })), Code::RoleInsufficient),
        (token("guest_v1", "public", json!({})), Code::GuestNotAllowed),
        (token("guest_v2_by_acct", "public", json!({})), Code::GuestNotAllowed),
        (token("v2", "public-partner", json!({})), Code::KeyUnknown),
        (token("v2", "public-in-china", json!({})), Code::KeyUnknown),
        (token("v1", "public", json!({ "tid": clouds::PARTNER })), Code::TenantMismatch),
        (token("v1", "public", json!({ "TID": clouds::CONTOSO })), Code::ClaimMalformed),
        (token("v2", "public", json!({ "ver": "1.0" })), Code::ClaimMalformed),
        (token("v2", "public", json!({ "scp": null, "roles": null })), Code::ScopeInsufficient),
        (token("stranger_v1", "public", json!({})), Code::UserManagerNotAllowed),
        (token("us_v2", "us", json!({})), Code::IssuerUnknown),
        (token("graph_v1", "public", json!({})), Code::GraphToken),
    ];
    let mut verdict = Verdict::new();
    let count = allocations(|| {
        for (value, expected) in &requests {
            let request = Request::new("api").authorization(value.as_bytes());
            assert_eq!(driven.verifier.verify_into(&request, &mut verdict), *expected, "{verdict:?}");
        }
    });
    // ring keeps the numbers of an RSA verification in Rust's heap.
    assert!(count == 0 || doorward::internal::IS_RING, "{count} allocations");
    println!("test tenants_allocate_nothing ... ok");
}

/// Makes as many decisions about one good token as the environment says.
pub fn repeat(work: &str) {
    let (name, count) = work.split_once(':').unwrap();
    if name == "Basic" {
        return repeat_basic(count.parse().unwrap());
    }
    let case = Case::new(Algorithm::from_name(name).unwrap());
    let request = Request::new("api").authorization(case.requests[0].0.as_bytes());
    let mut verdict = Verdict::new();
    for _ in 0..count.parse::<u32>().unwrap() {
        assert_eq!(case.verifier.verify_into(&request, &mut verdict), Code::Ok);
    }
}

fn repeat_basic(count: u32) {
    let (_file, verifier, requests) = credentials();
    let request = Request::new("api").authorization(requests[0].0.as_bytes());
    let mut verdict = Verdict::new();
    for _ in 0..count {
        assert_eq!(verifier.verify_into(&request, &mut verdict), Code::Ok);
    }
}

/// The allocations of one decision in the whole process. Key generation allocates differently
/// often, so the runs differ by many decisions, and the figure is rounded.
pub fn the_whole_process_is_counted() {
    if !cfg!(all(target_os = "linux", target_env = "gnu")) {
        println!("test count_the_whole_process ... skipped: it needs Linux with glibc");
        return;
    }
    let counter = build_counter();
    let mut counts = BTreeMap::new();
    for name in ["RS256", "ES256", "EdDSA", "HS256", "Basic"] {
        let (few, many) = (run(&counter, name, 1_000), run(&counter, name, 3_000));
        counts.insert(name, ((many - few) as f64 / 2_000.0).round() as i64);
    }
    assert_eq!((counts["HS256"], counts["Basic"]), (0, 0), "{counts:?}");
    println!("allocations of one decision in the whole process, C included: {counts:?}");
    println!("test count_the_whole_process ... ok");
}

fn build_counter() -> PathBuf {
    let library = doorward_testkit::scratch().join("malloc_counter.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/process/malloc_counter.c");
    let arguments = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"];
    let status = Command::new("cc").args(arguments).arg(&library).args([source, "-ldl"]).status().unwrap();
    assert!(status.success());
    library
}

fn run(counter: &PathBuf, name: &str, count: u32) -> i64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .env(WORK, format!("{name}:{count}"))
        .env("LD_PRELOAD", counter)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().find_map(|line| line.strip_prefix("allocations: ")).unwrap().parse().unwrap()
}
