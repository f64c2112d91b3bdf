//! What a denylist costs: a good token beside no entry, one entry of each kind, and a million entries of one kind or of
//! all, in turns, so that noise does not decide: the fastest of many rounds. And what a million entries take of memory, of
//! time to read, and of time to add one.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

use doorward::limits::DENYLIST_ENTRIES;
use doorward::{Algorithm, Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::*;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

const CALLS: u32 = 20;

/// Lines for what no token of the bench has.
fn lines(kinds: &[&str], count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let named = match kinds[number % kinds.len()] {
            "user" => format!(
                r#""tenant":"9188aaaa-6c67-4c5b-b112-36a304b66dad","object_id":"6467b1e1-1b3e-4b3f-9d51-{number:012}""#
            ),
            "subject" => format!(r#""subject":"subject-{number}","issuer":"main""#),
            "any" => r#""issued_before":1"#.to_owned(),
            kind => format!(r#""{kind}":"id-{number}""#),
        };
        writeln!(text, "{{{named},\"until\":{}}}", NOW + 3600).unwrap();
    }
    text
}

const KINDS: [&str; 7] = ["token_id", "user", "subject", "session", "client", "key_id", "any"];

/// The memory of this process, in MiB.
fn memory() -> f64 {
    let pages: f64 =
        fs::read_to_string("/proc/self/statm").map_or(0.0, |text| text.split(' ').nth(1).unwrap().parse().unwrap());
    pages * 4096.0 / (1024.0 * 1024.0)
}

/// Beside the list, what is read of a file is freed again.
fn of_file(key: &TestKey, text: &str) -> Verifier {
    let file = doorward_testkit::scratch().join(format!("bench-{}.jsonl", std::process::id()));
    fs::write(&file, text).unwrap();
    let mut configuration = platform_configuration(key);
    configuration["denylist"] = json!({ "file": file.to_str().unwrap() });
    let config = Config::from_json(configuration.to_string()).without_thread();
    let (before, start) = (memory(), Instant::now());
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    let took = start.elapsed();
    println!("{} lines of a file: read in {took:.2?}, {:.1} MiB more", text.lines().count(), memory() - before);
    fs::remove_file(&file).unwrap();
    verifier
}

fn of_calls(key: &TestKey, text: &str) -> Verifier {
    let verifier = open(&platform_configuration(key));
    let (before, start) = (memory(), Instant::now());
    verifier.revoke(text).unwrap();
    let took = start.elapsed();
    println!("{} lines of a call: taken in {took:.2?}, {:.1} MiB more", text.lines().count(), memory() - before);
    verifier
}

fn in_turns(name: &str, key: &TestKey, verifiers: &[(&str, Verifier)], rounds: usize) {
    let bearer = format!("Bearer {}", sign(key, &entra_header(key), &entra_claims()));
    let (mut verdict, mut best) = (Verdict::new(), vec![Duration::MAX; verifiers.len()]);
    for _ in 0..rounds {
        for ((_, verifier), best) in verifiers.iter().zip(&mut best) {
            let start = Instant::now();
            for _ in 0..CALLS {
                let request = Request::new("api").authorization(black_box(bearer.as_bytes()));
                assert_eq!(verifier.verify_into(&request, &mut verdict), Code::Ok);
            }
            *best = (*best).min(start.elapsed());
        }
    }
    for ((what, _), time) in verifiers.iter().zip(&best) {
        let ratio = time.as_secs_f64() / best[0].as_secs_f64();
        println!("{name:<6} {what:<34} {:>9.0} ns  {ratio:>6.3}", time.as_nanos() as f64 / f64::from(CALLS));
    }
}

fn main() {
    // Run once, as a test, it is to be quick.
    let test = std::env::args().any(|argument| argument == "--test");
    let (count, rounds) = if test { (1_000, 1) } else { (DENYLIST_ENTRIES, 1_000) };
    for algorithm in [Algorithm::RS256, Algorithm::HS256] {
        let key = TestKey::generate(algorithm).unwrap();
        let verifiers = [
            ("no entry", open(&platform_configuration(&key))),
            ("one of each kind", of_calls(&key, &lines(&KINDS, KINDS.len()))),
            ("many token ids by a call", of_calls(&key, &lines(&["token_id"], count))),
            ("many users in the file", of_file(&key, &lines(&["user"], count))),
            ("many of every kind in the file", of_file(&key, &lines(&KINDS, count))),
        ];
        let both = of_file(&key, &lines(&KINDS, count));
        both.revoke(&lines(&KINDS, count)).unwrap();
        let [none, each, calls, file, every] = verifiers;
        let verifiers = [none, each, calls, file, every, ("the same, and as many by calls", both)];
        in_turns(algorithm.name(), &key, &verifiers, rounds);
        let full = &verifiers[3].1;
        let start = Instant::now();
        for number in 0..100 {
            full.revoke(&format!(r#"{{"session":"{number}","until":{}}}"#, NOW + 3600)).unwrap();
        }
        println!("one more entry by a call: {:.1?}", start.elapsed() / 100);
    }
}
