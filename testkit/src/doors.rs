//! The cases of `attacks.toml` and `cases/entra.toml` as one file, with what the Rust library answers: other doors are
//! compared with it, word for word. Its form is told in bindings/c/tests/c/cases.c.
//!
//! Keys that are fetched are so once, by the Rust library: all doors take them from its snapshots.

use crate::NOW;
use crate::cases::catalogue::{Case, Catalogue};
use crate::clouds::Clouds;
use doorward::{Clock, Config, Request, Verdict, Verifier};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const API: &str = "api";

/// The file of cases.
pub struct Cases {
    pub bytes: Vec<u8>,
    pub configurations: usize,
    pub requests: usize,
    accepted: usize,
    /// Where keys are kept that were fetched.
    keys: PathBuf,
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
            fetch_before(&mut configuration, &self.keys, now);
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
fn fetch_before(configuration: &mut Value, keys: &Path, now: i64) {
    let folder = keys.join(now.to_string());
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

/// All of them. `keys` is a folder for keys that are fetched, which is emptied first.
pub fn cases(clouds: &Clouds, keys: &Path) -> Cases {
    let _ = std::fs::remove_dir_all(keys);
    let mut cases = Cases { bytes: Vec::new(), configurations: 0, requests: 0, accepted: 0, keys: keys.to_owned() };
    add_all(&mut cases, &Catalogue::attacks(), "attack", clouds);
    let before = (cases.requests, cases.accepted);
    add_all(&mut cases, &Catalogue::entra(), "point", clouds);
    let (requests, accepted) = (cases.requests - before.0, cases.accepted - before.1);
    println!("{requests} requests of Entra ID, {accepted} of them accepted");
    assert!(requests > 300 && accepted > 150, "{requests} requests of Entra ID, {accepted} of them accepted");
    assert!(cases.requests > 4000, "{} requests", cases.requests);
    cases
}
