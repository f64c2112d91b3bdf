//! Who guesses at a password that is remembered, by each way known: the right guess is told only if it was checked.

use super::*;

/// Guesses at bob's password, none of them right, each by a request that nobody resolves.
fn guesses(bench: &Bench, count: usize, of: &str) {
    for number in 0..count {
        assert!(!bench.guess("bob", &format!("{of} {number}")));
    }
}

/// The account is remembered, and limited by wrong passwords that were checked.
fn limited(rules: Rules) -> Bench {
    let bench = bench(rules);
    assert!(is_proof(&bench.ask("bob", "right")));
    fail(&bench, "bob");
    bench
}

/// As many wrong passwords as are checked: the last one is kept for the password that was accepted.
fn fail(bench: &Bench, user: &str) {
    for round in 1..bench.directory.rules.max_failures {
        assert!(matches!(bench.ask(user, &format!("wrong {round}")), Outcome::Refused(_)));
        bench.pass(5);
    }
}

const LONG_REMEMBERED: Rules = Rules { remember: Duration::from_secs(24 * 60 * 60), ..RULES };

#[test]
fn what_is_remembered_answers_until_there_were_too_many() {
    let bench = limited(LONG_REMEMBERED);
    (0..1_000).for_each(|_| guesses(&bench, 1, "a client that is stuck with an old password"));
    guesses(&bench, 19, "guess");
    assert!(bench.is_proved("bob", "right"), "twenty may be");
    guesses(&bench, 10_000, "another");
    assert!(!bench.guess("bob", "right"), "the right one is not told");
    assert!(is_proof(&bench.ask("rob", "right")) && bench.is_proved("rob", "right"), "others are not concerned");
    assert!(wait_of(&bench.ask("bob", "right")).is_some(), "its owner is not excepted from the limit any more");
    bench.pass(601);
    assert!(is_proof(&bench.ask("bob", "right")) && bench.is_proved("bob", "right"), "the directory has accepted it");
}

/// Only the directory's word ends what ended.
#[test]
fn no_time_no_reload_and_no_name_makes_it_answer_again() {
    let mut bench = limited(LONG_REMEMBERED);
    guesses(&bench, 100, "guess");
    bench.pass(3_000);
    assert!(!bench.guess("bob", "right"), "a window has passed");
    bench = bench.reload(LONG_REMEMBERED);
    assert!(!bench.guess("bob", "right"));
    for name in ["BOB", "bób", "bob "] {
        assert!(!bench.guess(name, "right"));
    }
    assert!(is_proof(&bench.ask("bob", "right")));
    assert!(bench.guess("bob", "right"));
}

/// A password that ends without a check counts, whatever the reason.
#[test]
fn each_way_that_ends_without_a_check_counts() {
    type Way = fn(&Bench, &str);
    let ways: [(&str, Way); 5] = [
        ("nobody resolves it", |bench, password| _ = bench.guess("bob", password)),
        ("the directory is down", |bench, password| {
            bench.fake.answers(Answer::Unavailable("it is down".to_owned()));
            assert!(matches!(bench.ask("bob", password), Outcome::Unavailable(_)));
        }),
        ("the directory wants to be left alone", |bench, password| {
            bench.fake.answers(Answer::Resting("429".to_owned(), 7));
            assert!(matches!(bench.ask("bob", password), Outcome::Unavailable(7)));
        }),
        ("the account is limited", |bench, password| {
            if bench.fake.asked() == 1 {
                fail(bench, "bob");
            }
            assert!(wait_of(&bench.ask("bob", password)).is_some());
        }),
        ("there is no turn in time", |bench, password| {
            let question = bench.question("bob", password);
            let end = Instant::now();
            bench.fake.hold();
            thread::scope(|scope| {
                scope.spawn(|| bench.ask(&format!("slow {password}"), "right"));
                until(|| bench.directory.load().1 == 1);
                let outcome = bench.directory.ask(&question, false, &bench.clock, (end, true));
                assert!(matches!(outcome, Outcome::Busy), "{outcome:?}");
                bench.fake.let_all_go();
            });
        }),
    ];
    for (way, guess) in ways {
        let bench = bench(Rules { max_concurrent: 1, ..LONG_REMEMBERED });
        assert!(is_proof(&bench.ask("bob", "right")));
        (0..20).for_each(|number| guess(&bench, &format!("guess {number}")));
        assert!(bench.is_proved("bob", "right"), "{way}");
        guess(&bench, "one more");
        assert!(!bench.is_proved("bob", "right"), "{way}");
    }
}

/// A wrong password that was checked is counted as a failure, and not twice.
#[test]
fn what_is_checked_is_not_unchecked() {
    let bench = bench(Rules { max_failures: 1_000, failure_window: Duration::ZERO, ..LONG_REMEMBERED });
    assert!(is_proof(&bench.ask("bob", "right")));
    for round in 0..200 {
        let password = format!("wrong {round}");
        assert!(!bench.guess("bob", &password));
        assert!(matches!(bench.ask("bob", &password), Outcome::Refused(_)));
        bench.pass(120);
    }
    assert!(bench.is_proved("bob", "right"));
}

/// A stuck owner is no guesser: with as many guesses as may be, the owner's own password is not the one too many.
#[test]
fn the_password_that_was_accepted_is_no_guess() {
    let bench = limited(Rules { remember: Duration::from_secs(60), ..RULES });
    guesses(&bench, 20, "guess");
    bench.pass(61);
    assert!(!bench.guess("bob", "right"), "what was remembered is over");
    assert!(is_proof(&bench.ask("bob", "right")), "and is checked, for it is still recognised");
}

/// What a name leads to is what its guesses count for: only that answers.
#[test]
fn two_accounts_that_share_a_name_are_not_guessed_at_in_turn() {
    let bench = limited(LONG_REMEMBERED);
    for other in ["bob@a.example", "bob@b.example"] {
        bench.pass(601);
        assert!(is_proof(&bench.ask(other, "right")) && bench.guess(other, "right"));
        assert!(!bench.is_proved("bob", "right"), "its guesses would count for {other}");
    }
    assert!(!bench.is_proved("bob@a.example", "right") && bench.is_proved("bob@b.example", "right"));
    (0..20).for_each(|number| assert!(!bench.guess("bob@a.example", &format!("guess {number}"))));
    assert!(bench.is_proved("bob@b.example", "right"));
    guesses(&bench, 1, "one more");
    assert!(!bench.is_proved("bob@b.example", "right"));
}

/// By each way known: nobody resolves it, the directory is down, wants to be left alone or has no turn; made-up names crowd the
/// room; a window ends; the configuration is read again; the name is written otherwise, or another account has it too.
fn guessing_machine(guesses: u32) {
    let mut bench = limited(LONG_REMEMBERED);
    bench.directory.accounts = Arc::new(Accounts::with_room(400, 400).unwrap());
    assert!(is_proof(&bench.ask("bob", "right")));
    let mut told = 0;
    for number in 0..guesses {
        let (password, name) = (format!("{number:07}"), if number % 3 == 0 { "bob" } else { "BOB" });
        match number % 1_000 {
            100 => drop(bench.ask(&format!("made up {number}"), "x")),
            200 => bench.pass(601),
            300 => bench = bench.reload(LONG_REMEMBERED),
            400 => drop(bench.ask("bob@a.example", "right")),
            500 | 600 | 700 => {
                bench.fake.answers(match number % 1_000 {
                    500 => Answer::Unavailable("it is down".to_owned()),
                    600 => Answer::Unanswered("it is late".to_owned()),
                    _ => Answer::Resting("429".to_owned(), 7),
                });
                told += u32::from(is_proof(&bench.ask(name, &password)));
                *bench.fake.answer.lock().unwrap() = None;
            }
            _ => {}
        }
        told += u32::from(bench.guess(name, &password));
        if number > 20 && number % 100 == 99 {
            let (name, is_told) = (["bob", "BOB"][number as usize / 100 % 2], |name| bench.guess(name, "right"));
            assert!(!is_told(name), "after {number} guesses the right one is as silent as any other");
        }
    }
    assert_eq!(told, 0);
    bench.pass(601);
    assert!(is_proof(&bench.ask("bob", "right")) && bench.guess("bob", "right"), "the control");
}

#[test]
fn the_guessing_machine_is_never_told() {
    guessing_machine(20_000);
}

#[test]
#[ignore = "it takes minutes"]
fn the_guessing_machine_is_not_told_in_ten_million_guesses() {
    guessing_machine(10_000_000);
}

/// The client must not see in the count, the pause or the answer that a password is right.
#[test]
fn right_and_wrong_guesses_at_an_account_that_may_not_come_in_count_alike() {
    for code in
        [Code::MfaRequired, Code::AccountDisabled, Code::AccountExpired, Code::PasswordExpired, Code::LogonRestricted]
    {
        let answers = ["right", "wrong"].map(|guess| {
            let bench = bench(RULES);
            [("wrong 1", false), (guess, guess == "right"), ("wrong 2", false), ("wrong 3", false)].map(
                |(password, is_right)| {
                    let refusal = if is_right { Refusal { code, ..REJECTED } } else { REJECTED };
                    bench.fake.answers(Answer::Refused(refusal));
                    let seen = match bench.ask("bob", password) {
                        Outcome::Refused(_) => None,
                        other => wait_of(&other),
                    };
                    bench.pass(1);
                    seen
                },
            )
        });
        assert_eq!(answers[0], answers[1], "{code:?}");
    }
    let bench = bench(Rules { tell_account_state: true, ..LONG_REMEMBERED });
    assert!(is_proof(&bench.ask("bob", "right")));
    bench.fake.answers(Answer::Refused(Refusal { code: Code::PasswordExpired, ..REJECTED }));
    for round in 0..100 {
        let old = format!("old {round}");
        bench.guess("bob", &old);
        assert!(matches!(bench.ask("bob", &old), Outcome::Refused(_)), "who is told anyway does not fail");
    }
    assert!(bench.is_proved("bob", "right"), "each of them was checked");
}
