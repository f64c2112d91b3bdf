//! A file of users, and requests with their passwords.

use base64_simd::STANDARD;
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// The password of every user, but of `clear`.
pub const PASSWORD: &str = "Zürich-Straße.9";

/// It by bcrypt at the lowest cost.
pub const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuHOLKlEfnKzKPzIAvncSyt9H0gVOVmRi";

/// It by a thousand rounds of PBKDF2.
pub const PBKDF2: &str =
    "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQxMjM0NTY3OA$VqwiSdBc5z8ku8MqfdX3D0l2oHqCO6Lj4UtvL0K43hw";

/// A file that is removed when it is dropped.
pub struct UserFile(pub PathBuf);

impl UserFile {
    pub fn new(lines: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("users-{}-{number}.htpasswd", std::process::id());
        let file = Self(crate::scratch().join(name));
        file.write(lines);
        file
    }

    pub fn write(&self, lines: &str) {
        fs::write(&self.0, lines).unwrap();
    }
}

impl Drop for UserFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A configuration with the users of a file as those of SVC, and the API `api`, that takes them.
pub fn configuration(file: &UserFile) -> Value {
    json!({
        "user_managers": { "SVC": { "htpasswd": file.0.to_str().unwrap(), "passwords": { "max_failures": 1000 } } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["SVC"] } },
    })
}

/// A verifier without a thread of its own, and the clock that it goes by.
pub fn open(configuration: &Value) -> (Verifier, Clock) {
    let clock = Clock::fixed(crate::NOW);
    let config = Config::from_json(configuration.to_string()).without_thread();
    (Verifier::open_with_clock(&config, clock.clone()).unwrap_or_else(|error| panic!("{error}")), clock)
}

pub fn header(user: &str, password: &str) -> String {
    header_of(format!("{user}:{password}").as_bytes())
}

pub fn header_of(bytes: &[u8]) -> String {
    format!("Basic {}", STANDARD.encode_to_string(bytes))
}

/// As a host does it: verify, and resolve what is pending.
pub fn decide(verifier: &Verifier, value: &str) -> Verdict {
    let request = Request::new("api").authorization(value.as_bytes());
    let mut verdict = verifier.verify(&request);
    if verdict.code() == Code::Pending {
        verifier.resolve_into(&request, &mut verdict);
    }
    verdict
}

pub fn verify(verifier: &Verifier, value: &str) -> Verdict {
    verifier.verify(&Request::new("api").authorization(value.as_bytes()))
}

/// Who came in, or the name of the code.
pub fn outcome(verdict: &Verdict) -> String {
    match verdict.identity() {
        Some(identity) => identity.qualified_name().to_owned(),
        None => verdict.code().name().to_owned(),
    }
}

/// The value of a counter of the metrics.
pub fn metric(verifier: &Verifier, name: &str) -> u64 {
    let metrics = verifier.metrics();
    let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name} in\n{metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// How often the directory of SVC was asked.
pub fn checks(verifier: &Verifier) -> u64 {
    let of = |outcome: &str| {
        let label = format!("doorward_password_checks_total{{label=\"SVC\",kind=\"htpasswd\",outcome=\"{outcome}\"}}");
        metric(verifier, &label)
    };
    of("proved") + of("refused")
}

/// Sets the clock that a verifier goes by.
pub fn set(clock: &Clock, seconds: i64) {
    if let Clock::Fixed(now) = clock {
        now.store(seconds, Ordering::Relaxed);
    }
}
