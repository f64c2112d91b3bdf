//! What a stranger can do to the owner of an account, and what not.

use super::*;

#[test]
fn who_proved_the_password_before_is_not_kept_out_by_who_guesses() {
    let bench = bench(RULES);
    assert!(is_proof(&bench.ask("bob", "right")));
    bench.pass(301);
    for round in 0..5 {
        bench.ask("bob", &format!("guess {round}"));
        bench.pass(60);
    }
    assert!(wait_of(&bench.ask("bob", "guess")).is_some());
    assert!(is_proof(&bench.ask("bob", "right")));
    // A password that is right no more is recognised no more.
    bench.pass(301);
    bench.fake.answers(Answer::Refused(REJECTED));
    assert!(matches!(bench.ask("bob", "right"), Outcome::Refused(_)));
    bench.pass(11);
    assert!(wait_of(&bench.ask("bob", "right")).is_some());
}

#[test]
fn recognition_survives_a_reload() {
    let mut bench = bench(RULES);
    assert!(is_proof(&bench.ask("bob", "right")));
    for round in 0..5 {
        bench.ask("bob", &format!("guess {round}"));
        bench.pass(60);
    }
    bench.directory.forget_all();
    assert!(is_proof(&bench.ask("bob", "right")), "the file has changed");
    bench = bench.reload(RULES);
    assert!(!bench.is_proved("bob", "right") && wait_of(&bench.ask("bob", "guess")).is_some());
    assert!(is_proof(&bench.ask("bob", "right")));
}

/// Another password of the account ends what was proved by the one before.
#[test]
fn a_new_password_ends_the_old_one() {
    let bench = bench(RULES);
    bench.fake.answers(Answer::Proved(person("bob")));
    assert!(is_proof(&bench.ask("bob", "old")) && is_proof(&bench.ask("BOB", "old")));
    assert!(bench.is_proved("bob", "old") && bench.is_proved("BOB", "old"), "two ways to write it stand side by side");
    assert!(is_proof(&bench.ask("bob", "new")));
    assert!(bench.is_proved("bob", "new") && !bench.is_proved("bob", "old") && !bench.is_proved("BOB", "old"));
}

/// Where the host tells from where a request comes, strangers use up their own allowance.
#[test]
fn a_peer_that_authenticated_the_account_has_an_allowance_of_its_own() {
    let rules = Rules { remember: Duration::from_secs(3_600), ..RULES };
    let bench = bench(rules);
    let home = Some(&b"203.0.113.7"[..]);
    assert!(is_proof(&bench.ask_from("bob", "right", home)));
    for number in 0..1_000 {
        let stranger = format!("198.51.100.{number}");
        assert!(!bench.guess_from("bob", &format!("guess {number}"), Some(stranger.as_bytes())));
    }
    assert!(!bench.guess("bob", "right"), "a stranger is not told the right one");
    assert!(bench.guess_from("bob", "right", home), "its owner comes in");
    for number in 0..100 {
        assert!(!bench.guess_from("bob", &format!("guess from home {number}"), home));
    }
    assert!(!bench.guess_from("bob", "right", home));
}

/// Made-up names fill the queue; who was authenticated lately has room of their own.
#[test]
fn made_up_names_delay_nobody() {
    let bench = bench(Rules { remember: Duration::ZERO, ..RULES });
    assert!(is_proof(&bench.ask("owner", "right")));
    bench.fake.hold();
    thread::scope(|scope| {
        for number in 0..66 {
            let bench = &bench;
            scope.spawn(move || bench.ask(&format!("made up {number}"), "guess"));
        }
        until(|| bench.directory.load() == (0, 3, 8));
        let asked = bench.fake.asked();
        let owner = scope.spawn(|| is_proof(&bench.ask("owner", "right")));
        until(|| bench.fake.asked() == asked + 1);
        assert_eq!(bench.directory.load(), (0, 4, 8), "its check runs at once, beside those that ran before");
        bench.fake.let_all_go();
        assert!(owner.join().unwrap());
    });
}

/// With one check at a time, the owner waits behind the one that runs.
#[test]
fn who_is_known_comes_before_who_waits_longer() {
    let bench = bench(Rules { remember: Duration::ZERO, max_concurrent: 1, ..RULES });
    assert!(is_proof(&bench.ask("owner", "right")));
    bench.fake.hold();
    thread::scope(|scope| {
        for number in 0..5 {
            let bench = &bench;
            scope.spawn(move || bench.ask(&format!("made up {number}"), "guess"));
        }
        until(|| bench.directory.load() == (0, 1, 4));
        let owner = scope.spawn(|| is_proof(&bench.ask("owner", "right")));
        until(|| bench.directory.load() == (0, 1, 5));
        let asked = bench.fake.asked();
        bench.fake.let_one_go();
        until(|| bench.fake.asked() == asked + 1);
        bench.fake.let_one_go();
        assert!(owner.join().unwrap(), "it was the next");
        bench.fake.let_all_go();
    });
}
