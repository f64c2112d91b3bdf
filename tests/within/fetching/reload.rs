//! Another configuration, by the host or by the file.

use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::NOW;
use doorward_testkit::fetched::{ISSUER, KEYS, Signer, World, configuration, set};
use doorward_testkit::server::{Answer, Authority, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

fn changed(world: &World, change: impl Fn(&mut Value)) -> Config {
    let mut configuration = configuration(&world.server);
    change(&mut configuration);
    Config::from_json(configuration.to_string())
}

#[test]
fn keys_that_are_still_wanted_are_kept() {
    let world = World::new();
    let changes: [fn(&mut Value); 4] = [
        |_| {},
        |configuration| configuration["clock_skew"] = json!("0s"),
        |configuration| configuration["max_key_age"] = json!("12h"),
        |configuration| configuration["issuers"]["main"]["timeout"] = json!("2s"),
    ];
    for change in changes {
        world.driven.verifier.reload(&changed(&world, change)).unwrap();
        assert_eq!(world.driven.code(&world.signer), Code::Ok);
        world.driven.verifier.poll();
        assert_eq!(world.requests(), 1);
    }
    world.driven.after(3600);
    world.driven.after(3600);
    assert!(world.requests() >= 2, "they are refreshed as before");
}

#[test]
fn keys_under_another_trust_are_fetched_anew() {
    let world = World::new();
    let file = doorward_testkit::scratch().join(format!("ca-{}.pem", std::process::id()));
    fs::write(&file, Authority::new().pem()).unwrap();
    let other = |configuration: &mut Value| configuration["issuers"]["main"]["ca_file"] = json!(file.to_str().unwrap());
    world.driven.verifier.reload(&changed(&world, other)).unwrap();
    assert_eq!(world.driven.code(&world.signer), Code::Pending);
}

#[test]
fn a_first_use_beside_a_reload_takes_care_of_the_new_keys() {
    let signer = Signer::new("a");
    let servers = [Server::start(), Server::start()];
    let configs = servers.each_ref().map(|server| {
        server.set(KEYS, Answer::json(set(&[&signer])));
        Config::from_json(configuration(server).to_string())
    });
    for _ in 0..30 {
        let verifier = Verifier::open_with_clock(&configs[0], Clock::fixed(NOW)).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| verifier.start());
            scope.spawn(|| verifier.reload(&configs[1]).unwrap());
        });
        verifier.start();
        let end = Instant::now() + Duration::from_secs(5);
        while !verifier.health().is_ready() {
            assert!(Instant::now() < end, "nobody fetches the new keys");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn a_bad_document_leaves_everything_as_it_was() {
    let world = World::new();
    let bad = |configuration: &mut Value| configuration["issuers"]["main"]["jwks_url"] = json!("http://evil.example/");
    let error = world.driven.verifier.reload(&changed(&world, bad)).unwrap_err();
    assert_eq!(error.path(), "issuers.main.jwks_url");
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
    assert!(world.driven.verifier.metrics().contains("doorward_reloads_total{outcome=\"refused\"} 1"));
}

#[test]
fn an_issuer_that_is_new_is_fetched_and_one_that_is_gone_is_not() {
    let world = World::new();
    let (server, signer) = (Server::start(), Signer::new("b"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    world.driven.verifier.reload(&Config::from_json(configuration(&server).to_string())).unwrap();
    assert_eq!(world.driven.resolve(&world.driven.token(&signer)).code(), Code::Ok);
    world.driven.after(2 * 3600);
    assert_eq!((world.requests(), server.requests(KEYS)), (1, 2));
}

/// A configuration in a file that is watched.
struct Watched {
    file: PathBuf,
    configuration: Value,
    verifier: Verifier,
    signer: Signer,
    _server: Server,
}

impl Watched {
    fn new(name: &str) -> Self {
        let (server, signer) = (Server::start(), Signer::new("a"));
        server.set(KEYS, Answer::json(set(&[&signer])));
        let file = doorward_testkit::scratch().join(format!("watched-{name}-{}.json", std::process::id()));
        let mut configuration = configuration(&server);
        configuration["watch"] = json!(true);
        fs::write(&file, configuration.to_string()).unwrap();
        let verifier = Verifier::open_with_clock(&Config::from_file(&file).unwrap(), Clock::fixed(NOW)).unwrap();
        assert!(verifier.wait_for_keys(Duration::from_secs(10)));
        Self { file, configuration, verifier, signer, _server: server }
    }

    fn code(&self) -> Code {
        let header = format!("Bearer {}", self.signer.token(ISSUER, NOW));
        self.verifier.verify(&Request::new("api").authorization(header.as_bytes())).code()
    }

    fn becomes(&self, expected: Code) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while self.code() != expected && Instant::now() < end {
            thread::sleep(Duration::from_millis(20));
        }
        self.code() == expected
    }
}

#[test]
fn a_file_that_changes_is_read_again() {
    let mut watched = Watched::new("good");
    assert_eq!(watched.code(), Code::Ok);
    watched.configuration["apis"]["api"]["enabled"] = json!(false);
    fs::write(&watched.file, watched.configuration.to_string()).unwrap();
    assert!(watched.becomes(Code::ApiDisabled));
    fs::write(&watched.file, "{").unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    let refused = || watched.verifier.metrics().contains("doorward_reloads_total{outcome=\"refused\"} 1");
    while !refused() && Instant::now() < end {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(refused(), "a broken file is told once");
    assert_eq!(watched.code(), Code::ApiDisabled);
    watched.configuration["apis"]["api"]["enabled"] = json!(true);
    fs::write(&watched.file, watched.configuration.to_string()).unwrap();
    assert!(watched.becomes(Code::Ok));
    fs::remove_file(&watched.file).unwrap();
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(watched.code(), Code::Ok, "a file that is gone leaves what was read");
}

#[test]
fn a_change_before_the_opening_is_not_lost() {
    let watched = Watched::new("early");
    let config = Config::from_file(&watched.file).unwrap();
    let mut off = watched.configuration.clone();
    off["apis"]["api"]["enabled"] = json!(false);
    fs::write(&watched.file, off.to_string()).unwrap();
    watched.verifier.reload(&config).unwrap();
    assert!(watched.becomes(Code::ApiDisabled), "the file had changed after it was read");
    let _ = fs::remove_file(&watched.file);
}

#[test]
fn a_file_of_the_future_is_read_once() {
    let watched = Watched::new("future");
    let file = fs::File::options().write(true).open(&watched.file).unwrap();
    file.set_modified(std::time::SystemTime::now() + Duration::from_secs(86_400)).unwrap();
    thread::sleep(Duration::from_millis(3500));
    let metrics = watched.verifier.metrics();
    assert!(metrics.contains("doorward_reloads_total{outcome=\"good\"} 1"), "{metrics}");
    let _ = fs::remove_file(&watched.file);
}

#[test]
fn a_file_is_not_watched_unless_it_says_so() {
    let watched = Watched::new("off");
    let mut off = watched.configuration.clone();
    off["watch"] = json!(false);
    let verifier = &watched.verifier;
    fs::write(&watched.file, off.to_string()).unwrap();
    verifier.reload(&Config::from_file(&watched.file).unwrap()).unwrap();
    off["apis"]["api"]["enabled"] = json!(false);
    fs::write(&watched.file, off.to_string()).unwrap();
    thread::sleep(Duration::from_millis(2500));
    assert_eq!(watched.code(), Code::Ok);
    let _ = fs::remove_file(&watched.file);
}
