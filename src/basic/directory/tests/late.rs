//! Answers that come after the request has ended.

use super::*;

/// Asks with no time: the answer comes later, if at all.
fn ask_in_haste(bench: &Bench, password: &str) -> Outcome {
    let end = Instant::now() + Duration::from_millis(20);
    bench.directory.ask(&bench.question("bob", password), false, &bench.clock, (end, true))
}

fn remote(rules: Rules) -> Bench {
    let bench = bench(rules);
    bench.fake.is_remote.store(true, Ordering::SeqCst);
    bench
}

/// A busy server counts the failure, and answers late.
#[test]
fn what_was_sent_counts_until_it_is_answered() {
    let bench = remote(RULES);
    bench.fake.hold();
    for number in 0..10 {
        let outcome = ask_in_haste(&bench, &format!("wrong {number}"));
        assert!(!is_proof(&outcome), "{outcome:?}");
    }
    assert_eq!(bench.fake.asked(), 3, "each of them is reserved");
    bench.fake.let_all_go();
    until(|| bench.fake.at_once.load(Ordering::SeqCst) == 0);
    until(|| wait_of(&bench.ask("bob", "right")).is_some_and(|wait| wait > 500));
}

#[test]
fn a_late_success_is_no_failure() {
    let bench = remote(RULES);
    bench.fake.hold();
    for _ in 0..3 {
        assert!(matches!(ask_in_haste(&bench, "right"), Outcome::Unavailable(_)));
    }
    bench.fake.let_all_go();
    until(|| is_proof(&bench.ask("bob", "right")));
    assert!(matches!(bench.ask("bob", "wrong"), Outcome::Refused(_)));
}

#[test]
fn what_was_not_sent_counts_for_nobody_and_what_may_have_been_does() {
    for (answer, checked) in
        [(Answer::Unavailable("no connection".to_owned()), 10), (Answer::Unanswered("it broke".to_owned()), 3)]
    {
        let bench = remote(RULES);
        bench.fake.answers(answer);
        for number in 0..10 {
            assert!(!is_proof(&bench.ask("bob", &format!("wrong {number}"))));
            bench.pass(30);
        }
        assert_eq!(bench.fake.asked(), checked);
    }
}

#[test]
fn a_check_that_panics_on_a_thread_counts() {
    let bench = remote(RULES);
    for _ in 0..10 {
        assert!(!is_proof(&bench.ask("bob", "panic")));
        bench.pass(30);
    }
    assert_eq!(bench.fake.asked(), 3);
    assert_eq!(bench.directory.load(), (0, 0, 0));
}

/// Closing waits for the threads, which the directory ends.
#[test]
fn closing_ends_what_is_late() {
    let bench = remote(RULES);
    bench.fake.hold();
    assert!(matches!(ask_in_haste(&bench, "right"), Outcome::Unavailable(_)));
    let Bench { fake, directory, .. } = bench;
    drop(directory);
    assert_eq!(fake.at_once.load(Ordering::SeqCst), 0);
}

/// A host may forbid threads: then who gives no answer in time may have counted.
#[test]
fn without_threads_the_answer_is_waited_for_here() {
    let bench = remote(RULES);
    let end = Instant::now() + LONG;
    let outcome = bench.directory.ask(&bench.question("bob", "right"), false, &bench.clock, (end, false));
    assert!(is_proof(&outcome));
}
