//! Every case of `tests/attacks.toml` through the C door: what the Rust library answers is written to a file, with the
//! configuration and the request, and a program in C has to come to the same, word for word.
#![cfg(target_os = "linux")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::duplicate_mod, reason = "the library's tests and these have the same keys")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

extern crate doorward_core as doorward;

#[path = "support/mod.rs"]
mod c;
#[path = "../../../tests/support/mod.rs"]
mod support;

#[path = "../../../tests/attacks/catalogue.rs"]
mod catalogue;
#[path = "../../../tests/attacks/encodings.rs"]
mod encodings;
#[path = "../../../tests/attacks/expand.rs"]
mod expand;
#[path = "../../../tests/attacks/keys.rs"]
mod keys;
#[path = "../../../tests/attacks/mutations.rs"]
mod mutations;
#[path = "../../../tests/attacks/request.rs"]
mod request;
#[path = "../../../tests/attacks/rsa.rs"]
mod rsa;
#[path = "../../../tests/attacks/signatures.rs"]
mod signatures;

use catalogue::{Case, Catalogue};
use doorward::{Clock, Config, Request, Verdict, Verifier};
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
}

impl Cases {
    fn number(&mut self, number: u64) {
        self.bytes.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len() as u64);
        self.bytes.extend(text);
    }

    fn add(&mut self, name: &str, case: &Case, catalogue: &Catalogue) {
        let (configuration, now) = (case.configuration(catalogue).to_string(), NOW + case.now);
        self.text(name.as_bytes());
        self.text(configuration.as_bytes());
        self.number(now as u64);
        self.configurations += 1;
        match Verifier::open_with_clock(&Config::from_json(configuration), Clock::fixed(now)) {
            Err(error) => {
                self.text(format!("{}\n{error}\n", error.code().number()).as_bytes());
                self.number(0);
            }
            Ok(verifier) => {
                self.text(b"0\n\n");
                let requests = case.requests();
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
        self.text(answer(&verifier.verify(&request)).as_bytes());
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

/// The cases and their controls.
fn cases() -> Cases {
    let catalogue = Catalogue::read();
    let mut cases = Cases::default();
    let mut controlled = HashSet::new();
    for attack in &catalogue.attacks {
        for (index, case) in attack.cases().iter().enumerate() {
            let name = format!("attack {}, case {}", attack.id, index + 1);
            cases.add(&name, case, &catalogue);
            let same = (case.alg.clone(), case.config.clone());
            if case.expect_open.is_none() && controlled.insert(same.clone()) {
                let control = Case { alg: same.0, config: same.1, ..Case::default() };
                cases.add(&format!("{name}, its control"), &control, &catalogue);
            }
        }
    }
    cases
}

#[test]
fn both_doors_answer_the_same() {
    let cases = cases();
    assert!(cases.requests > 4000, "{} requests", cases.requests);
    let file = c::scratch().join("cases.bin");
    fs::create_dir_all(c::scratch()).unwrap();
    fs::write(&file, &cases.bytes).unwrap();
    let program = c::compile_shared("cc", "cases.c", "c11", "plain", &["-O2"]);
    let output = c::run(c::program(&program).arg(&file));
    let expected = format!("{} configurations, {} requests\n", cases.configurations, cases.requests);
    assert_eq!(c::text(&output), expected, "{}", output.status);
    println!("{expected}");

    // A file in which one answer is another one shows that they are compared.
    let mut other = cases.bytes;
    let realm = other.windows(6).position(|window| window == b"realm=").unwrap();
    other[realm] = b'R';
    fs::write(&file, other).unwrap();
    let output = c::run(c::program(&program).arg(&file));
    assert!(!output.status.success() && c::text(&output).contains("Realm="), "{}", c::text(&output));
}
