//! The attacks by way of what is fetched: discovery documents, key sets, and requests that ask for them.

use super::functions_keys;
use doorward::{Algorithm, Code, Config, Request, Verifier, limits};
use doorward_testkit::fetched::{DISCOVERY, Driven, ISSUER, KEYS, Signer, World, configuration_of, discovery, set};
use doorward_testkit::server::{Answer, Authority, Server, closed_port};
use doorward_testkit::{NOW, TestKey, waits};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// A world whose keys serve for a month without a refresh.
fn for_long() -> World {
    World::with(|configuration| configuration["max_key_age"] = json!("720h"))
}

/// A provider with discovery, and a verifier that was told of it.
fn discovered(server: &Server, document: &str, change: impl Fn(&mut Value)) -> Driven {
    server.set(DISCOVERY, Answer::json(document));
    let mut issuer = json!({ "issuer": ISSUER, "oidc": server.url("") });
    change(&mut issuer);
    Driven::loaded(&configuration_of(issuer))
}

pub fn discovery_leads_nowhere_else() {
    let (server, canary, signer) = (Server::start(), Server::start(), Signer::new("a"));
    for provider in [&server, &canary] {
        provider.set(KEYS, Answer::json(set(&[&signer])));
    }
    let elsewhere = canary.url(KEYS).replace("127.0.0.1", "localhost");
    for refused in [
        elsewhere.as_str(),
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/keys",
        "http://intern.example/keys",
        "file:///etc/passwd",
        "//localhost/keys",
        "",
    ] {
        let driven = discovered(&server, &discovery(ISSUER, refused), |_| {});
        assert!(driven.failure().contains("jwks_uri"), "{refused}: {}", driven.failure());
        assert_eq!(driven.health().keys, 0);
    }
    assert_eq!((server.requests(KEYS), canary.connections()), (0, 0));
    let own = discovered(&server, &discovery(ISSUER, &server.url(KEYS)), |_| {});
    assert_eq!(own.code(&signer), Code::Ok);
    let listed =
        discovered(&server, &discovery(ISSUER, &elsewhere), |issuer| issuer["jwks_hosts"] = json!(["localhost"]));
    assert_eq!(listed.code(&signer), Code::Ok, "{}", listed.failure());
    for address in ["http://169.254.169.254/keys", "http://intern.example/keys", "file:///etc/passwd", "ftp://a/"] {
        for field in ["oidc", "jwks_url"] {
            let configuration = configuration_of(json!({ "issuer": ISSUER, field: address }));
            let error = Verifier::open(&Config::from_json(configuration.to_string())).unwrap_err();
            assert_eq!(error.path(), format!("issuers.main.{field}"), "{address}");
        }
    }
}

pub fn redirects_stay_on_the_host() {
    let authority = Authority::new();
    let (world, canary) = (for_long(), Server::start());
    let (tls, other) = (Server::start_tls(&authority, &["127.0.0.1"]), Signer::new("evil"));
    canary.set(KEYS, Answer::json(set(&[&other])));
    for code in [301, 302, 303, 307, 308] {
        for location in [canary.url(KEYS), canary.url(KEYS).replace("127.0.0.1", "localhost"), tls.url(KEYS)] {
            world.server.set(KEYS, Answer::redirect(code, &location));
            world.driven.after(2 * 3600);
            assert!(world.driven.failure().contains("redirect"), "{code} {location}: {}", world.driven.failure());
            assert_eq!(world.driven.code(&world.signer), Code::Ok);
        }
    }
    for location in ["//evil.example/keys", "file:///etc/passwd", "keys", "http://169.254.169.254/"] {
        world.server.set(KEYS, Answer::redirect(302, location));
        world.driven.after(300);
        assert!(world.driven.failure().contains("redirect"), "{location}: {}", world.driven.failure());
    }
    world.server.set(KEYS, Answer::redirect(302, KEYS));
    world.driven.after(300);
    assert!(world.driven.failure().contains("too often"));
    assert_eq!((canary.connections(), tls.connections()), (0, 0));
    world.server.set("/moved", Answer::json(set(&[&other])));
    world.server.set(KEYS, Answer::redirect(301, "/moved"));
    world.driven.after(300);
    assert_eq!(world.driven.code(&other), Code::Ok, "a redirect to the same host is followed");
}

pub fn a_discovery_document_is_the_issuers_own() {
    let (server, signer) = (Server::start(), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let without_slash = ISSUER.trim_end_matches('/');
    for other in ["https://evil.example/", without_slash, "HTTPS://ISSUER.EXAMPLE/", "", "https://issuer.example/x"] {
        let driven = discovered(&server, &discovery(other, &server.url(KEYS)), |_| {});
        assert!(driven.failure().contains("issuer"), "{other}: {}", driven.failure());
        assert_ne!(driven.code(&signer), Code::Ok);
    }
    assert_eq!(server.requests(KEYS), 0);
    let good = discovered(&server, &discovery(ISSUER, &server.url(KEYS)), |_| {});
    assert_eq!(good.code(&signer), Code::Ok);
}

pub fn answers_are_bounded_in_size() {
    let world = World::new();
    let padded = |bytes: usize| {
        let set = set(&[&world.signer]);
        format!("{set}{}", " ".repeat(bytes - set.len()))
    };
    let plain = set(&[&world.signer]);
    let chunked = format!("{:x}\r\n{plain}\r\n0\r\n\r\n", plain.len());
    let lengths = |body: &str, headers: [(&str, &str); 2]| {
        headers.into_iter().fold(Answer::json(body), |answer, (name, value)| answer.header(name, value))
    };
    for (name, answer) in [
        ("endless", Answer::endless()),
        ("too large by a byte", Answer::json(padded(limits::KEY_SET_BYTES + 1))),
        ("a bomb", Answer::gzip_bomb()),
        ("a large head", Answer::huge_head()),
        ("compressed", Answer::json(set(&[&world.signer])).header("Content-Encoding", "gzip")),
        (
            "two lengths",
            lengths(&chunked, [("Content-Length", &chunked.len().to_string()), ("Transfer-Encoding", "chunked")]),
        ),
        ("the same in turn", lengths(&chunked, [("Transfer-Encoding", "chunked"), ("Content-Length", "5")])),
        ("a length twice", lengths(&plain, [("Content-Length", &plain.len().to_string()); 2])),
    ] {
        world.server.set(KEYS, answer);
        world.driven.after(2 * 3600);
        let failure = world.driven.failure();
        assert!(!failure.is_empty() && !failure.contains("in time"), "{name}: {failure}");
        assert_eq!(world.driven.code(&world.signer), Code::Ok, "{name}");
    }
    let encodings = world.server.last_request(KEYS).unwrap();
    assert_eq!(encodings.header("accept-encoding"), None, "nothing compressed is asked for");
    for good in
        [Answer::json(padded(limits::KEY_SET_BYTES)), Answer::json(&*chunked).header("Transfer-Encoding", "chunked")]
    {
        world.server.set(KEYS, good);
        world.driven.after(2 * 3600);
        assert_eq!(world.driven.failure(), "");
    }
}

pub fn the_time_of_a_fetch_is_bounded_as_a_whole() {
    let world = World::with(|configuration| configuration["issuers"]["main"]["timeout"] = json!("1s"));
    let body = set(&[&world.signer]);
    for (name, answer) in [
        ("a byte now and then", Answer::drip(1, Duration::from_millis(100), body.clone())),
        ("no answer", Answer::stall()),
        ("no body", Answer::stall_after_head()),
    ] {
        world.server.set(KEYS, answer);
        // Each would last for ever, or for as many seconds as a set has tens of bytes.
        world.driven.after(2 * 3600);
        assert!(world.driven.failure().contains("in time"), "{name}: {}", world.driven.failure());
        assert_eq!(world.driven.code(&world.signer), Code::Ok, "{name}");
    }
    let silent = Server::silent();
    let driven =
        Driven::open(&configuration_of(json!({ "issuer": ISSUER, "jwks_url": silent.url(KEYS), "timeout": "1s" })));
    driven.verifier.poll();
    assert!(driven.failure().contains("in time"), "a silent handshake");
    world.server.set(KEYS, Answer::drip(body.len() / 4, Duration::from_millis(50), body));
    world.driven.after(300);
    assert_eq!(world.driven.failure(), "", "slow and whole is good");
}

pub fn answers_that_are_no_key_set_change_nothing() {
    functions_keys::bad_key_sets_never_replace_good_ones();
    let world = for_long();
    let good = set(&[&Signer::new("other")]);
    let html = "<html><body>Sign in to the hotel's network</body></html>";
    let bodies = [
        Answer::json(html),
        Answer::json(html).content_type("text/html; charset=utf-8"),
        Answer::json(good.clone()).content_type("text/html"),
        Answer::json(good.clone()).content_type("image/png"),
        Answer::status(500).body(good.clone()),
        Answer::status(404),
        Answer::status(204),
        Answer::status(304),
        Answer::json(""),
        Answer::json(&good[..good.len() - 2]),
        Answer::truncated(good.clone()),
        Answer::json("[]"),
        Answer::json("null"),
        Answer::json("\"keys\""),
        Answer::json(r#"{"keys":{}}"#),
        Answer::json(r#"{"keys":null}"#),
        Answer::json(r#"{"error":"temporarily_unavailable"}"#),
        Answer::json(format!("{good}{good}")),
        Answer::json("[".repeat(100_000)),
        Answer::garbage(),
        Answer::close(),
    ];
    for (index, answer) in bodies.into_iter().enumerate() {
        world.server.set(KEYS, answer);
        world.driven.after(2 * 3600);
        assert!(!world.driven.failure().is_empty(), "answer {index} was taken for a key set");
        assert_eq!(world.driven.health().key_ids[0].0.as_deref(), Some("first"), "answer {index}");
        assert_eq!(world.driven.code(&world.signer), Code::Ok, "answer {index}");
    }
    for kind in
        ["application/json", "application/jwk-set+json", "text/plain; charset=utf-8", "application/octet-stream"]
    {
        world.server.set(KEYS, Answer::json(good.clone()).content_type(kind));
        world.driven.after(2 * 3600);
        assert_eq!(world.driven.failure(), "", "{kind}");
        assert_eq!(world.driven.health().key_ids[0].0.as_deref(), Some("other"));
    }
}

/// Keys that can't be used, each with a word of the reason.
fn unusable_keys() -> Vec<(Value, &'static str)> {
    let good = Signer::new("x");
    let with = |name: &str, value: Value| {
        let mut jwk = good.jwk();
        jwk[name] = value;
        jwk
    };
    vec![
        (json!({ "kty": "AKP", "kid": "x" }), "kty"),
        (with("use", json!("enc")), "use"),
        (with("key_ops", json!(["encrypt"])), "key_ops"),
        (with("d", json!("AAAA")), "private"),
        (with("x", json!("AAAA")), "length"),
        (with("alg", json!("RS256")), "alg"),
        (with("kid", json!(7)), "kid"),
        (json!({ "kty": "RSA", "kid": "x", "n": "AQAB", "e": "AQAB" }), "2048"),
        (json!({ "kty": "oct", "kid": "x", "k": "A".repeat(86) }), "secret"),
        (json!("x"), "object"),
        (json!(null), "object"),
    ]
}

pub fn keys_are_judged_one_by_one() {
    let (world, good) = (World::new(), Signer::new("good"));
    for (bad, reason) in unusable_keys() {
        let mixed = json!({ "keys": [bad.clone(), good.jwk()] });
        world.server.set(KEYS, Answer::json(mixed.to_string()));
        world.driven.after(2 * 3600);
        let health = world.driven.health();
        assert_eq!((health.keys, health.skipped.len()), (1, 1), "{bad}");
        assert!(health.skipped[0].why.contains(reason), "{bad}: {}", health.skipped[0].why);
        assert_eq!(world.driven.code(&good), Code::Ok);
        let alone = json!({ "keys": [bad] });
        world.server.set(KEYS, Answer::json(alone.to_string()));
        world.driven.after(2 * 3600);
        assert!(world.driven.failure().contains("no usable key"), "{bad}: {}", world.driven.failure());
        assert_eq!(world.driven.code(&good), Code::Ok, "a set without a usable key replaces nothing");
    }
    world.server.set(KEYS, Answer::json(r#"{"keys":[]}"#));
    world.driven.after(300);
    assert_eq!(world.driven.code(&good), Code::Ok, "an empty set replaces nothing");
    let twice = json!({ "keys": [good.jwk(), Signer::new("good").jwk()] });
    world.server.set(KEYS, Answer::json(twice.to_string()));
    world.driven.after(300);
    assert_eq!(world.driven.health().skipped.len(), 1, "of two keys of one id, the first serves");
    assert_eq!(world.driven.code(&good), Code::Ok);
    world.server.set(KEYS, Answer::json(set(&[&world.signer])));
    world.driven.after(2 * 3600);
    assert_ne!(world.driven.code(&good), Code::Ok, "a key that is gone stops at the next refresh");
}

pub fn keys_end_when_their_provider_is_gone_for_long() {
    let world = World::new();
    world.server.set(KEYS, Answer::status(503));
    for (hours, expected) in [(1, Code::Ok), (12, Code::Ok), (24, Code::Ok), (25, Code::KeysStale)] {
        world.driven.set_time(NOW + hours * 3600);
        world.driven.verifier.poll();
        assert_eq!(world.driven.settled(&world.signer), expected, "after {hours} hours");
    }
    for (seconds, expected) in [(24 * 3600, Code::Ok), (24 * 3600 + 1, Code::KeysStale)] {
        world.driven.set_time(NOW + seconds);
        assert_eq!(world.driven.settled(&world.signer), expected, "after {seconds} seconds");
    }
    let verdict = world.driven.resolve(&world.driven.token(&world.signer));
    let denial = verdict.denial().unwrap();
    assert_eq!((denial.http(), denial.challenge()), (503, ""));
    assert!(denial.retry_after().is_some_and(|seconds| (1..=60).contains(&seconds)));
    world.server.set(KEYS, Answer::json(set(&[&world.signer])));
    world.driven.after(600);
    assert_eq!(world.driven.code(&world.signer), Code::Ok, "it is back");
}

/// A token by a key that nobody knows.
fn unknown(number: usize, now: i64, key: &TestKey) -> String {
    let header = json!({ "alg": "ES256", "kid": format!("unknown-{number}") });
    let claims = json!({ "iss": ISSUER, "aud": "https://api.k2.com/", "sub": "eve", "exp": now + 3600 });
    doorward_testkit::sign(key, &header, &claims)
}

/// A request with an unknown key id each second, for some minutes. Every third one is also resolved.
fn flood(world: &World, minutes: i64) {
    let key = TestKey::generate(Algorithm::ES256).unwrap();
    for second in 0..minutes * 60 {
        let token = unknown(second as usize, world.driven.now(), &key);
        let code = if second % 3 == 0 { world.driven.resolve(&token) } else { world.driven.verify(&token) }.code();
        assert!([Code::KeyUnknown, Code::Pending, Code::KeysUnavailable].contains(&code), "{code}");
        world.driven.after(1);
    }
}

pub fn unknown_keys_cost_one_fetch_a_minute() {
    let world = World::new();
    let before = world.requests();
    flood(&world, 10);
    let fetches = world.requests() - before;
    assert!((9..=11).contains(&fetches), "{fetches} fetches in ten minutes");
    // The same key id again and again is remembered, and costs less.
    let (before, key) = (world.requests(), TestKey::generate(Algorithm::ES256).unwrap());
    for _ in 0..600 {
        world.driven.resolve(&unknown(0, world.driven.now(), &key));
        world.driven.after(1);
    }
    let fetches = world.requests() - before;
    assert!((2..=4).contains(&fetches), "{fetches} fetches in ten minutes for one key id");
}

pub fn an_empty_set_does_not_lift_the_bound() {
    let world = World::new();
    for answer in [Answer::json(r#"{"keys":[]}"#), Answer::status(500)] {
        world.server.set(KEYS, answer);
        let before = world.requests();
        flood(&world, 10);
        // Failures are tried again on their own schedule, which doubles up to five minutes.
        let fetches = world.requests() - before;
        assert!(fetches <= 11 + 12, "{fetches} fetches in ten minutes");
    }
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
}

pub fn a_flood_evicts_nothing_and_blocks_nobody() {
    let (server, signer) = (Server::start(), Signer::new("first"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let configuration = doorward_testkit::fetched::configuration(&server);
    let config = Config::from_json(configuration.to_string());
    let clock = doorward::Clock::fixed(NOW);
    let verifier = Verifier::open_with_clock(&config, clock).unwrap();
    assert!(verifier.wait_for_keys(Duration::from_secs(10)));
    // From here on the provider hangs, and each unknown key id finds a refresh under way.
    server.set(KEYS, Answer::stall());
    let ended = AtomicBool::new(false);
    let good = format!("Bearer {}", signer.token(ISSUER, NOW));
    let key = TestKey::generate(Algorithm::ES256).unwrap();
    let tokens: Vec<_> = (0..64).map(|number| format!("Bearer {}", unknown(number, NOW, &key))).collect();
    thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                for token in &tokens {
                    let code = verifier.verify(&Request::new("api").authorization(token.as_bytes())).code();
                    assert_ne!(code, Code::Ok);
                }
            }
        });
        server.wait_for_requests(KEYS, 2);
        let before = waits();
        for _ in 0..2_000 {
            let code = verifier.verify(&Request::new("api").authorization(good.as_bytes())).code();
            assert_eq!(code, Code::Ok);
        }
        let waited = waits() - before;
        assert!(waited < 20, "2,000 good tokens waited {waited} times");
        ended.store(true, Ordering::Relaxed);
    });
}

pub fn a_flood_does_not_starve_a_rotation() {
    let world = World::new();
    let new = Signer::new("second");
    flood(&world, 5);
    world.server.set(KEYS, Answer::json(set(&[&world.signer, &new])));
    flood(&world, 2);
    assert_eq!(world.driven.code(&new), Code::Ok, "the refresh that a flood pays for brings every key");
    // A flood of one key id that is remembered pays for none: the schedule brings the next one.
    let third = Signer::new("third");
    world.server.set(KEYS, Answer::json(set(&[&third])));
    for _ in 0..67 {
        world.driven.verify(&unknown(0, world.driven.now(), &world.signer.key));
        world.driven.after(60);
    }
    assert_eq!(world.driven.code(&third), Code::Ok);
}

pub fn fetches_that_are_cut_off_leave_nothing_behind() {
    let (server, signer) = (Server::start(), Signer::new("first"));
    server.script(KEYS, vec![Answer::json(set(&[&signer])), Answer::stall()]);
    let configuration = doorward_testkit::fetched::configuration(&server);
    let config = Config::from_json(configuration.to_string());
    let good = Arc::new(format!("Bearer {}", signer.token(ISSUER, NOW)));
    let key = TestKey::generate(Algorithm::ES256).unwrap();
    for round in 0..20 {
        let verifier = Arc::new(Verifier::open_with_clock(&config, doorward::Clock::fixed(NOW)).unwrap());
        let bad = format!("Bearer {}", unknown(round, NOW, &key));
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (verifier, good, bad, config) = (verifier.clone(), good.clone(), bad.clone(), config.clone());
                thread::spawn(move || match number % 4 {
                    0 => drop(verifier.verify(&Request::new("api").authorization(good.as_bytes()))),
                    1 => drop(verifier.verify(&Request::new("api").authorization(bad.as_bytes()))),
                    2 => verifier.reload(&config).unwrap(),
                    _ => drop(verifier.health().to_json() + &verifier.metrics()),
                })
            })
            .collect();
        // The last of them drops the verifier, in the midst of a fetch.
        drop(verifier);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
    server.set(KEYS, Answer::json(set(&[&signer])));
    let verifier = Verifier::open_with_clock(&config, doorward::Clock::fixed(NOW)).unwrap();
    assert!(verifier.wait_for_keys(Duration::from_secs(10)));
    assert!(verifier.verify(&Request::new("api").authorization(good.as_bytes())).is_accepted());
}

pub fn what_the_server_says_of_time_is_clamped() {
    let day = 24 * 3600;
    for (header, least, most) in [
        ("max-age=0", 60, 66),
        ("no-store", 60, 66),
        ("no-cache, max-age=86400", 60, 66),
        ("max-age=86400, no-store", 60, 66),
        ("max-age=315360000", day * 9 / 10, day),
        ("max-age=99999999999999999999999999", day * 9 / 10, day),
        ("public, max-age=600", 540, 660),
        ("max-age=-1", 3240, 3960),
        ("max-age=abc", 3240, 3960),
        ("", 3240, 3960),
    ] {
        let (server, signer) = (Server::start(), Signer::new("a"));
        let answer = Answer::json(set(&[&signer])).header("Cache-Control", header);
        server.set(KEYS, answer.header("Date", "Thu, 01 Jan 1970 00:00:00 GMT").header("Expires", "0"));
        let mut configuration = doorward_testkit::fetched::configuration(&server);
        configuration["max_key_age"] = json!("720h");
        let driven = Driven::loaded(&configuration);
        let next = driven.health().next_refresh_at.unwrap() - NOW;
        assert!((least..=most).contains(&next), "{header}: {next} seconds");
    }
}

pub fn a_published_set_has_a_most_number_of_keys() {
    functions_keys::a_key_set_has_a_most_number_of_keys();
    let world = World::new();
    let jwk = |number: usize| {
        let mut jwk = world.signer.jwk();
        jwk["kid"] = json!(format!("{number}"));
        jwk
    };
    let many = |count| json!({ "keys": (0..count).map(jwk).collect::<Vec<_>>() }).to_string();
    for (count, good) in [(limits::KEY_SET_KEYS + 1, false), (10_000, false), (limits::KEY_SET_KEYS, true)] {
        world.server.set(KEYS, Answer::json(many(count)));
        world.driven.after(2 * 3600);
        assert_eq!(world.driven.failure().is_empty(), good, "{count}: {}", world.driven.failure());
        assert_eq!(world.driven.health().keys, if good { count } else { 1 });
    }
}

pub fn secrets_are_not_taken_from_a_provider() {
    let (server, public) = (Server::start(), Signer::new("public"));
    let secret = Signer::of(Algorithm::HS256, "secret");
    server.set(KEYS, Answer::json(set(&[&secret, &public])));
    let driven = Driven::loaded(&doorward_testkit::fetched::configuration(&server));
    assert_eq!(driven.code(&secret), Code::AlgorithmNotAllowed);
    assert_eq!(driven.code(&public), Code::Ok);
    assert_eq!(driven.health().skipped[0].key_id.as_deref(), Some("secret"));
    let mut configuration = doorward_testkit::fetched::configuration(&server);
    configuration["issuers"]["main"]["algorithms"] = json!(["ES256", "HS256"]);
    let error = Verifier::open(&Config::from_json(configuration.to_string())).unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::FieldInvalid, "issuers.main.algorithms[1]"));
}

pub fn a_key_that_is_replaced_under_its_id_is_fetched_once() {
    functions_keys::a_rotated_key_of_the_same_kid_is_the_only_one();
    let world = World::new();
    let replaced = Signer::new("first");
    world.server.set(KEYS, Answer::json(set(&[&replaced])));
    let token = world.driven.token(&replaced);
    assert_eq!(world.driven.resolve(&token).code(), Code::SignatureInvalid, "the provider was asked within a minute");
    world.driven.set_time(NOW + 60);
    assert_eq!(world.driven.verify(&token).code(), Code::Pending);
    assert_eq!(world.driven.resolve(&token).code(), Code::Ok);
    assert_eq!(world.driven.code(&world.signer), Code::SignatureInvalid, "the old one ends");
    let before = world.requests();
    for _ in 0..300 {
        world.driven.resolve(&world.driven.token(&world.signer));
        world.driven.after(1);
    }
    let fetches = world.requests() - before;
    assert!((4..=6).contains(&fetches), "{fetches} fetches in five minutes of forged tokens");
    let unreachable = format!("http://127.0.0.1:{}/keys", closed_port());
    assert!(
        Driven::loaded(&configuration_of(json!({ "issuer": ISSUER, "jwks_url": unreachable })))
            .failure()
            .contains("refuses")
    );
}
