//! Which requests wait for keys, how many of them, and what those are told that don't: 401 throws a token away, 503 does not.

use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::fetched::{
    DISCOVERY, Driven, ISSUER, KEYS, Signer, World, configuration, configuration_of, discovery, set,
};
use doorward_testkit::server::{Answer, Server};
use doorward_testkit::{NOW, in_a_process_of_its_own, until};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Tokens that wait nowhere near as long as a test may take: they are let go by what happens.
const PATIENT: &str = "30s";

fn denied(world: &World, signer: &Signer) -> (Code, u16, Option<u32>) {
    let verdict = world.driven.resolve(&world.driven.token(signer));
    let denial = verdict.denial().unwrap();
    (verdict.code(), denial.http(), denial.retry_after())
}

#[test]
fn a_key_that_rotates_right_after_a_made_up_id_is_never_401() {
    for seconds in [1, 30, 59] {
        let (world, made_up, new) = (World::new(), Signer::new("made up"), Signer::new("second"));
        assert_eq!(denied(&world, &made_up), (Code::KeyUnknown, 401, None), "the provider was asked after it came up");
        world.server.set(KEYS, Answer::json(set(&[&world.signer, &new])));
        world.driven.set_time(NOW + seconds);
        let left = u32::try_from(60 - seconds).unwrap();
        assert_eq!(denied(&world, &new), (Code::KeysUnavailable, 503, Some(left)), "the minute's refresh is spent");
        assert_eq!(world.driven.code(&new), Code::KeysUnavailable);
        assert_eq!(denied(&world, &made_up).0, Code::KeyUnknown, "the control");
        world.driven.set_time(NOW + 60);
        assert_eq!(world.driven.settled(&new), Code::Ok, "who comes again when it is told to comes in");
        assert_eq!(world.requests(), 3);
    }
}

#[test]
fn a_refresh_answers_about_all_ids_that_came_up_before() {
    let world = World::new();
    let made_up: Vec<_> = ["one", "two", "three", "four"].map(Signer::new).into();
    let codes = || made_up.iter().take(3).map(|signer| denied(&world, signer).0).collect::<Vec<_>>();
    assert_eq!(codes(), [Code::KeyUnknown, Code::KeysUnavailable, Code::KeysUnavailable]);
    // On schedule, while nobody may ask: two hours later, in which nobody came.
    world.driven.after(2 * 3600);
    assert_eq!(codes(), [Code::KeyUnknown; 3]);
    assert_eq!(world.requests(), 3, "none of them asks again");
    world.driven.set_time(world.driven.now() + 299);
    assert_eq!(codes(), [Code::KeyUnknown; 3]);
    world.driven.set_time(world.driven.now() + 1);
    assert_eq!(world.driven.code(&made_up[0]), Code::Pending, "by now it may have come");
    assert_eq!(denied(&world, &made_up[3]).0, Code::KeyUnknown, "it came up before that refresh began");
}

#[test]
fn a_document_of_before_does_not_show_that_a_key_is_missing() {
    let (server, old, new) = (Server::start(), Signer::new("first"), Signer::new("second"));
    server.set(KEYS, Answer::json(set(&[&old])));
    server.set(DISCOVERY, Answer::json(discovery(ISSUER, &server.url(KEYS))));
    let driven = Driven::loaded(&configuration_of(json!({ "issuer": ISSUER, "oidc": server.url("") })));
    assert_eq!(driven.code(&old), Code::Ok);
    // The provider moves to another address with its new key, and the old address has the old one for a while.
    server.set("/moved", Answer::json(set(&[&new])));
    server.set(DISCOVERY, Answer::json(discovery(ISSUER, &server.url("/moved"))));
    assert_eq!(driven.settled(&new), Code::Ok);
    assert_eq!((server.requests(DISCOVERY), server.requests(KEYS)), (2, 1));
}

#[test]
fn keys_that_another_configuration_fetched_show_nothing_about_a_new_id() {
    let (world, new) = (World::new(), Signer::new("second"));
    world.driven.after(2 * 3600);
    let mut other = configuration(&world.server);
    other["issuers"]["main"]["timeout"] = json!("2s");
    // It takes over the keys that two refreshes of the other one have brought.
    world.driven.verifier.reload(&Config::from_json(other.to_string())).unwrap();
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
    let header = format!("Bearer {}", world.driven.token(&new));
    let explained = world.driven.verifier.explain(&Request::new("api").authorization(header.as_bytes()));
    assert_eq!(explained.code(), Code::KeyUnknown, "nobody has asked yet");
    assert_eq!(world.driven.code(&new), Code::Pending);
    world.server.set(KEYS, Answer::json(set(&[&new])));
    assert_eq!(world.driven.settled(&new), Code::Ok);
}

/// A verifier with its thread, whose provider hangs once it has answered.
struct Hanging {
    server: Server,
    signer: Signer,
    verifier: Verifier,
    clock: Arc<AtomicI64>,
}

impl Hanging {
    fn new(change: impl Fn(&mut Value)) -> Self {
        let (server, signer) = (Server::start(), Signer::new("first"));
        server.script(KEYS, vec![Answer::json(set(&[&signer])), Answer::stall()]);
        let mut configuration = configuration(&server);
        configuration["resolve_timeout"] = json!(PATIENT);
        change(&mut configuration);
        let clock = Arc::new(AtomicI64::new(NOW));
        let config = Config::from_json(configuration.to_string());
        let verifier = Verifier::open_with_clock(&config, Clock::Fixed(clock.clone())).unwrap();
        assert!(verifier.wait_for_keys(Duration::from_secs(30)));
        Self { server, signer, verifier, clock }
    }

    fn later(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// By somebody else's key, under the id of the provider's.
    fn forged(&self) -> String {
        header(&Signer::new("first"))
    }

    fn verify(&self, header: &str) -> Code {
        self.verifier.verify(&Request::new("api").authorization(header.as_bytes())).code()
    }

    fn resolve(&self, header: &str) -> Code {
        self.verifier.resolve(&Request::new("api").authorization(header.as_bytes())).code()
    }

    fn waiting(&self) -> u32 {
        self.verifier.health().issuers()[0].waiting
    }
}

fn header(signer: &Signer) -> String {
    format!("Bearer {}", signer.token(ISSUER, NOW))
}

const FORGED: usize = 70;

#[test]
fn forged_tokens_at_a_provider_that_hangs_hold_no_thread_beyond_the_setting() {
    if in_a_process_of_its_own(
        "fetching::waiting::forged_tokens_at_a_provider_that_hangs_hold_no_thread_beyond_the_setting",
    ) {
        return;
    }
    let world = Hanging::new(|configuration| {
        configuration["max_waiting"] = json!(5);
        configuration["issuers"]["main"]["timeout"] = json!("10s");
    });
    let forged = world.forged();
    assert_eq!(world.resolve(&forged), Code::SignatureInvalid, "the provider has just said which keys are its own");
    assert_eq!(world.server.requests(KEYS), 1, "nothing was asked for");
    world.later(60);
    let ended = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..FORGED {
            scope.spawn(|| {
                assert_eq!(world.resolve(&forged), Code::SignatureInvalid);
                ended.fetch_add(1, Ordering::SeqCst);
            });
        }
        until("all but five are denied", || ended.load(Ordering::SeqCst) >= FORGED - 5);
        world.server.wait_for_requests(KEYS, 2);
        until("the others wait, or are denied", || ended.load(Ordering::SeqCst) + world.waiting() as usize == FORGED);
        assert!(world.waiting() <= 5 && world.verifier.health().issuers()[0].failure.is_none());
        // The fetch fails: these five are told, though another try hangs by then, and no more will wait.
        until("the rest is denied", || ended.load(Ordering::SeqCst) == FORGED);
    });
    world.later(300);
    world.server.wait_for_requests(KEYS, 3);
    assert_eq!(world.verify(&header(&Signer::new("unknown"))), Code::Pending, "the control: a refresh is under way");
    assert_eq!([world.verify(&forged), world.resolve(&forged)], [Code::SignatureInvalid; 2]);
    assert_eq!(world.verify(&header(&world.signer)), Code::Ok);
}

#[test]
fn as_many_wait_in_the_process_as_the_configuration_says() {
    if in_a_process_of_its_own("fetching::waiting::as_many_wait_in_the_process_as_the_configuration_says") {
        return;
    }
    let other = Server::start();
    other.set(KEYS, Answer::stall());
    let world = Hanging::new(|configuration| configuration["max_waiting_of_process"] = json!(3));
    let mut second = configuration(&other);
    second["max_waiting"] = json!(0);
    second["resolve_timeout"] = json!(PATIENT);
    let second = Verifier::open(&Config::from_json(second.to_string())).unwrap();
    let unknown = header(&Signer::new("unknown"));
    let verdict = second.resolve(&Request::new("api").authorization(unknown.as_bytes()));
    assert_eq!(verdict.code(), Code::KeysNeverLoaded, "where nobody may wait, nobody does");
    assert!(verdict.denial().unwrap().retry_after().is_some());
    other.wait_for_requests(KEYS, 1);
    let ended = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let code = world.resolve(&unknown);
                assert_eq!(code, Code::KeysUnavailable);
                ended.fetch_add(1, Ordering::SeqCst);
            });
        }
        until("all but three are denied", || ended.load(Ordering::SeqCst) >= 7);
        until("three wait", || world.waiting() == 3);
        assert_eq!(ended.load(Ordering::SeqCst), 7);
    });
}

#[test]
fn settings_follow_each_other_where_one_is_left_out() {
    let (server, signer) = (Server::start(), Signer::new("first"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    for (given, opens) in [
        (json!({ "max_waiting": 4096 }), true),
        (json!({ "max_waiting_of_process": 1 }), true),
        (json!({ "max_waiting": 0, "max_waiting_of_process": 0 }), true),
        (json!({ "max_waiting": 7, "max_waiting_of_process": 7 }), true),
        (json!({ "max_waiting": 8, "max_waiting_of_process": 7 }), false),
        (json!({ "max_waiting": 4097 }), false),
        (json!({ "max_waiting_of_process": 4097 }), false),
    ] {
        let mut configuration = configuration(&server);
        configuration.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        let opened = Verifier::open(&Config::from_json(configuration.to_string()));
        assert_eq!(opened.is_ok(), opens, "{given}");
    }
}
