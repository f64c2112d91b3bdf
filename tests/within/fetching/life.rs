//! Refreshes on schedule and on demand, conditional requests, and clocks that jump.

use doorward::Code;
use doorward_testkit::NOW;
use doorward_testkit::fetched::{ISSUER, KEYS, Signer, World, set};
use doorward_testkit::server::Answer;
use serde_json::json;

#[test]
fn a_new_key_is_answered_by_resolve_and_an_old_one_ends() {
    let world = World::new();
    let new = Signer::new("second");
    world.server.set(KEYS, Answer::json(set(&[&world.signer, &new])));
    let token = world.driven.token(&new);
    assert_eq!(world.driven.verify(&token).code(), Code::Pending);
    assert_eq!(world.driven.resolve(&token).code(), Code::Ok);
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
    world.server.set(KEYS, Answer::json(set(&[&new])));
    world.driven.after(2 * 3600);
    assert_eq!(world.driven.code(&new), Code::Ok);
    assert_ne!(world.driven.code(&world.signer), Code::Ok, "a key that was withdrawn has ended");
}

#[test]
fn the_next_refresh_is_an_hour_away_and_asks_whether_anything_changed() {
    let world = World::new();
    let body = set(&[&world.signer]);
    world
        .server
        .set(KEYS, Answer::conditional(body, "\"v1\"").header("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"));
    world.driven.after(3239);
    assert_eq!(world.requests(), 1, "it is not due yet");
    world.driven.after(722);
    assert_eq!(world.requests(), 2);
    assert!(world.server.last_request(KEYS).unwrap().header("if-none-match").is_none());
    world.driven.after(3961);
    let request = world.server.last_request(KEYS).unwrap();
    assert_eq!(request.header("if-none-match"), Some("\"v1\""));
    assert_eq!(request.header("if-modified-since"), Some("Tue, 14 Nov 2023 22:13:20 GMT"));
    let health = world.driven.health();
    assert_eq!((health.refreshes.changed, health.refreshes.unchanged, health.refreshes.failed), (1, 2, 0));
    assert_eq!((health.age, health.changed_at), (Some(0), Some(NOW)));
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
}

#[test]
fn failures_are_tried_again_ever_more_slowly() {
    let world = World::new();
    world.server.set(KEYS, Answer::status(500));
    world.driven.after(2 * 3600);
    let before = world.requests();
    for _ in 0..3600 {
        world.driven.after(1);
    }
    let tries = world.requests() - before;
    // Full jitter below 1, 2, 4, … 300 seconds: 12 tries at the least, and about twice that.
    assert!((10..=90).contains(&tries), "{tries} tries in an hour");
    assert_eq!(world.driven.failure(), "the server answers 500");
    world.server.set(KEYS, Answer::json(set(&[&world.signer])));
    world.driven.after(300);
    assert_eq!(world.driven.failure(), "");
}

#[test]
fn a_clock_that_is_set_back_or_forward_stops_nothing() {
    let world = World::new();
    let new = Signer::new("second");
    world.server.set(KEYS, Answer::json(set(&[&new])));
    world.driven.after(-24 * 3600);
    assert_eq!(world.requests(), 2, "the plan of another time means nothing");
    assert_eq!(world.driven.code(&new), Code::Ok);
    world.driven.after(365 * 24 * 3600);
    assert_eq!(world.requests(), 3);
    assert_eq!(world.driven.code(&new), Code::Ok);
}

#[test]
fn a_token_without_a_key_id_asks_too() {
    let world = World::new();
    let other = Signer::of(doorward::Algorithm::RS256, "rsa");
    world.server.set(KEYS, Answer::json(set(&[&world.signer, &other])));
    let claims = json!({ "iss": ISSUER, "aud": "https://api.k2.com/", "sub": "bob", "exp": NOW + 3600 });
    let token = doorward_testkit::sign(&other.key, &json!({ "alg": "RS256" }), &claims);
    assert_eq!(world.driven.verify(&token).code(), Code::Pending);
    assert_eq!(world.driven.resolve(&token).code(), Code::Ok);
}

#[test]
fn explain_asks_for_nothing_and_is_never_pending() {
    let world = World::new();
    let header = format!("Bearer {}", world.driven.token(&Signer::new("unknown")));
    let request = doorward::Request::new("api").authorization(header.as_bytes());
    for _ in 0..3 {
        let explanation = world.driven.verifier.explain(&request);
        assert_eq!(explanation.code(), Code::KeyUnknown, "as asking would show, most likely");
        let advice = explanation.advice().join(" ");
        assert!(advice.contains(&world.server.url(KEYS)), "{advice}");
        world.driven.after(0);
    }
    assert_eq!(world.requests(), 1);
    assert_eq!(world.driven.verifier.verify(&request).code(), Code::Pending, "the budget is still there");
}

#[test]
fn keys_that_have_grown_too_old_are_asked_for() {
    let world = World::new();
    world.driven.set_time(NOW + 25 * 3600);
    let token = world.driven.token(&world.signer);
    assert_eq!(world.driven.verify(&token).code(), Code::Pending);
    assert_eq!(world.driven.resolve(&token).code(), Code::Ok);
}

#[test]
fn a_shorter_age_by_reload_is_kept_up_with() {
    let world = World::new();
    let mut configuration = doorward_testkit::fetched::configuration(&world.server);
    configuration["max_key_age"] = json!("5m");
    world.driven.verifier.reload(&doorward::Config::from_json(configuration.to_string())).unwrap();
    for _ in 0..40 {
        world.driven.after(60);
        assert_eq!(world.driven.code(&world.signer), Code::Ok);
    }
}
