//! How many wrong passwords of one account are checked: `max_failures`, until a whole window has passed since the last.

use super::*;

const DAY: i64 = 24 * 60 * 60;

/// Asks with a wrong password; whether it was checked.
fn is_checked(bench: &Bench, user: &str, number: usize) -> bool {
    let before = bench.fake.asked();
    bench.ask(user, &format!("wrong {number}"));
    bench.fake.asked() > before
}

/// Guesses that come just before the window is over, or around its end, are as few as any.
#[test]
fn only_a_quiet_window_sets_failures_back() {
    for pace in [1, 100, 599, 600] {
        let bench = bench(RULES);
        let checked = (0..40).filter(|number| {
            let is_checked = is_checked(&bench, "bob", *number);
            bench.pass(pace);
            is_checked
        });
        // A directory forgets as long after its last failure as we do: what it holds is what was checked since a quiet window.
        let most = if pace == 600 { 4 } else { 3 };
        let checked = checked.count() as i64;
        let windows = 40 * pace / (3 * pace.min(600) + 601) + 1;
        assert!(checked <= most * windows, "{pace}: {checked} of {windows} windows");
    }
}

/// The directory's own count, as Active Directory has it: it is set back by a window after the last failure.
#[test]
fn a_directory_that_counts_from_the_last_failure_never_locks() {
    for pace in (1..=1_300).step_by(97) {
        let bench = bench(Rules { max_failures: 4, ..RULES });
        let (mut count, mut last, mut most) = (0, i64::MIN / 2, 0);
        for number in 0..120 {
            if is_checked(&bench, "bob", number) {
                let now = bench.clock.monotonic();
                count = if now - last > 600 { 1 } else { count + 1 };
                last = now;
                most = most.max(count);
            }
            bench.pass(pace);
        }
        assert!(most <= 4, "{pace}: {most}");
    }
}

#[test]
fn a_success_of_the_owner_sets_nothing_back() {
    let bench = bench(Rules { remember: Duration::from_secs(1), max_failures: 4, ..RULES });
    let mut checked = 0;
    for number in 0..50 {
        checked += u32::from(is_checked(&bench, "bob", number));
        bench.pass(10);
        bench.ask("bob", "right");
    }
    assert_eq!(checked, 3, "the last of four is kept for the password that was accepted");
    assert!(is_proof(&bench.ask("bob", "right")));
}

/// An old password that was accepted within a day is one more that the directory counts.
#[test]
fn what_was_recognised_and_is_wrong_now_is_within_the_bound() {
    let bench = bench(Rules { remember: Duration::from_secs(1), max_failures: 4, ..RULES });
    assert!(is_proof(&bench.ask("bob", "right")));
    bench.pass(10);
    let asked = bench.fake.asked();
    bench.fake.answers(Answer::Refused(REJECTED));
    for number in 0..20 {
        is_checked(&bench, "bob", number);
        bench.pass(10);
    }
    for name in ["bob", "BOB", "bób"] {
        bench.ask(name, "right");
        bench.pass(20);
    }
    assert_eq!(bench.fake.asked() - asked, 4);
}

#[test]
fn the_names_of_one_account_count_together_as_soon_as_they_are_known_to_be_one() {
    let bench = bench(Rules { max_failures: 4, ..RULES });
    bench.fake.forms.store(2, Ordering::SeqCst);
    let fail = |user: &str| {
        (0..20)
            .filter(|number| {
                let is_checked = is_checked(&bench, user, *number);
                bench.pass(5);
                is_checked
            })
            .count()
    };
    assert_eq!([fail("bob"), fail("bob.smith")], [2, 2], "never authenticated: each form has its share");
    bench.pass(601);
    assert!(is_proof(&bench.ask("bob", "right")) && is_proof(&bench.ask("bob.smith", "right")));
    assert_eq!([fail("bob"), fail("bob.smith")], [3, 0], "one is kept for the password that was accepted");
}

/// What was counted under two names is counted for the account.
#[test]
fn counts_are_added_when_two_names_turn_out_to_be_one() {
    let bench = bench(Rules { max_failures: 6, ..RULES });
    bench.fake.forms.store(2, Ordering::SeqCst);
    for (user, number) in [("bob", 1), ("bob", 2), ("bob.smith", 1), ("bob.smith", 2)] {
        assert!(is_checked(&bench, user, number));
        bench.pass(20);
    }
    assert!(is_proof(&bench.ask("bob", "right")) && is_proof(&bench.ask("bob.smith", "right")));
    bench.pass(1);
    assert!(is_checked(&bench, "bob", 3), "the fifth");
    bench.pass(61);
    assert!(!is_checked(&bench, "bob.smith", 4) && !is_checked(&bench, "bob", 5));
}

/// What a window has ended is not counted again when two names meet, nor when a name comes to lead to another account.
#[test]
fn old_failures_stay_over() {
    let bench = bench(Rules { max_failures: 8, ..RULES });
    bench.fake.forms.store(2, Ordering::SeqCst);
    for user in ["bob", "bob.smith"] {
        for number in 0..4 {
            assert!(is_checked(&bench, user, number));
            bench.pass(5);
        }
        bench.pass(601);
    }
    assert!(is_proof(&bench.ask("bob", "right")) && is_checked(&bench, "bob.smith", 9));
    bench.pass(5);
    assert!(is_proof(&bench.ask("bob.smith", "right")));
    let checked = |user: &str| {
        let tried = (10..24).filter(|number| {
            bench.pass(40);
            is_checked(&bench, user, *number)
        });
        tried.count()
    };
    assert_eq!(checked("bob"), 6, "of eight one is used, and one is kept");
    bench.pass(601);
    assert!(is_proof(&bench.ask("bob@a.example", "right")));
    assert_eq!(checked("bob@a.example"), 3, "one form of two, and one is kept: nothing of the other's counts any more");
}

#[test]
fn made_up_names_drive_out_nobody() {
    let mut bench = bench(Rules { remember_refused: Duration::ZERO, ..RULES });
    bench.directory.accounts = Arc::new(Accounts::with_room(400, 400).unwrap());
    assert!(is_proof(&bench.ask("owner", "right")));
    for number in 0..3 {
        assert!(is_checked(&bench, "bob", number));
        bench.pass(4);
    }
    let turned_away =
        (0..3_000).filter(|number| matches!(bench.ask(&format!("user {number}"), "guess"), Outcome::Busy));
    assert!(turned_away.count() > 2_000, "no room for names that were never authenticated");
    assert!(wait_of(&bench.ask("bob", "right")).is_some());
    assert!(bench.directory.accounts.len() <= 800 * 4 / 3 + 10);
    bench.pass(400);
    assert!(is_proof(&bench.ask("owner", "right")), "who was authenticated within a day comes in");
    bench.pass(601);
    assert!(is_proof(&bench.ask("somebody new", "right")), "the room is free again");
}

/// There is no account to lock, so such names make room; they are counted all the same, and look as any other.
#[test]
fn names_that_the_directory_does_not_have_make_room() {
    let mut bench = bench(Rules { remember_refused: Duration::ZERO, ..RULES });
    bench.directory.accounts = Arc::new(Accounts::with_room(400, 400).unwrap());
    bench.fake.answers(Answer::Missing(REJECTED));
    for number in 0..3_000 {
        assert!(matches!(bench.ask(&format!("user {number}"), "guess"), Outcome::Refused(REJECTED)));
    }
    let checked = (0..20).filter(|number| is_checked(&bench, "nobody", *number));
    assert!(checked.count() <= 3);
}

/// The owner's name is not the same in another realm.
#[test]
fn what_is_not_asked_is_nobodys_failure() {
    let bench = bench(RULES);
    bench.fake.answers(Answer::Elsewhere);
    (0..20).for_each(|number| drop(bench.ask("bob", &format!("guess {number}"))));
    *bench.fake.answer.lock().unwrap() = None;
    assert!(is_proof(&bench.ask("bob", "right")));
}

#[test]
fn beyond_the_room_the_oldest_must_authenticate_anew_and_no_count_goes() {
    let mut bench = bench(RULES);
    bench.directory.accounts = Arc::new(Accounts::with_room(400, 400).unwrap());
    for number in 0..2_000 {
        assert!(is_proof(&bench.ask(&format!("user {number}"), "right")));
        bench.pass(i64::from(number % 10 == 0));
    }
    let are_proved = |numbers: std::ops::Range<u32>| {
        numbers.filter(|number| bench.is_proved(&format!("user {number}"), "right")).count()
    };
    assert!(are_proved(0..100) < 10 && are_proved(1_950..2_000) > 40);
}

#[test]
fn a_day_after_the_last_success_nothing_is_held() {
    let mut bench = bench(RULES);
    bench.directory.accounts = Arc::new(Accounts::with_room(400, 400).unwrap());
    for number in 0..200 {
        bench.ask(&format!("user {number}"), if number % 2 == 0 { "right" } else { "wrong" });
    }
    let held = bench.directory.accounts.len();
    bench.pass(DAY + 601);
    // A part lets go of what it holds when it changes.
    (0..40).for_each(|number| drop(bench.ask(&format!("another {number}"), "right")));
    assert_eq!((held, bench.directory.accounts.len()), (300, 80), "a name and an identifier of each success");
}

#[test]
fn somebody_lifts_the_lock() {
    let bench = bench(Rules { max_failures: 2, remember: Duration::from_secs(DAY.unsigned_abs()), ..RULES });
    assert!(is_proof(&bench.ask("bob", "right")));
    let lock = || {
        (0..20).for_each(|number| _ = is_checked(&bench, "bob", number));
        (0..100).for_each(|number| _ = bench.guess("bob", &format!("guess {number}")));
        assert!(!bench.is_proved("bob", "right") && wait_of(&bench.ask("bob", "other")).is_some());
    };
    lock();
    assert!(!bench.directory.unlock("rob", None));
    assert!(bench.directory.unlock("bob", Some(bench.clock.now() - 1)), "there is something, but it came later");
    assert!(wait_of(&bench.ask("bob", "other")).is_some());
    for name in ["bob", "CONTOSO\\BOB", "bob@contoso.example"] {
        assert!(bench.directory.unlock(name, Some(bench.clock.now())), "{name}");
        assert!(bench.is_proved("bob", "right") && matches!(bench.ask("bob", "other"), Outcome::Refused(_)), "{name}");
        bench.pass(61);
        lock();
    }
}

/// A lock goes by the monotonic clock; what was authenticated ends when one of both says so.
#[test]
fn the_time_of_day_may_be_set() {
    let fail = |bench: &Bench| (0..9).for_each(|number| _ = (is_checked(bench, "bob", number), bench.pass(10)));
    for step in [-3_600, -20_000 * DAY, 1_500 * DAY] {
        let bench = bench(Rules { max_failures: 2, ..RULES });
        fail(&bench);
        bench.wall.fetch_add(step, Ordering::SeqCst);
        assert!(wait_of(&bench.ask("bob", "right")).is_some_and(|wait| wait <= 601), "{step}");
        bench.monotonic.fetch_add(601, Ordering::SeqCst);
        assert!(is_proof(&bench.ask("bob", "right")), "{step}");
        bench.wall.fetch_add(-step, Ordering::SeqCst);
        bench.monotonic.fetch_add(299, Ordering::SeqCst);
        assert_eq!(bench.is_proved("bob", "right"), step > 0, "{step}: the time of day goes on, or back");
        bench.monotonic.fetch_add(1, Ordering::SeqCst);
        assert!(!bench.is_proved("bob", "right"), "{step}: it ends by the monotonic clock");
    }
    let bench = bench(RULES);
    assert!(is_proof(&bench.ask("bob", "right")));
    bench.wall.fetch_add(8 * 3_600, Ordering::SeqCst);
    assert!(!bench.is_proved("bob", "right"), "the machine slept for a night");
}
