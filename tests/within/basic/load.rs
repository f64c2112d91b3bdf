//! Many requests at once: one check for one credential, few for a user, and others don't notice.

use doorward::{Code, Request, Verdict};
use doorward_testkit::passwords::*;
use doorward_testkit::{NOW, until, waits};
use serde_json::json;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

/// Of somebody who is remembered, beside a flood.
const DECISIONS: u64 = 20_000;

#[test]
fn a_thousand_first_requests_with_one_credential_cause_one_check() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration(&file));
    let value = header("bob", PASSWORD);
    let start = Barrier::new(1000);
    let accepted = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..1000 {
            let decide = || {
                start.wait();
                accepted.fetch_add(u32::from(decide(&verifier, &value).is_accepted()), Ordering::Relaxed);
            };
            thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, decide).unwrap();
        }
    });
    assert_eq!((accepted.into_inner(), checks(&verifier)), (1000, 1));
}

#[test]
fn ten_thousand_wrong_passwords_of_a_user_cause_few_checks() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"] = json!({ "max_failures": 5, "failure_window": "10m" });
    let (verifier, clock) = open(&configuration);
    let next = AtomicU32::new(0);
    let guess = || {
        let mut codes = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= 10_000 {
                return codes;
            }
            // A minute passes.
            set(&clock, NOW + i64::from(number / 167));
            codes.push(decide(&verifier, &header("bob", &format!("guess {number}"))).code());
        }
    };
    let codes: Vec<Code> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(guess)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let rejected = codes.iter().filter(|code| **code == Code::BasicRejected).count();
    assert_eq!(rejected as u64, checks(&verifier));
    assert!((3..=5).contains(&rejected), "{rejected} checks");
    let other = |code: &Code| matches!(code, Code::AttemptsLimited | Code::DirectoryBusy | Code::BasicRejected);
    assert!(codes.len() == 10_000 && codes.iter().all(other));
    let verdict = verify(&verifier, &header("bob", "guess again"));
    let denial = verdict.denial().unwrap();
    assert_eq!((denial.code(), denial.http(), denial.challenge()), (Code::AttemptsLimited, 503, ""));
    assert!(denial.retry_after().is_some_and(|seconds| seconds > 400), "{:?}", denial.retry_after());
    assert_eq!(outcome(&decide(&verifier, &header("ann", PASSWORD))), "SVC:ann");
}

/// Hashes are computed on half of the processor's cores, and whoever is remembered waits for none of them.
#[test]
fn a_flood_of_log_ins_lets_nobody_else_wait() {
    let slow = "$2b$10$abcdefghijklmnopqrstuuTL3rBAB2FTLNnpGNZhAYflp5RzALnWK";
    let file = UserFile::new(&format!("bob:{BCRYPT}\nslow:{slow}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"] =
        json!({ "max_failures": 1000, "max_concurrent": 1, "max_waiting": 4, "remember_refused": "0s" });
    let (verifier, _) = open(&configuration);
    let good = header("bob", PASSWORD);
    assert_eq!(outcome(&decide(&verifier, &good)), "SVC:bob");
    let (stop, turned_away) = (AtomicBool::new(false), AtomicU32::new(0));
    let flood = |number: usize| {
        let mut round = 0;
        while !stop.load(Ordering::Relaxed) {
            round += 1;
            let code = decide(&verifier, &header(&format!("nobody {number} {round}"), "guess")).code();
            turned_away.fetch_add(u32::from(code == Code::DirectoryBusy), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(1));
        }
    };
    let request = Request::new("api").authorization(good.as_bytes());
    let mut verdict = Verdict::new();
    let waited = thread::scope(|scope| {
        let flood = &flood;
        (0..8).for_each(|number| drop(scope.spawn(move || flood(number))));
        until("the flood", || turned_away.load(Ordering::Relaxed) > 8);
        let (before, mut decisions) = (waits(), 0);
        while decisions < DECISIONS || turned_away.load(Ordering::Relaxed) < 100 {
            assert_eq!(verifier.verify_into(&request, &mut verdict), Code::Ok);
            decisions += 1;
        }
        stop.store(true, Ordering::Relaxed);
        waits() - before
    });
    // The system has locks of its own: for memory, say.
    assert!(waited < DECISIONS / 500, "{DECISIONS} remembered users and more waited {waited} times");
}

#[test]
fn beyond_what_may_wait_requests_are_told_to_come_again() {
    let slow = "$2b$11$abcdefghijklmnopqrstuunCeKINGCIR2HCghh6O3jDKZvMFq0Aja";
    let file = UserFile::new(&format!("slow:{slow}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"] = json!({ "max_concurrent": 1, "max_waiting": 2 });
    let (verifier, _) = open(&configuration);
    let start = Barrier::new(50);
    let mut codes: Vec<(Code, Option<u32>)> = thread::scope(|scope| {
        let decide = |number: usize| {
            let (verifier, start) = (&verifier, &start);
            scope.spawn(move || {
                start.wait();
                let verdict = decide(verifier, &header(&format!("user {number}"), "guess"));
                (verdict.code(), verdict.denial().and_then(|denial| denial.retry_after()))
            })
        };
        let threads: Vec<_> = (0..50).map(decide).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    codes.sort_unstable();
    let rejected = codes.iter().filter(|(code, _)| *code == Code::BasicRejected).count();
    assert!((1..=10).contains(&rejected), "{codes:?}");
    assert!(codes[rejected..].iter().all(|outcome| *outcome == (Code::DirectoryBusy, Some(1))), "{codes:?}");
}
