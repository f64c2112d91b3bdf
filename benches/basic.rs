//! What Basic credentials cost that were proved before: one, one of a hundred thousand, and one with groups; refused ones;
//! and how two threads scale. In turns, so that noise does not decide: the fastest of many rounds.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use base64_simd::STANDARD;
use doorward::limits::PROVED_CREDENTIALS;
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::*;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

const CALLS: u32 = 200;

/// The password of every user, "correct horse battery staple", hashed cheaply: what is measured is what comes after.
const PASSWORD: &str = "correct horse battery staple";

fn header(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode_to_string(format!("{user}:{password}")))
}

/// A verifier that has so many users' passwords proved.
fn proved(users: usize) -> Verifier {
    let file = doorward_testkit::scratch().join(format!("bench-{users}-{}.htpasswd", std::process::id()));
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

/// Rounds of work a second, by so many threads at once. `work` makes what one thread does in a round.
fn throughput<W: FnMut()>(threads: usize, span: Duration, work: impl Fn(usize) -> W + Sync) -> f64 {
    let start = Barrier::new(threads);
    let count = |thread: usize| {
        let mut round = work(thread);
        start.wait();
        let (begin, mut count) = (Instant::now(), 0_u32);
        while begin.elapsed() < span {
            round();
            count += 1;
        }
        f64::from(count) / begin.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(move || count(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    })
}

/// Decisions, by each thread with a credential of its own.
fn decisions(verifier: &Verifier, thread: usize) -> impl FnMut() {
    let value = header(&format!("user{thread}"), PASSWORD);
    let mut verdict = Verdict::new();
    move || {
        time(verifier, &value, Code::Ok, &mut verdict);
    }
}

/// Computing that shares nothing, for about as long: what two threads can do at most on this machine, just now.
fn control(thread: usize) -> impl FnMut() {
    let mut state = thread as u64 + 1;
    move || {
        for _ in 0..100_000 {
            state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).rotate_left(17) ^ 1);
        }
    }
}

/// How many times as much two threads do as one: decisions, and the control. In turns, so that both have the same noise.
fn scaling(verifier: &Verifier, span: Duration) -> [f64; 2] {
    let decisions = |thread| decisions(verifier, thread);
    let [one, control_one] = [throughput(1, span, decisions), throughput(1, span, control)];
    let [two, control_two] = [throughput(2, span, decisions), throughput(2, span, control)];
    [two / one, control_two / control_one]
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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
    let rounds: Vec<[f64; 2]> = (0..if smoke { 1 } else { 11 }).map(|_| scaling(&many, span)).collect();
    let raw = median(rounds.iter().map(|[decisions, _]| *decisions));
    let control = median(rounds.iter().map(|[_, control]| *control));
    let relative = median(rounds.iter().map(|[decisions, control]| decisions / control));
    println!("two threads do {raw:.2} times as much as one, and {control:.2} times of what shares nothing;");
    println!("relative to that {relative:.2} (medians of {}): {rounds:.2?}", rounds.len());
}
