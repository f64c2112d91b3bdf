//! The commands that fetch keys, against a server that answers well or badly.

use super::command::{Folder, code, json, run, start, stderr, stdout, text};
use doorward_testkit::server::{Answer, Server, closed_port};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long a test waits for a line before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// A folder for configurations, a server that publishes keys, and a private key to sign with.
struct World {
    folder: Folder,
    server: Server,
    key: String,
}

impl World {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let key = folder.path("key");
        text(&["key", "new", "--alg", "ES256", "--out", &key], b"", 0);
        let world = Self { folder, server: Server::start(), key };
        world.server.set("/keys", Answer::json(json!({ "keys": [world.jwk("k1")] }).to_string()));
        world
    }

    /// The public key under an id.
    fn jwk(&self, id: &str) -> Value {
        json(&["key", "public", &self.key, "--kid", id], b"", 0)["keys"][0].clone()
    }

    /// Publishes a discovery document of an issuer that names `/keys`.
    fn discover(&self, issuer: &str) {
        let document = json!({ "issuer": issuer, "jwks_uri": self.server.url("/keys") });
        self.server.set(WELL_KNOWN, Answer::json(document.to_string()));
    }

    /// An issuer by the address of its key set.
    fn by_address(&self) -> Value {
        issuer(&json!({ "issuer": "urn:try", "jwks_url": self.server.url("/keys") }))
    }

    /// An issuer by discovery.
    fn by_discovery(&self) -> Value {
        issuer(&json!({ "oidc": self.server.url("") }))
    }

    /// Writes a configuration with these issuers, and with the further fields of `more`.
    fn config(&self, issuers: &[(&str, Value)], more: Value) -> String {
        let names: Vec<_> = issuers.iter().map(|(name, _)| name).collect();
        let api = json!({ "enabled": true, "accept": ["bearer"], "issuers": names, "scopes": [] });
        let mut config = more;
        config["issuers"] = issuers.iter().map(|(name, issuer)| ((*name).to_owned(), issuer.clone())).collect();
        config["apis"] = json!({ "api": api });
        self.folder.write("doorward.json", &config.to_string())
    }

    fn one(&self, issuer: Value) -> String {
        self.config(&[("main", issuer)], json!({}))
    }

    fn bearer(&self, kid: &str) -> String {
        let fixed = ["token", "sign", "--key", &self.key, "--issuer", "urn:try", "--audience", "urn:api"];
        let token = text(&[&fixed[..], &["--subject", "bob", "--kid", kid]].concat(), b"", 0);
        format!("Bearer {}", token.trim_end())
    }
}

/// An issuer with what all of them have.
fn issuer(fields: &Value) -> Value {
    let mut issuer = json!({ "audiences": ["urn:api"], "algorithms": ["ES256"] });
    issuer.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    issuer
}

fn refused() -> Value {
    issuer(&json!({ "issuer": "urn:gone", "jwks_url": format!("http://127.0.0.1:{}/keys", closed_port()) }))
}

/// The words of a line, by its first word.
#[track_caller]
fn row<'t>(table: &'t str, first: &str) -> Vec<&'t str> {
    let rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.into_iter().find(|words| words.first() == Some(&first)).unwrap_or_else(|| panic!("{first}: {table}"))
}

#[test]
fn keys_are_fetched_from_an_address_and_by_discovery() {
    let world = World::new("fetch");
    world.discover(&world.server.url(""));
    let config = world.config(&[("main", world.by_address()), ("oidc", world.by_discovery())], json!({}));
    let table = text(&["keys", "fetch", "--config", &config], b"", 0);
    for name in ["main", "oidc"] {
        let row = row(&table, name);
        assert_eq!(row[1..6], ["k1", "EC", "ES256", "sig", "network"], "{table}");
        assert!(row.contains(&"in"), "the next refresh is told: {table}");
    }
    assert!(!table.contains("not fetched"), "{table}");
    let told = json(&["keys", "fetch", "--json", "--config", &config], b"", 0);
    assert_eq!(told["ok"], true);
    for issuer in told["issuers"].as_array().unwrap() {
        assert_eq!(issuer["keys"], json!([{ "key_id": "k1", "type": "EC", "algorithms": ["ES256"] }]), "{issuer}");
        assert_eq!(issuer["address"], world.server.url("/keys"), "{issuer}");
        assert_eq!((&issuer["from"], &issuer["failure"]), (&json!("network"), &Value::Null), "{issuer}");
        assert!(issuer["next_refresh_at"].is_i64() && issuer["age_seconds"].is_i64(), "{issuer}");
    }
}

#[test]
fn a_key_without_an_algorithm_is_one_row_for_all_that_it_serves() {
    let world = World::new("row");
    let private = text(&["key", "new", "--alg", "RS256"], b"", 0);
    let mut jwk = json(&["key", "public", "-", "--kid", "r"], private.as_bytes(), 0)["keys"][0].clone();
    jwk.as_object_mut().unwrap().remove("alg");
    let fields = json!({ "issuer": "urn:try", "algorithms": ["RS256", "PS256"], "jwks": { "keys": [jwk] } });
    let config = world.one(issuer(&fields));
    let table = text(&["keys", "show", "--config", &config], b"", 0);
    assert_eq!(
        row(&table, "main"),
        ["main", "r", "RSA", "RS256,", "PS256", "sig", "configuration", "-", "-"],
        "{table}"
    );
    assert_eq!(table.matches("main").count(), 1, "{table}");
}

#[test]
fn show_fetches_nothing_and_shows_what_fetch_has_left() {
    let world = World::new("snapshot");
    let inline = issuer(&json!({ "issuer": "urn:own", "jwks": { "keys": [world.jwk("own")] } }));
    let issuers = [("main", world.by_address()), ("own", inline)];
    let config = world.config(&issuers, json!({ "state_dir": "state" }));
    let before = text(&["keys", "show", "--config", &config], b"", 0);
    assert_eq!(row(&before, "main"), ["main", "-", "-", "-", "-", "nowhere", "-", "-"], "{before}");
    assert_eq!(row(&before, "own"), ["own", "own", "EC", "ES256", "sig", "configuration", "-", "-"], "{before}");
    assert_eq!(world.server.requests("/keys"), 0);
    text(&["keys", "fetch", "--config", &config], b"", 0);
    assert_eq!(world.server.requests("/keys"), 1);
    let after = text(&["keys", "show", "--config", &config], b"", 0);
    assert_eq!(row(&after, "main")[..6], ["main", "k1", "EC", "ES256", "sig", "snapshot"], "{after}");
    let told = json(&["keys", "show", "--json", "--config", &config], b"", 0);
    assert_eq!((&told["issuers"][0]["from"], &told["issuers"][0]["failure"]), (&json!("snapshot"), &Value::Null));
    assert!(told["issuers"][0]["age_seconds"].is_i64() && told.get("ok").is_none(), "{told}");
    assert_eq!(world.server.requests("/keys"), 1);
}

#[test]
fn an_old_snapshot_is_no_success_of_a_fetch() {
    let world = World::new("stale");
    let config = world.config(&[("main", world.by_address())], json!({ "state_dir": "state" }));
    text(&["keys", "fetch", "--config", &config], b"", 0);
    world.server.set("/keys", Answer::status(503));
    let table = text(&["keys", "fetch", "--config", &config], b"", 1);
    assert_eq!(row(&table, "main")[1..6], ["k1", "EC", "ES256", "sig", "snapshot"], "{table}");
    assert!(table.contains("not fetched\n  main  the server answers 503"), "{table}");
    let health = json(&["health", "--json", "--config", &config], b"", 0);
    assert_eq!((&health["ready"], &health["issuers"][0]["from"]), (&json!(true), &json!("snapshot")));
}

#[test]
fn what_failed_is_told_in_words() {
    let world = World::new("failed");
    world.server.set("/page", Answer::json("<html>").content_type("text/html"));
    let page = issuer(&json!({ "issuer": "urn:page", "jwks_url": world.server.url("/page") }));
    let other = issuer(&json!({ "issuer": "urn:rsa", "jwks_url": world.server.url("/keys"), "algorithms": ["RS256"] }));
    let issuers = [("main", world.by_address()), ("gone", refused()), ("page", page), ("rsa", other)];
    let config = world.config(&issuers, json!({}));
    let table = text(&["keys", "fetch", "--config", &config], b"", 1);
    assert_eq!(row(&table, "main")[1], "k1");
    let failures = table.split_once("not fetched\n").expect("failures stand at the end").1;
    assert_eq!(failures.lines().count(), 3, "{table}");
    for (line, words) in failures.lines().zip(["refuses the connection", "text/html, not JSON", "1 key, and none for"])
    {
        assert!(line.contains(words), "{line}");
    }
    let told = json(&["keys", "fetch", "--json", "--config", &config], b"", 1);
    let failed = told["issuers"].as_array().unwrap().iter().map(|issuer| !issuer["failure"].is_null());
    assert_eq!(failed.collect::<Vec<_>>(), [true, false, true, true], "by name: gone, main, page, rsa");
    assert_eq!(told["ok"], false);
}

#[test]
fn a_server_that_says_nothing_is_waited_for_as_long_as_was_asked() {
    let world = World::new("stall");
    world.server.set("/keys", Answer::stall());
    let config = world.one(world.by_address());
    let table = text(&["keys", "fetch", "--wait", "100ms", "--config", &config], b"", 1);
    assert!(table.contains("main  no answer yet"), "{table}");
    for wrong in ["-1s", "2h", "soon", "5"] {
        let output = run(&["keys", "fetch", "--config", &config, &format!("--wait={wrong}")], b"");
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{wrong}");
        assert!(stderr(&output).contains("such as 10s"), "{}", stderr(&output));
    }
}

#[test]
fn keys_that_are_not_used_are_told_with_the_reason() {
    let world = World::new("skipped");
    let mut encrypts = world.jwk("e\u{1b}[2J");
    encrypts["use"] = json!("enc");
    let set = json!({ "keys": [world.jwk("k1"), encrypts, { "kty": "oct", "kid": "s", "k": "c2VjcmV0" }] });
    world.server.set("/keys", Answer::json(set.to_string()));
    let inline = issuer(&json!({ "issuer": "urn:own", "jwks": { "keys": [world.jwk("own"), set["keys"][1]] } }));
    let config = world.config(&[("main", world.by_address()), ("own", inline)], json!({}));
    let table = text(&["keys", "fetch", "--config", &config], b"", 0);
    let skipped = table.split_once("not used\n").expect("they stand below").1;
    assert_eq!(skipped.lines().count(), 3, "{table}");
    assert!(skipped.lines().next().unwrap().trim_start().starts_with("main"), "{table}");
    assert!(skipped.contains("keys[2] (kid \"s\"): it is a secret"), "{table}");
    assert!(skipped.contains("issuers.own.jwks.keys[1]  the key (kid"), "{table}");
    assert!(table.chars().all(|character| character == '\n' || !character.is_control()), "{table:?}");
    assert!(!table.contains("c2VjcmV0"), "{table}");
    let told = json(&["keys", "fetch", "--json", "--config", &config], b"", 0);
    let skipped = &told["issuers"][0]["skipped"];
    assert_eq!((&skipped[0]["index"], &skipped[1]["key_id"]), (&json!(1), &json!("s")), "{told}");
    assert!(!skipped[0]["why"].as_str().unwrap().is_empty());
    assert_eq!(told["notes"][0]["path"], "issuers.own.jwks.keys[1]");
}

/// A command that goes on, until it is dropped.
struct Watching {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Watching {
    fn start(arguments: &[&str]) -> Self {
        let mut child = start(arguments).spawn().unwrap();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Waits for a line of standard output that begins with `start`.
    #[track_caller]
    fn wait_for(&self, start: &str) -> String {
        let lines = std::iter::from_fn(|| self.stdout.recv_timeout(PATIENCE).ok());
        lines.into_iter().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no line begins with {start}"))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    receiver
}

#[test]
fn watching_shows_what_has_changed() {
    let world = World::new("watch");
    let file = |id| world.folder.write("keys.json", &json!({ "keys": [world.jwk(id)] }).to_string());
    file("old");
    let config = world.one(issuer(&json!({ "issuer": "urn:own", "jwks_file": "keys.json" })));
    let watching = Watching::start(&["keys", "show", "--watch", "--json", "--config", &config]);
    let picture = || serde_json::from_str::<Value>(&watching.wait_for("{")).unwrap();
    let first = picture();
    file("new");
    let second = picture();
    let id = |picture: &Value| picture["issuers"][0]["keys"][0]["key_id"].clone();
    assert_eq!((id(&first), id(&second)), (json!("old"), json!("new")));
    assert!(first["at"].is_i64(), "{first}");
}

#[test]
fn watching_a_fetch_shows_when_it_succeeds_at_last() {
    let world = World::new("watch-fetch");
    world.server.set("/keys", Answer::status(503));
    let config = world.one(world.by_address());
    let watching = Watching::start(&["keys", "fetch", "--watch", "--config", &config]);
    assert_eq!(watching.wait_for("main").split_whitespace().nth(5), Some("nowhere"));
    world.server.set("/keys", Answer::json(json!({ "keys": [world.jwk("k1")] }).to_string()));
    while watching.wait_for("main").split_whitespace().nth(5) != Some("network") {}
}

#[test]
fn watching_survives_a_configuration_that_is_wrong_for_a_while() {
    let world = World::new("wrong");
    let config = world.one(world.by_address());
    let good = fs::read_to_string(&config).unwrap();
    let watching = Watching::start(&["keys", "show", "--watch", "--config", &config]);
    watching.wait_for("main");
    fs::write(&config, "{").unwrap();
    let fault = watching.stderr.recv_timeout(PATIENCE).unwrap();
    assert!(fault.starts_with("error: 70"), "{fault}");
    fs::write(&config, good.replace("\"main\"", "\"other\"")).unwrap();
    watching.wait_for("other");
}

#[test]
fn a_watch_that_nobody_reads_ends() {
    let world = World::new("closed");
    let config = world.one(world.by_address());
    for command in ["show", "fetch"] {
        let mut child = start(&["keys", command, "--watch", "--config", &config]).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{command}");
    }
}

#[test]
fn health_ends_with_1_until_every_issuer_has_keys() {
    let world = World::new("health");
    let good = world.one(world.by_address());
    let shown = text(&["health", "--config", &good], b"", 0);
    assert!(shown.starts_with("ready\n"), "{shown}");
    assert_eq!(row(&shown, "main")[..4], ["main", "yes", "network", "1"], "{shown}");
    assert_eq!(row(&shown, "main").last(), Some(&"-"), "{shown}");
    let told = json(&["health", "--json", "--config", &good], b"", 0);
    assert_eq!((&told["ready"], &told["issuers"][0]["key_ids"][0]["key_id"]), (&json!(true), &json!("k1")));

    let bad = world.config(&[("main", world.by_address()), ("gone", refused())], json!({}));
    let shown = text(&["health", "--config", &bad], b"", 1);
    assert!(shown.starts_with("not ready\n") && shown.contains("the host refuses the connection"), "{shown}");
    assert_eq!(row(&shown, "gone")[..5], ["gone", "no", "nowhere", "0", "-"], "{shown}");
    let told = json(&["health", "--json", "--config", &bad], b"", 1);
    assert_eq!((&told["ready"], told["issuers"].as_array().unwrap().len()), (&json!(false), 2));
}

#[test]
fn a_wrong_configuration_is_told_from_keys_that_are_missing() {
    let world = World::new("exit");
    let wrong = world.one(issuer(&json!({ "issuer": "urn:try", "jwks_url": "http://login.example/keys" })));
    let commands: [&[&str]; 4] = [
        &["keys", "show", "--config", &wrong],
        &["keys", "fetch", "--config", &wrong],
        &["health", "--config", &wrong],
        &["check", "--online", &wrong],
    ];
    for arguments in commands {
        let output = run(arguments, b"");
        assert_eq!((code(&output), stdout(&output)), (3, ""), "{arguments:?}");
        assert!(stderr(&output).contains("issuers.main.jwks_url"), "{}", stderr(&output));
    }
    assert_eq!(code(&run(&["check", &wrong, "--wait", "1s"], b"")), 2, "--wait goes with --online");
}

#[test]
fn check_tells_where_keys_come_from_and_fetches_only_when_asked() {
    let world = World::new("check");
    world.discover(&world.server.url(""));
    let issuers = [("main", world.by_address()), ("oidc", world.by_discovery())];
    let config = world.config(&issuers, json!({ "state_dir": "state" }));
    let provider = world.server.url("");
    let plain = text(&["check", &config], b"", 0);
    assert!(plain.contains(&format!("keys from {}", world.server.url("/keys"))), "{plain}");
    let flat = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(&format!("oidc {provider} · ES256 ")), "the issuer is that of oidc: {plain}");
    assert!(flat.contains(&format!("keys by discovery from {provider}")), "{plain}");
    let told = json(&["check", "--json", &config], b"", 0);
    let expected = json!({ "name": "oidc", "issuer": provider, "keys_from": "oidc", "address": provider });
    assert_eq!((&told["issuers"][1], told.get("online")), (&expected, None));
    assert_eq!(world.server.connections(), 0);

    let online = text(&["check", "--online", &config], b"", 0);
    let fetched = online.split_once("\nonline\n").expect("what was fetched stands at the end").1;
    assert!(fetched.contains("✓ main  key set    1 key at ") && fetched.contains("✓ oidc  issuer "), "{online}");
    assert_eq!(fetched.matches(&format!("{}: k1", world.server.url("/keys"))).count(), 2, "{online}");
    let told = json(&["check", "--online", "--json", &config], b"", 0);
    assert_eq!((&told["ok"], &told["online"][1]["ok"]), (&json!(true), &json!(true)));
    assert_eq!((&told["online"][0]["key_ids"], &told["online"][0]["wrong"]), (&json!(["k1"]), &Value::Null));
    assert!(!world.folder.exists("state"), "a check leaves no snapshot behind");
}

/// What is wrong with an issuer online: the part that fails, words of the fault, and words of the advice.
#[track_caller]
fn assert_wrong(world: &World, issuer: Value, part: &str, what: &str, advice: &str) {
    let config = world.one(issuer);
    let told = json(&["check", "--online", "--json", &config], b"", 1);
    let found = &told["online"][0];
    assert_eq!((&told["ok"], &found["ok"], &found["wrong"]), (&json!(false), &json!(false), &json!(part)), "{found}");
    for (field, words) in [("failure", what), ("advice", advice)] {
        assert!(found[field].as_str().unwrap().contains(words), "{words}: {found}");
    }
    let shown = text(&["check", "--online", &config], b"", 1);
    assert!(shown.starts_with("ok  ") && shown.contains("✗ main  ") && shown.contains("change     "), "{shown}");
}

#[test]
fn check_tells_which_part_is_wrong_online_and_what_to_change() {
    let world = World::new("online");
    let oidc = || world.by_discovery();
    assert_wrong(&world, oidc(), "discovery", "the server answers 404", "issuers.main.oidc");
    world.server.set(WELL_KNOWN, Answer::json("<html>").content_type("text/html"));
    assert_wrong(&world, oidc(), "discovery", "text/html, not JSON", "issuers.main.oidc");
    world.discover(&world.server.url("/"));
    assert_wrong(&world, oidc(), "issuer", "only the slash at the end", "issuers.main.issuer exactly");
    world.discover("https://other.example");
    assert_wrong(&world, oidc(), "issuer", "another issuer, https://other.example", "issuers.main.issuer");
    world.discover(&world.server.url(""));
    world.server.set("/keys", Answer::status(500));
    assert_wrong(&world, oidc(), "key set", "the server answers 500", "tell the provider");
    assert_wrong(&world, world.by_address(), "key set", "the server answers 500", "issuers.main.jwks_url");
    assert_wrong(&world, refused(), "key set", "refuses the connection", "issuers.main.proxy");
    world.server.set("/keys", Answer::json("{\"keys\": []}"));
    assert_wrong(&world, oidc(), "key set", "no usable key", "tell the provider");
    assert_wrong(&world, world.by_address(), "key set", "no usable key", "issuers.main.jwks_url");
}

#[test]
fn check_online_has_nothing_to_do_where_nothing_is_fetched() {
    let world = World::new("offline");
    let config = world.one(issuer(&json!({ "issuer": "urn:own", "jwks": { "keys": [world.jwk("own")] } })));
    let shown = text(&["check", "--online", &config], b"", 0);
    assert!(shown.contains("no issuer has keys that are fetched"), "{shown}");
    assert_eq!(json(&["check", "--online", "--json", &config], b"", 0)["online"], json!([]));
}

#[test]
fn verify_and_explain_wait_for_keys() {
    let world = World::new("verify");
    let config = world.one(world.by_address());
    for command in ["verify", "explain"] {
        let asked = [command, "--json", "--config", &config, "--api", "api"];
        let accepted = json(&asked, world.bearer("k1").as_bytes(), 0);
        assert_eq!(accepted["name"], "Ok", "{command}");
        let unknown = json(&asked, world.bearer("k2").as_bytes(), 1);
        assert_eq!(unknown["name"], "KeyUnknown", "{command}");
    }
}

#[test]
fn a_key_that_came_after_the_snapshot_is_awaited() {
    let world = World::new("rotated");
    let config = world.config(&[("main", world.by_address())], json!({ "state_dir": "state" }));
    for (old, new, command) in [("k1", "k2", "verify"), ("k2", "k3", "explain")] {
        text(&["keys", "fetch", "--config", &config], b"", 0);
        let shown = text(&["keys", "show", "--config", &config], b"", 0);
        assert_eq!(row(&shown, "main")[1], old);
        world.server.set("/keys", Answer::json(json!({ "keys": [world.jwk(new)] }).to_string()));
        let asked = [command, "--json", "--config", &config, "--api", "api"];
        assert_eq!(json(&asked, world.bearer(new).as_bytes(), 0)["name"], "Ok", "{command}");
    }
}

#[test]
fn verify_tells_when_to_try_again() {
    let world = World::new("retry");
    world.server.set("/keys", Answer::status(503));
    let config = world.one(world.by_address());
    let asked = ["verify", "--config", &config, "--api", "api"];
    let shown = text(&asked, world.bearer("k1").as_bytes(), 1);
    let retry = row(&shown, "retry");
    assert_eq!((retry[1], retry[3]), ("after", "s"), "{shown}");
    assert!(shown.contains("KeysNeverLoaded  HTTP 503"), "{shown}");
}

#[test]
fn scripts_are_told_when_to_try_again() {
    let world = World::new("retry-json");
    world.server.set("/keys", Answer::status(503));
    let config = world.one(world.by_address());
    let asked = ["verify", "--config", &config, "--api", "api"];
    let told = json(&[&asked[..], &["--json"]].concat(), world.bearer("k1").as_bytes(), 1);
    assert!(told["retry_after"].as_u64().is_some_and(|seconds| seconds > 0), "{told}");
    world.server.set("/keys", Answer::json(json!({ "keys": [world.jwk("k1")] }).to_string()));
    let told = json(&[&asked[..], &["--json"]].concat(), world.bearer("k2").as_bytes(), 1);
    assert_eq!((&told["name"], &told["retry_after"]), (&json!("KeyUnknown"), &Value::Null));
}

#[test]
fn no_name_turns_the_reading_direction() {
    let world = World::new("direction");
    let issuers = [("m\u{202e}n", world.by_address()), ("g\u{202e}e", refused())];
    let config = world.config(&issuers, json!({}));
    let commands: [&[&str]; 3] =
        [&["keys", "fetch", "--config", &config], &["health", "--config", &config], &["check", "--online", &config]];
    for arguments in commands {
        let shown = text(arguments, b"", 1);
        assert!(shown.contains("m\\u{202e}n") && !shown.contains('\u{202e}'), "{shown:?}");
    }
}

#[test]
fn no_error_repeats_a_token() {
    let world = World::new("token");
    let bearer = world.bearer("k1");
    let token = bearer.strip_prefix("Bearer ").unwrap();
    let config = world.one(world.by_address());
    let wait = format!("--wait={token}");
    let cases: [(&[&str], i32); 6] = [
        (&["keys", "show", "--config", token], 3),
        (&["keys", "fetch", "--config", token], 3),
        (&["health", "--json", "--config", token], 3),
        (&["check", "--online", token], 3),
        (&["keys", "fetch", "--config", &config, &wait], 2),
        (&["health", "--config", &config, token], 2),
    ];
    for (arguments, expected) in cases {
        let output = run(arguments, b"");
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!said.is_empty() && token.split('.').all(|part| !said.contains(&part[..24])), "{said}");
    }
}
