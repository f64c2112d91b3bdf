//! Every case of `tests/attacks.toml` and `tests/cases/entra.toml` through the C door: what the Rust library answers is
//! written to a file, with the configuration and the request, and a program in C has to come to the same, word for word: on this system, and under Wine, with the library for Windows.
//!
//! Keys that are fetched are so once, by the Rust library: both doors take them from its snapshots.
#![cfg(target_os = "linux")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::duplicate_mod, reason = "the library's tests and these have the same keys")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

extern crate doorward_core as doorward;

#[path = "support/mod.rs"]
mod c;
#[path = "../../../tests/support/mod.rs"]
mod support;

#[path = "../../../tests/support/cases/mod.rs"]
mod cases;
#[path = "../../../tests/support/clouds/mod.rs"]
mod clouds;
#[path = "../../../tests/support/keys.rs"]
mod keys;
#[path = "../../../tests/support/server/mod.rs"]
mod server;

use cases::catalogue::{Case, Catalogue};
use clouds::Clouds;
use doorward::{Clock, Config, Request, Verdict, Verifier};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;
use std::fs;
use support::NOW;

const API: &str = "api";

/// The file of cases; its form is told in tests/c/cases.c.
#[derive(Default)]
struct Cases {
    bytes: Vec<u8>,
    configurations: usize,
    requests: usize,
    accepted: usize,
}

impl Cases {
    fn number(&mut self, number: u64) {
        self.bytes.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.bytes.extend(text);
    }

    fn add(&mut self, name: &str, case: &Case, catalogue: &Catalogue, clouds: &Clouds) {
        let (mut configuration, now) = (case.configuration(catalogue), NOW + case.now);
        if clouds.complete(&mut configuration) {
            fetch_before(&mut configuration, now);
        }
        let configuration = configuration.to_string();
        self.text(name.as_bytes());
        self.text(configuration.as_bytes());
        self.number(now as u64);
        self.configurations += 1;
        let config = Config::from_json(configuration).without_thread();
        match Verifier::open_with_clock(&config, Clock::fixed(now)) {
            Err(error) => {
                self.text(format!("{}\n{error}\n", error.code().number()).as_bytes());
                self.number(0);
            }
            Ok(verifier) => {
                self.text(b"0\n\n");
                let requests = case.requests(catalogue);
                self.number(requests.len() as u64);
                requests.iter().for_each(|headers| self.add_request(&verifier, headers));
            }
        }
    }

    fn add_request(&mut self, verifier: &Verifier, headers: &[Vec<u8>]) {
        self.requests += 1;
        self.text(API.as_bytes());
        self.number(headers.len() as u64);
        self.text(headers.first().map_or(&[], |header| header));
        let request = headers.iter().fold(Request::new(API), |request, header| request.authorization(header));
        let verdict = verifier.verify(&request);
        self.accepted += usize::from(verdict.is_accepted());
        self.text(answer(&verdict).as_bytes());
    }
}

/// Fetches the keys of a configuration into a folder, where those are who open it at the same time.
fn fetch_before(configuration: &mut Value, now: i64) {
    let folder = c::scratch().join("keys").join(now.to_string());
    configuration["state_dir"] = json!(folder.to_str().unwrap());
    let config = Config::from_json(configuration.to_string()).without_thread();
    if let Ok(verifier) = Verifier::open_with_clock(&config, Clock::fixed(now)) {
        verifier.poll();
    }
}

/// What a verdict reads, line by line.
fn answer(verdict: &Verdict) -> String {
    let mut lines = format!("{}\n", verdict.code().number());
    match verdict.identity() {
        None => lines += &"\n".repeat(10),
        Some(identity) => {
            let texts = [
                Some(identity.qualified_name()),
                Some(identity.label()),
                Some(identity.user()),
                Some(identity.method().name()),
                identity.issuer(),
                identity.subject(),
                identity.tenant(),
                identity.object_id(),
                identity.client(),
                identity.token_id(),
            ];
            lines.extend(texts.map(|text| format!("{}\n", text.unwrap_or_default())));
        }
    }
    let identity = verdict.identity();
    let flag = |is: Option<bool>| u8::from(is.unwrap_or_default());
    let expires = identity.and_then(|identity| identity.expires_at()).unwrap_or_default();
    let _ = writeln!(lines, "{expires}");
    let _ = writeln!(lines, "{}", flag(identity.map(|identity| identity.is_administrator())));
    let _ = writeln!(lines, "{}", flag(identity.map(|identity| identity.is_app_only())));
    if let Some(identity) = identity {
        lines.extend(identity.scopes().chain(identity.roles()).map(|name| format!("{name}\n")));
        lines.extend(identity.claims().map(|(name, value)| format!("{name}\n{}\n", value.as_json())));
    }
    lines + &denial(verdict)
}

fn denial(verdict: &Verdict) -> String {
    let Some(denial) = verdict.denial() else {
        // A verdict that is pending has an HTTP status in C.
        return if verdict.is_accepted() { "500\n0\n\n\n\n" } else { "503\n1\n\n\n\n" }.to_owned();
    };
    format!(
        "{}\n{}\n{}\n{}\n{}\n",
        denial.http(),
        denial.retry_after().unwrap_or_default(),
        denial.challenge(),
        denial.claim().unwrap_or_default(),
        denial.expected().unwrap_or_default()
    )
}

/// The cases of a catalogue and their controls.
fn add_all(cases: &mut Cases, catalogue: &Catalogue, what: &str, clouds: &Clouds) {
    let mut controlled = HashSet::new();
    for topic in &catalogue.topics {
        for (index, case) in topic.cases().iter().enumerate() {
            let name = format!("{what} {}, case {}", topic.id, index + 1);
            cases.add(&name, case, catalogue, clouds);
            let same = (case.alg.clone(), case.config.clone());
            if case.expect_open.is_none() && controlled.insert(same.clone()) {
                let control = Case { alg: same.0, config: same.1, ..Case::default() };
                cases.add(&format!("{name}, its control"), &control, catalogue, clouds);
            }
        }
    }
}

fn cases(clouds: &Clouds) -> Cases {
    let mut cases = Cases::default();
    add_all(&mut cases, &Catalogue::attacks(), "attack", clouds);
    let before = (cases.requests, cases.accepted);
    add_all(&mut cases, &Catalogue::entra(), "point", clouds);
    let (requests, accepted) = (cases.requests - before.0, cases.accepted - before.1);
    println!("{requests} requests of Entra ID, {accepted} of them accepted");
    assert!(requests > 300 && accepted > 150, "{requests} requests of Entra ID, {accepted} of them accepted");
    cases
}

#[test]
fn both_doors_answer_the_same() {
    let clouds = Clouds::start();
    let _ = fs::remove_dir_all(c::scratch().join("keys"));
    let cases = cases(&clouds);
    assert!(cases.requests > 4000, "{} requests", cases.requests);
    let file = c::scratch().join("cases.bin");
    fs::create_dir_all(c::scratch()).unwrap();
    fs::write(&file, &cases.bytes).unwrap();
    let program = c::compile_shared("cc", "cases.c", "c11", "plain", &["-O2"]);
    let output = c::run(c::program(&program).arg(&file));
    let expected = format!("{} configurations, {} requests\n", cases.configurations, cases.requests);
    assert_eq!(c::text(&output), expected, "{}", output.status);
    println!("{expected}");
    if let Some(windows) = c::windows() {
        let program = windows.compile("c/cases.c");
        let output = c::run(windows.wine(&program).arg(c::windows_path(c::world())).arg(c::windows_path(&file)));
        assert_eq!(c::told(&output), format!("{expected}passed\n"), "{}", output.status);
    }

    // A file in which one answer is another one shows that they are compared.
    let mut other = cases.bytes;
    let realm = other.windows(6).position(|window| window == b"realm=").unwrap();
    other[realm] = b'R';
    fs::write(&file, other).unwrap();
    let output = c::run(c::program(&program).arg(&file));
    assert!(!output.status.success() && c::text(&output).contains("Realm="), "{}", c::text(&output));
}
