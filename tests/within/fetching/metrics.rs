//! Counters, health and what they must not show.

use doorward::{Config, Verifier};
use doorward_testkit::fetched::{KEYS, Signer, World, set};
use doorward_testkit::server::Answer;
use serde_json::Value;

fn value(text: &str, sample: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok())
}

#[test]
fn every_verdict_and_every_refresh_is_counted() {
    let world = World::new();
    let bad = world.driven.token(&Signer::new("unknown"));
    world.driven.verify("x");
    assert!(!world.driven.resolve(&bad).is_accepted());
    world.server.set(KEYS, Answer::status(500));
    world.driven.after(2 * 3600);
    let text = world.driven.verifier.metrics();
    for (sample, expected) in [
        (r#"doorward_verdicts_total{api="api",code="0",name="Ok"}"#, 1.0),
        (r#"doorward_verdicts_total{api="api",code="3001",name="TokenMalformed"}"#, 1.0),
        (r#"doorward_verdicts_total{api="api",code="3006",name="KeyUnknown"}"#, 1.0),
        (r#"doorward_key_refreshes_total{issuer="main",outcome="changed"}"#, 1.0),
        (r#"doorward_key_refreshes_total{issuer="main",outcome="unchanged"}"#, 1.0),
        (r#"doorward_key_refreshes_total{issuer="main",outcome="failed"}"#, 1.0),
        (r#"doorward_keys{issuer="main"}"#, 1.0),
        (r#"doorward_keys_age_seconds{issuer="main"}"#, 7200.0),
        (r#"doorward_waiting_requests{issuer="main"}"#, 0.0),
        ("doorward_resolve_seconds_count", 1.0),
        (r#"doorward_resolve_seconds_bucket{le="+Inf"}"#, 1.0),
        ("doorward_panics_total", 0.0),
    ] {
        assert_eq!(value(&text, sample), Some(expected), "{sample}\n{text}");
    }
}

#[test]
fn the_text_is_of_the_format() {
    let world = World::new();
    let text = world.driven.verifier.metrics();
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap().to_owned();
        } else if !line.starts_with("# HELP ") {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(&family), "{line} is not of {family}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(!name.contains('{') || name.ends_with('}'), "{line}");
        }
    }
    assert!(text.ends_with('\n'));
}

#[test]
fn counters_go_on_through_a_reload() {
    let world = World::new();
    let config = Config::from_json(doorward_testkit::fetched::configuration(&world.server).to_string());
    world.driven.verifier.reload(&config).unwrap();
    assert_eq!(world.driven.code(&world.signer), doorward::Code::Ok);
    let text = world.driven.verifier.metrics();
    assert_eq!(value(&text, r#"doorward_verdicts_total{api="api",code="0",name="Ok"}"#), Some(2.0), "{text}");
}

#[test]
fn nothing_of_a_token_or_a_key_is_told() {
    let world = World::new();
    let token = world.driven.token(&world.signer);
    world.driven.verify(&token);
    let jwk = world.signer.jwk();
    let told = format!("{}{}", world.driven.verifier.metrics(), world.driven.verifier.health().to_json());
    for secret in [token.rsplit('.').next().unwrap(), jwk["x"].as_str().unwrap(), jwk["y"].as_str().unwrap()] {
        assert!(!told.contains(secret));
    }
    assert!(told.contains("first"), "the key id is told");
}

#[test]
fn health_tells_how_far_the_clock_of_the_provider_is_off() {
    let world = World::new();
    let told = |date: &str, age: &str| {
        let answer = Answer::json(set(&[&world.signer])).header("Date", date).header("Age", age);
        world.server.set(KEYS, answer);
        world.driven.after(2 * 3600);
        world.driven.health().clock_difference
    };
    let date = |ahead: i64| {
        let date = jiff::Timestamp::from_second(world.driven.now() + 2 * 3600 + ahead).unwrap();
        date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    };
    for (ahead, age, expected) in [
        (0, "0", Some(0)),
        (90, "0", Some(90)),
        (-60, "20", Some(-40)),
        (0, "-5", Some(0)),
        (7, "yesterday", Some(7)),
        (0, "9223372036854775807", None),
    ] {
        assert_eq!(told(&date(ahead), age), expected, "{ahead} {age}");
    }
    assert_eq!((told("yesterday", "0"), told("", "0"), told(&date(3), "0")), (None, None, Some(3)));
    let health: Value = serde_json::from_str(&world.driven.verifier.health().to_json()).unwrap();
    assert_eq!(health["issuers"][0]["clock_difference_seconds"], 3);
}

#[test]
fn health_is_json_with_every_issuer() {
    let world = World::new();
    let health: Value = serde_json::from_str(&world.driven.verifier.health().to_json()).unwrap();
    assert_eq!(health["ready"], true);
    let issuer = &health["issuers"][0];
    assert_eq!((&issuer["name"], &issuer["from"], &issuer["keys"]), (&"main".into(), &"network".into(), &1.into()));
    assert_eq!(issuer["key_ids"][0]["key_id"], "first");
    assert_eq!(issuer["address"], world.server.url(KEYS));
    let fixed = Config::from_json(
        doorward_testkit::configuration(&[world.signer.jwk()], &[doorward::Algorithm::ES256]).to_string(),
    );
    let health: Value = serde_json::from_str(&Verifier::open(&fixed).unwrap().health().to_json()).unwrap();
    assert_eq!(health["issuers"][0]["from"], "configuration");
}
