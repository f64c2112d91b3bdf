//! What Basic credentials cost that were proved before: one, one of a hundred thousand, and one with groups; refused ones;
//! and how two threads scale. In turns, so that noise does not decide: the fastest of many rounds.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "../tests/support/mod.rs"]
mod support;

use base64_simd::STANDARD;
use doorward::limits::PROVED_CREDENTIALS;
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Barrier;
use std::time::{Duration, Instant};
use support::*;

const CALLS: u32 = 200;

/// The password of every user, "correct horse battery staple", hashed cheaply: what is measured is what comes after.
const PASSWORD: &str = "correct horse battery staple";

fn header(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{password}")))
}

/// A verifier that has so many users' passwords proved.
fn proved(users: usize) -> Verifier {
    let file =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{users}-{}.htpasswd", std::process::id()));
    let mut lines = String::new();
    (0..users).for_each(|user| writeln!(lines, "user{user}:{{PLAIN}}{PASSWORD}").unwrap());
    fs::write(&file, lines).unwrap();
    let configuration = json!({
        "user_managers": { "SVC": { "htpasswd": file.to_str().unwrap(), "danger_weak_hashes": true } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["SVC"] } },
    });
    let config = Config::from_json(configuration.to_string()).without_thread();
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    let start = Instant::now();
    let mut verdict = Verdict::new();
    for user in 0..users {
        let value = header(&format!("user{user}"), PASSWORD);
        let request = Request::new("api").authorization(value.as_bytes());
        assert_eq!(verifier.verify_into(&request, &mut verdict), Code::Pending);
        assert_eq!(verifier.resolve_into(&request, &mut verdict), Code::Ok);
    }
    println!("{users} credentials proved in {:.2?}", start.elapsed());
    fs::remove_file(&file).unwrap();
    verifier
}

fn time(verifier: &Verifier, value: &str, expected: Code, verdict: &mut Verdict) -> Duration {
    let request = Request::new("api").authorization(value.as_bytes());
    let start = Instant::now();
    for _ in 0..CALLS {
        assert_eq!(black_box(verifier.verify_into(black_box(&request), verdict)), expected);
    }
    start.elapsed() / CALLS
}

/// Verifications a second, by so many threads at once, each with a credential of its own.
fn throughput(verifier: &Verifier, threads: usize, span: Duration) -> f64 {
    let start = Barrier::new(threads);
    let count = |thread: usize| {
        let value = header(&format!("user{thread}"), PASSWORD);
        let mut verdict = Verdict::new();
        start.wait();
        let (begin, mut count) = (Instant::now(), 0_u32);
        while begin.elapsed() < span {
            time(verifier, &value, Code::Ok, &mut verdict);
            count += CALLS;
        }
        f64::from(count) / begin.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || count(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

fn main() {
    let smoke = std::env::args().any(|argument| argument == "--test");
    let (users, rounds) = if smoke { (1_000, 20) } else { (PROVED_CREDENTIALS, 3_000) };
    let (one, many) = (proved(1), proved(users));
    let (good, wrong) = (header("user0", PASSWORD), header("user0", "wrong"));
    let mut verdict = Verdict::new();
    let request = Request::new("api").authorization(wrong.as_bytes());
    assert_eq!(many.resolve_into(&request, &mut verdict), Code::BasicRejected);
    let cases = [
        ("proved", &one, &good, Code::Ok),
        ("proved, one of many", &many, &good, Code::Ok),
        ("refused lately", &many, &wrong, Code::BasicRejected),
    ];
    let mut fastest = [Duration::MAX; 3];
    for _ in 0..rounds {
        for (fastest, (_, verifier, value, expected)) in fastest.iter_mut().zip(&cases) {
            *fastest = (*fastest).min(time(verifier, value, *expected, &mut verdict));
        }
    }
    for ((name, ..), fastest) in cases.iter().zip(fastest) {
        println!("{name:<24} {:>8.1} ns", fastest.as_secs_f64() * 1e9);
    }
    let span = Duration::from_millis(if smoke { 10 } else { 300 });
    let scaling = || throughput(&many, 2, span) / throughput(&many, 1, span);
    let ratios: Vec<f64> = (0..if smoke { 1 } else { 11 }).map(|_| scaling()).collect();
    let best = ratios.iter().copied().fold(0.0, f64::max);
    println!("two threads do {best:.2} times as much as one (the best of {}): {ratios:.2?}", ratios.len());
}
