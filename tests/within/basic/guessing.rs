//! Who guesses at passwords, and what becomes of the account: through the verifier, before a file and a token endpoint.

use super::entra::{PATH, configuration as entra_configuration, granted, refused};
use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::passwords::*;
use doorward_testkit::server::{Answer, Server};
use doorward_testkit::{NOW, until};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// As it is configured without a word about passwords, but that what is right stays right for long.
fn of_file(lines: &str) -> (UserFile, Value) {
    let file = UserFile::new(lines);
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"] = json!({ "remember": "24h" });
    (file, configuration)
}

fn code(verifier: &Verifier, user: &str, password: &str) -> Code {
    decide(verifier, &header(user, password)).code()
}

/// Wrong passwords until none is checked any more.
fn limit(verifier: &Verifier, clock: &Clock, user: &str) {
    for number in 0..20 {
        code(verifier, user, &format!("wrong {number}"));
        set(clock, clock.now() + 5);
    }
    assert_eq!(code(verifier, user, "another"), Code::AttemptsLimited);
}

/// Made-up names, as many as drove the counter out of its table once; an ended window; a reload; a changed file.
#[test]
fn a_remembered_password_is_not_guessed() {
    let (file, configuration) = of_file(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let (verifier, clock) = open(&configuration);
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
    limit(&verifier, &clock, "bob");
    for number in 0..100 {
        assert_ne!(verify(&verifier, &header("bob", &format!("guess {number}"))).code(), Code::Ok);
    }
    let is_told = || verify(&verifier, &header("bob", PASSWORD)).code() == Code::Ok;
    assert!(!is_told());
    (0..2_000).for_each(|number| drop(verify(&verifier, &header(&format!("made up {number}"), "x"))));
    assert!(!is_told(), "names");
    set(&clock, NOW + 7_200);
    assert!(!is_told(), "a window");
    verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
    assert!(!is_told(), "a reload");
    file.write(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n# changed\n"));
    verifier.poll();
    assert!(!is_told(), "a changed file");
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok, "the control: it is checked, and right");
    assert!(is_told());
}

/// Guesses that a host never resolves, or whose connection ends before.
#[test]
fn a_guess_that_is_called_off_counts() {
    let (_file, configuration) = of_file(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration);
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
    let told = (0..1_000).position(|number| {
        assert_eq!(verify(&verifier, &header("bob", &format!("guess {number}"))).code(), Code::Pending);
        verify(&verifier, &header("bob", PASSWORD)).code() != Code::Ok
    });
    assert_eq!(told, Some(20));
    let explained = verifier.explain(&Request::new("api").authorization(header("bob", PASSWORD).as_bytes()));
    assert_ne!(explained.code(), Code::Ok);
}

/// An administrator has set another password in the file: its owner comes in at once, and no guess got more room by it.
#[test]
fn a_new_hash_sets_failures_back_and_nothing_else_does() {
    let (file, configuration) = of_file(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let (verifier, clock) = open(&configuration);
    limit(&verifier, &clock, "bob");
    limit(&verifier, &clock, "ann");
    verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
    assert_eq!(verifier.forget("SVC:bob"), 0);
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::AttemptsLimited, "neither a reload nor forgetting");
    file.write(&format!("bob:{PBKDF2}\nann:{BCRYPT}\n"));
    verifier.poll();
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
    assert_eq!(code(&verifier, "ann", PASSWORD), Code::AttemptsLimited, "it is another line");
    assert!(verifier.unlock("SVC:ann") && !verifier.unlock("SVC:nobody") && !verifier.unlock("OTHER:ann"));
    assert_eq!(code(&verifier, "ann", PASSWORD), Code::Ok);
}

#[test]
fn recognition_survives_a_reload_and_a_changed_file() {
    let (file, configuration) = of_file(&format!("bob:{BCRYPT}\n"));
    let (verifier, clock) = open(&configuration);
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
    limit(&verifier, &clock, "bob");
    let before = checks(&verifier);
    verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
    assert_ne!(code(&verifier, "bob", "guess"), Code::Ok);
    file.write(&format!("bob:{BCRYPT}\n# changed\n"));
    verifier.poll();
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
    assert!(before > 0 && checks(&verifier) == 2, "each time it was checked");
}

/// An account at a token endpoint that counts failures from the last one, and locks after five.
#[derive(Default)]
struct Account {
    failures: AtomicU32,
    failed_at: AtomicI64,
    is_locked: Mutex<bool>,
}

impl Account {
    fn try_password(&self, password: &str, clock: &Clock) -> Answer {
        if *self.is_locked.lock().unwrap() {
            return refused("invalid_grant", "", 50053);
        }
        if password == PASSWORD {
            self.failures.store(0, Ordering::SeqCst);
            return granted(&json!({}));
        }
        let now = clock.now();
        if now - self.failed_at.swap(now, Ordering::SeqCst) > 60 {
            self.failures.store(0, Ordering::SeqCst);
        }
        *self.is_locked.lock().unwrap() = self.failures.fetch_add(1, Ordering::SeqCst) + 1 >= 5;
        refused("invalid_grant", "", 50126)
    }

    fn serve(self: &Arc<Self>, server: &Server, clock: &Clock, late: Duration) {
        let (account, clock) = (self.clone(), clock.clone());
        server.set(
            PATH,
            Answer::dynamic(Arc::new(move |request| {
                let field =
                    |(name, value): (_, std::borrow::Cow<'_, str>)| (name == "password").then(|| value.into_owned());
                let password = form_urlencoded::parse(&request.body).find_map(field).unwrap();
                let answer = account.try_password(&password, &clock);
                std::thread::sleep(late);
                answer
            })),
        );
    }
}

fn of_endpoint(server: &Server) -> (Verifier, Clock) {
    let mut configuration = entra_configuration(server);
    configuration["user_managers"]["AAD"]["passwords"] = json!({ "failure_window": "1m", "remember": "1s" });
    configuration["resolve_timeout"] = json!("1s");
    let clock = Clock::fixed(NOW);
    (Verifier::open_with_clock(&Config::from_json(configuration.to_string()), clock.clone()).unwrap(), clock)
}

#[test]
fn a_token_endpoint_locks_no_account_for_guesses_at_any_pace() {
    for pace in [1, 15, 30, 59, 60, 61] {
        let (server, account) = (Server::start(), Arc::<Account>::default());
        let (verifier, clock) = of_endpoint(&server);
        account.serve(&server, &clock, Duration::ZERO);
        for number in 0..40 {
            assert_ne!(
                code(&verifier, ["bob", "BOB@contoso.example"][number % 2], &format!("guess {number}")),
                Code::Ok
            );
            set(&clock, clock.now() + pace);
        }
        assert!(!*account.is_locked.lock().unwrap(), "{pace}");
        assert!(server.requests(PATH) >= 4, "{pace}");
    }
}

/// The endpoint counts at once, and answers when nobody waits any more.
#[test]
fn a_token_endpoint_that_answers_late_locks_no_account() {
    let (server, account) = (Server::start(), Arc::<Account>::default());
    let (verifier, clock) = of_endpoint(&server);
    account.serve(&server, &clock, Duration::from_millis(2_000));
    for number in 0..12 {
        assert_ne!(code(&verifier, "bob@contoso.example", &format!("guess {number}")), Code::Ok);
        set(&clock, clock.now() + 1);
    }
    assert_eq!(server.requests(PATH), 4, "each of them is reserved until it is answered");
    until("the last answer", || code(&verifier, "bob@contoso.example", "another") == Code::AttemptsLimited);
    set(&clock, clock.now() + 62);
    account.serve(&server, &clock, Duration::ZERO);
    assert_eq!(code(&verifier, "bob@contoso.example", PASSWORD), Code::Ok);
}

/// What can't have been sent counts for nobody: the owner is not kept out by an outage.
#[test]
fn an_endpoint_that_is_down_keeps_nobody_out() {
    let server = Server::start();
    let (verifier, clock) = of_endpoint(&server);
    let mut configuration = entra_configuration(&server);
    let nobody = format!("http://127.0.0.1:{}", doorward_testkit::server::closed_port());
    configuration["user_managers"]["AAD"]["entra_password"]["authority"] = json!(nobody);
    configuration["user_managers"]["AAD"]["passwords"] = json!({ "failure_window": "1m" });
    verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
    for number in 0..10 {
        assert_eq!(code(&verifier, "bob@contoso.example", &format!("guess {number}")), Code::DirectoryUnavailable);
        set(&clock, clock.now() + 1);
    }
    configuration["user_managers"]["AAD"]["entra_password"]["authority"] = json!(server.url(""));
    verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
    server.set(PATH, granted(&json!({})));
    assert_eq!(code(&verifier, "bob@contoso.example", PASSWORD), Code::Ok);
}

/// 429: the tenant is left alone for as long as it says, five minutes at most.
#[test]
fn a_token_endpoint_that_answers_429_is_left_alone() {
    for (retry_after, expected) in [(Some("2"), 2), (Some("100000"), 300), (None, 5), (Some("0"), 1), (Some("x"), 5)] {
        let server = Server::start();
        let answer = Answer::status(429).body("{}");
        server.set(PATH, retry_after.map_or(answer.clone(), |seconds| answer.header("Retry-After", seconds)));
        let (verifier, _) = of_endpoint(&server);
        for number in 0..10 {
            let verdict = decide(&verifier, &header(&format!("user{number}@contoso.example"), "x"));
            assert_eq!(verdict.code(), Code::DirectoryUnavailable);
            let wait = verdict.denial().unwrap().retry_after();
            assert!(wait.is_some_and(|wait| wait <= expected && wait >= 1), "{retry_after:?}: {wait:?}");
        }
        assert_eq!(server.requests(PATH), 1, "{retry_after:?}");
    }
}

/// The answer, the pause and the count are those of a wrong password, as long as the client is not to be told.
#[test]
fn a_right_guess_at_an_account_that_may_not_come_in_looks_like_a_wrong_one() {
    let seen = |number: u32| {
        let server = Server::start();
        let (verifier, clock) = of_endpoint(&server);
        ["wrong", "guess", "wrong again", "and again", "and again once more"].map(|password| {
            let number = if password == "guess" { number } else { 50126 };
            server.set(PATH, refused("invalid_grant", "", number));
            let verdict = decide(&verifier, &header("bob@contoso.example", password));
            set(&clock, clock.now() + 1);
            let denial = verdict.denial().unwrap();
            (denial.client_code(), denial.http(), denial.retry_after())
        })
    };
    let wrong = seen(50126);
    for number in [50076, 50057, 50055, 53003, 50034] {
        assert_eq!(seen(number), wrong, "AADSTS{number}");
    }
}

/// The realm is nobody's, so nobody was asked, and the owner of the bare name is none the worse.
#[test]
fn guesses_at_a_realm_that_nobody_has_concern_nobody() {
    let (server, account) = (Server::start(), Arc::<Account>::default());
    let (verifier, clock) = of_endpoint(&server);
    account.serve(&server, &clock, Duration::ZERO);
    for number in 0..50 {
        assert_eq!(code(&verifier, "bob@elsewhere.example", &format!("guess {number}")), Code::BasicRejected);
    }
    assert_eq!(server.requests(PATH), 0);
    assert_eq!(code(&verifier, "bob", PASSWORD), Code::Ok);
}

/// A revocation that comes while a password is checked concerns it.
#[test]
fn what_is_revoked_during_a_check_was_proved_before() {
    let server = Server::start();
    let (verifier, clock) = of_endpoint(&server);
    let verifier = Arc::new(verifier);
    let (revoking, time) = (Arc::downgrade(&verifier), clock.clone());
    server.set(
        PATH,
        Answer::dynamic(Arc::new(move |_| {
            let account = format!("AAD:{}", "Bob@contoso.example");
            set(&time, NOW + 10);
            let line = json!({ "account": account, "issued_before": NOW + 10, "until": NOW + 100 });
            revoking.upgrade().unwrap().revoke(&line.to_string()).unwrap();
            set(&time, NOW + 11);
            granted(&json!({}))
        })),
    );
    assert_eq!(code(&verifier, "bob@contoso.example", PASSWORD), Code::CredentialsRevoked);
    server.set(PATH, granted(&json!({})));
    assert_eq!(code(&verifier, "bob@contoso.example", PASSWORD), Code::Ok, "checked anew");
}
