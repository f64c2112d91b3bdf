//! Lines that lift what was counted against an account, in each process that holds the list.

use doorward::limits::{UNLOCK_SECONDS, UNLOCKS};
use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::passwords::*;
use doorward_testkit::{NOW, in_a_process_of_its_own, scratch, until};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A verifier of bob and ann, which looks at the file of its denylist in `poll`.
struct Guarded {
    _users: UserFile,
    list: PathBuf,
    configuration: Value,
    verifier: Verifier,
    clock: Clock,
}

impl Guarded {
    fn new(name: &str) -> Self {
        Self::starting_with(name, "\n")
    }

    fn starting_with(name: &str, lines: &str) -> Self {
        let list = scratch().join(format!("unlock-{name}-{}.jsonl", std::process::id()));
        fs::write(&list, lines).unwrap();
        let users = UserFile::new(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
        let mut configuration = configuration(&users);
        configuration["user_managers"]["SVC"]["passwords"] = json!({ "failure_window": "24h" });
        configuration["denylist"] = json!({ "file": list.to_str().unwrap() });
        let (verifier, clock) = open(&configuration);
        Self { _users: users, list, configuration, verifier, clock }
    }

    /// Gives wrong passwords until none is checked any more. When the last of them was checked.
    fn limit(&self, user: &str) -> i64 {
        limit(&self.verifier, &self.clock, user)
    }

    fn append(&self, text: &str) {
        File::options().append(true).open(&self.list).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Takes a line from the file.
    fn follow(&self, user: &str, at: i64) {
        self.append(&line(user, at));
        self.verifier.poll();
    }

    fn reload(&self) {
        self.verifier.reload(&Config::from_json(self.configuration.to_string())).unwrap();
    }

    /// Whether the right password of a user is checked, and lets it in.
    fn lets_in(&self, user: &str) -> bool {
        match decide(&self.verifier, &header(user, PASSWORD)).code() {
            Code::Ok => true,
            Code::AttemptsLimited => false,
            code => panic!("{code}"),
        }
    }

    /// Whether another password is checked. The right one of an account that came in may be, though it is limited.
    fn is_limited(&self, user: &str) -> bool {
        is_limited(&self.verifier, user, "another")
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.list);
    }
}

fn limit(verifier: &Verifier, clock: &Clock, user: &str) -> i64 {
    let mut last = None;
    for number in 0..5 {
        set(clock, clock.now() + 60);
        if !is_limited(verifier, user, &format!("wrong {number}")) {
            last = Some(clock.now());
        }
    }
    assert!(is_limited(verifier, user, "another"));
    last.expect("some of them were checked")
}

fn is_limited(verifier: &Verifier, user: &str, password: &str) -> bool {
    match decide(verifier, &header(user, password)).code() {
        Code::BasicRejected => false,
        Code::AttemptsLimited => true,
        code => panic!("{code}"),
    }
}

fn line(user: &str, at: i64) -> String {
    json!({ "unlock": user, "at": at, "note": "called the help desk" }).to_string() + "\n"
}

#[test]
fn an_account_comes_in_again() {
    let guarded = Guarded::new("again");
    guarded.limit("bob");
    guarded.limit("ann");
    guarded.append(&line("SVC:bob", guarded.clock.now()));
    assert!(!guarded.lets_in("bob"), "nobody has looked yet");
    let value = header("bob", PASSWORD);
    let explained = guarded.verifier.explain(&Request::new("api").authorization(value.as_bytes()));
    let [advice] = explained.advice() else { panic!("{explained}") };
    assert!(advice.contains("doorward unlock \"SVC:USER\" --config FILE"), "{advice}");
    guarded.verifier.poll();
    assert!(guarded.lets_in("bob"));
    assert!(!guarded.lets_in("ann"), "it is another account");
    guarded.follow("OTHER:ann", guarded.clock.now());
    assert!(!guarded.lets_in("ann"), "and another user manager");
    guarded.follow("SVC:ann", guarded.clock.now());
    assert!(guarded.lets_in("ann"));
}

#[test]
fn what_was_counted_after_its_time_stays() {
    let guarded = Guarded::new("after");
    let last = guarded.limit("bob");
    guarded.follow("SVC:bob", last - 1);
    assert!(!guarded.lets_in("bob"));
    guarded.follow("SVC:bob", last);
    assert!(guarded.lets_in("bob"));
    // It was followed once, and lifts nothing of what comes now.
    guarded.limit("bob");
    guarded.append("\n");
    guarded.verifier.poll();
    guarded.reload();
    assert!(guarded.is_limited("bob"));
}

/// It is now for who takes it, and nothing later.
#[test]
fn a_time_to_come_lifts_once() {
    let guarded = Guarded::new("to-come");
    guarded.limit("bob");
    guarded.follow("SVC:bob", NOW + 1_000_000);
    assert!(guarded.lets_in("bob"));
    guarded.limit("bob");
    guarded.append("\n");
    guarded.verifier.poll();
    guarded.reload();
    assert!(guarded.is_limited("bob"));
}

#[test]
fn a_list_that_was_there_before_lifts_nothing() {
    let guarded = Guarded::starting_with("old", &(line("SVC:bob", NOW - 60) + &line("SVC:ann", NOW + 1_000_000)));
    for user in ["bob", "ann"] {
        guarded.limit(user);
        guarded.append("\n");
        guarded.verifier.poll();
        assert!(!guarded.lets_in(user), "{user}");
    }
}

#[test]
fn a_reload_follows_what_is_new() {
    let guarded = Guarded::new("reload");
    guarded.limit("bob");
    guarded.append(&line("SVC:bob", guarded.clock.now()));
    guarded.reload();
    assert!(guarded.lets_in("bob"));
}

#[test]
fn a_call_lifts_too() {
    let guarded = Guarded::new("call");
    let last = guarded.limit("bob");
    assert_eq!(guarded.verifier.revoke(&line("SVC:bob", last - 1)), Ok(1));
    assert!(!guarded.lets_in("bob"));
    let twice = line("SVC:bob", last) + &line("SVC:bob", last);
    assert_eq!(guarded.verifier.revoke(&twice), Ok(1), "it is one");
    assert!(guarded.lets_in("bob"));
    assert_eq!(guarded.verifier.revoke(&line("SVC:bob", NOW - 2 * UNLOCK_SECONDS)), Ok(0), "it is over");
}

#[test]
fn a_file_that_is_broken_is_not_followed() {
    let guarded = Guarded::new("broken");
    guarded.limit("bob");
    guarded.append(&format!("{}{{\"unlock\":\"SVC:ann\"}}\n", line("SVC:bob", guarded.clock.now())));
    guarded.verifier.poll();
    let failure = || guarded.verifier.health().denylist().unwrap().failure.clone().map(|failure| failure.message);
    assert!(failure().unwrap().starts_with("line 3: at: the field is missing"), "{:?}", failure());
    assert!(!guarded.lets_in("bob"));
    fs::write(&guarded.list, line("SVC:bob", guarded.clock.now())).unwrap();
    guarded.verifier.poll();
    assert_eq!(failure(), None);
    assert!(guarded.lets_in("bob"));
}

#[test]
fn there_is_room_for_those_of_a_day() {
    let guarded = Guarded::new("room");
    let (mut text, over) = (String::new(), NOW - UNLOCK_SECONDS - 301);
    (0..UNLOCKS).for_each(|number| write!(text, "{}", line(&format!("SVC:{number}"), NOW)).unwrap());
    (0..10).for_each(|number| write!(text, "{}", line(&format!("SVC:over-{number}"), over)).unwrap());
    fs::write(&guarded.list, &text).unwrap();
    guarded.verifier.poll();
    assert_eq!(guarded.verifier.health().denylist().unwrap().failure, None);
    guarded.follow("SVC:bob", NOW);
    let failure = guarded.verifier.health().denylist().unwrap().failure.clone().unwrap();
    assert!(failure.message.starts_with("it has more than 10000 unlocks of the last day"), "{failure:?}");
    let error = guarded.verifier.revoke(&(text + &line("SVC:bob", NOW))).unwrap_err();
    assert_eq!(error.message(), "the text has more than 10000 unlocks");
}

/// As in a host: nobody polls.
#[test]
fn the_thread_follows_within_a_second() {
    if in_a_process_of_its_own("denylist::unlock::the_thread_follows_within_a_second") {
        return;
    }
    let guarded = Guarded::new("thread");
    let clock = Clock::fixed(NOW);
    let config = Config::from_json(guarded.configuration.to_string());
    let verifier = Verifier::open_with_clock(&config, clock.clone()).unwrap();
    verifier.start();
    limit(&verifier, &clock, "bob");
    let begun = Instant::now();
    guarded.append(&line("SVC:bob", clock.now()));
    until("bob to be let in", || decide(&verifier, &header("bob", PASSWORD)).code() == Code::Ok);
    println!("an unlock was followed after {:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(10));
}
