//! From the opening to the first keys, and what requests are told until then.

use doorward::{Clock, Code, Config, KeysFrom, Request, Verifier};
use doorward_testkit::fetched::{
    DISCOVERY, Driven, ISSUER, KEYS, Signer, World, configuration, configuration_of, discovery, set,
};
use doorward_testkit::server::{Answer, Server, closed_port};
use doorward_testkit::{NOW, in_a_process_of_its_own, until};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

fn provider(signer: &Signer) -> Server {
    let server = Server::start();
    server.set(KEYS, Answer::json(set(&[signer])));
    server
}

#[test]
fn requests_are_pending_for_five_seconds_and_then_denied_with_503() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let driven = Driven::open(&configuration(&server));
    for (seconds, expected) in [(0, Code::Pending), (4, Code::Pending), (5, Code::KeysNeverLoaded)] {
        driven.set_time(NOW + seconds);
        assert_eq!(driven.code(&signer), expected, "after {seconds} seconds");
    }
    let verdict = driven.verify(&driven.token(&signer));
    let denial = verdict.denial().unwrap();
    assert_eq!((denial.http(), denial.challenge(), denial.retry_after()), (503, "", Some(1)));
    driven.verifier.poll();
    assert_eq!(driven.code(&signer), Code::Ok);
    assert_eq!(driven.health().from, KeysFrom::Network);
}

#[test]
fn a_bad_token_is_denied_while_keys_are_awaited() {
    let signer = Signer::new("a");
    let driven = Driven::open(&configuration(&provider(&signer)));
    let other = signer.token("https://other.example/", NOW);
    assert_eq!(driven.verify(&other).code(), Code::IssuerUnknown);
    assert_eq!(driven.verify("a.b.c").code(), Code::TokenMalformed);
}

#[test]
fn resolve_answers_the_first_request() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let driven = Driven::open(&configuration(&server));
    let token = driven.token(&signer);
    assert_eq!(driven.verify(&token).code(), Code::Pending);
    assert_eq!(driven.resolve(&token).code(), Code::Ok);
    assert_eq!((driven.verify(&token).code(), server.requests(KEYS)), (Code::Ok, 1));
}

#[test]
fn resolve_gives_up_in_time() {
    if in_a_process_of_its_own("fetching::start::resolve_gives_up_in_time") {
        return;
    }
    let signer = Signer::new("a");
    let server = Server::start();
    server.set(KEYS, Answer::stall());
    let mut configuration = configuration(&server);
    configuration["resolve_timeout"] = json!("1s");
    let config = Config::from_json(configuration.to_string());
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    let header = format!("Bearer {}", signer.token(ISSUER, NOW));
    let verdict = verifier.resolve(&Request::new("api").authorization(header.as_bytes()));
    // The provider never answers, and the fetch, which may take 5 s, has not failed yet: it ended by the time of `resolve`.
    assert_eq!(verdict.code(), Code::KeysNeverLoaded);
    assert_eq!(verifier.health().issuers()[0].failure, None);
}

#[test]
fn resolve_gives_up_in_time_where_it_fetches_itself() {
    let (server, signer) = (Server::start(), Signer::new("a"));
    server.set(KEYS, Answer::stall());
    let mut configuration = configuration(&server);
    configuration["resolve_timeout"] = json!("1s");
    let driven = Driven::open(&configuration);
    // The provider never answers.
    assert_eq!(driven.resolve(&signer.token(ISSUER, NOW)).code(), Code::KeysNeverLoaded);
    assert_eq!(server.requests(KEYS), 1);
}

#[test]
fn a_provider_that_hangs_does_not_hold_up_another_that_is_waited_for() {
    if in_a_process_of_its_own("fetching::start::a_provider_that_hangs_does_not_hold_up_another_that_is_waited_for") {
        return;
    }
    let (hanging, good, signer) = (Server::start(), Server::start(), Signer::new("a"));
    good.set(KEYS, Answer::json(set(&[&signer])));
    let mut configuration = configuration(&good);
    // Time for one of them, on a machine that is busy, and not for all.
    configuration["resolve_timeout"] = json!("5s");
    for number in 0..6 {
        let mut issuer = configuration["issuers"]["main"].clone();
        issuer["issuer"] = json!(format!("https://hanging-{number}.example/"));
        issuer["jwks_url"] = json!(hanging.url(&format!("/{number}")));
        issuer["timeout"] = json!("1s");
        hanging.set(&format!("/{number}"), Answer::stall());
        configuration["issuers"][format!("hanging-{number}")] = issuer;
    }
    let config = Config::from_json(configuration.to_string());
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    let header = format!("Bearer {}", signer.token(ISSUER, NOW));
    let verdict = verifier.resolve(&Request::new("api").authorization(header.as_bytes()));
    assert_eq!(verdict.code(), Code::Ok, "after one of them at most");
}

#[test]
fn only_so_many_requests_wait() {
    if in_a_process_of_its_own("fetching::start::only_so_many_requests_wait") {
        return;
    }
    let signer = Signer::new("a");
    let server = Server::start();
    server.set(KEYS, Answer::stall());
    let mut configuration = configuration(&server);
    configuration["resolve_timeout"] = json!("5s");
    let config = Config::from_json(configuration.to_string());
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    let header = format!("Bearer {}", signer.token(ISSUER, NOW));
    let ended = AtomicUsize::new(0);
    let resolve = || {
        let code = verifier.resolve(&Request::new("api").authorization(header.as_bytes())).code();
        assert_eq!(code, Code::KeysNeverLoaded);
        ended.fetch_add(1, Ordering::SeqCst);
    };
    thread::scope(|scope| {
        for _ in 0..doorward::limits::WAITING_REQUESTS + 6 {
            scope.spawn(resolve);
        }
        until("those for which there is no room", || ended.load(Ordering::SeqCst) >= 6);
        // The others have some seconds yet.
        thread::sleep(Duration::from_millis(300));
        assert_eq!(ended.load(Ordering::SeqCst), 6, "those for which there is no room are denied at once");
    });
}

#[test]
fn opening_waits_for_nothing_and_the_host_may_wait() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let config = Config::from_json(configuration(&server).to_string());
    let verifier = Verifier::open(&config).unwrap();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(server.connections(), 0, "nothing is fetched before the first request");
    assert!(verifier.wait_for_keys(Duration::from_secs(10)));
    let ready = Verifier::open_and_wait(&config, Duration::from_secs(10)).unwrap();
    assert!(ready.health().is_ready());
    assert_eq!(server.requests(KEYS), 1, "two verifiers share what they fetch");
    let unreachable = format!("http://127.0.0.1:{}/keys", closed_port());
    let config = configuration_of(json!({ "issuer": ISSUER, "jwks_url": unreachable }));
    let verifier = Verifier::open_and_wait(&Config::from_json(config.to_string()), Duration::from_millis(300)).unwrap();
    assert!(!verifier.health().is_ready());
}

#[test]
fn discovery_finds_the_keys() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    server.set(DISCOVERY, Answer::json(discovery(ISSUER, &server.url(KEYS))));
    for oidc in [server.url(""), server.url("/")] {
        let driven = Driven::loaded(&configuration_of(json!({ "issuer": ISSUER, "oidc": oidc })));
        assert_eq!(driven.code(&signer), Code::Ok, "{oidc}");
        assert_eq!(driven.health().address, Some(server.url(KEYS)));
    }
    // The issuer is the address, where nothing else is said.
    server.set(DISCOVERY, Answer::json(discovery(&server.url(""), &server.url(KEYS))));
    let driven = Driven::loaded(&configuration_of(json!({ "oidc": server.url("") })));
    assert_eq!(driven.verify(&signer.token(&server.url(""), NOW)).code(), Code::Ok, "{}", driven.failure());
}

#[test]
fn issuers_of_one_key_set_share_it() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    server.set(DISCOVERY, Answer::json(discovery(ISSUER, &server.url(KEYS))));
    let mut configuration = configuration_of(json!({ "issuer": ISSUER, "oidc": server.url("") }));
    for number in 0..5 {
        let mut issuer = configuration["issuers"]["main"].clone();
        issuer["issuer"] = json!(format!("https://tenant-{number}.example/"));
        issuer["oidc"] = json!(null);
        issuer.as_object_mut().unwrap().remove("oidc");
        issuer["jwks_url"] = json!(server.url(KEYS));
        configuration["issuers"][format!("tenant-{number}")] = issuer;
    }
    let driven = Driven::loaded(&configuration);
    assert!(driven.verifier.health().is_ready());
    assert_eq!(server.requests(KEYS), 1);
}

#[test]
fn what_can_not_be_reached_is_told_in_words() {
    for (address, word) in [
        (format!("http://127.0.0.1:{}/keys", closed_port()), "refuses the connection"),
        ("https://doorward-test.invalid/keys".to_owned(), "name of the host"),
    ] {
        let driven = Driven::loaded(&configuration_of(json!({ "issuer": ISSUER, "jwks_url": address })));
        assert!(driven.failure().contains(word), "{address}: {}", driven.failure());
    }
}

#[test]
fn an_unknown_key_of_a_provider_that_is_down_is_not_refused() {
    let world = World::new();
    let new = Signer::new("new");
    world.server.set(KEYS, Answer::status(500));
    let token = world.driven.token(&new);
    assert_eq!(world.driven.verify(&token).code(), Code::Pending);
    let verdict = world.driven.resolve(&token);
    assert_eq!((verdict.code(), verdict.denial().unwrap().http()), (Code::KeysUnavailable, 503));
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
    world.server.set(KEYS, Answer::json(set(&[&world.signer])));
    world.driven.after(300);
    assert_eq!(
        world.driven.resolve(&world.driven.token(&new)).code(),
        Code::KeyUnknown,
        "now it is known that there is none"
    );
}
