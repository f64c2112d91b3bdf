//! Whom keys are taken from: certificates, names and proxies.

use doorward::{Code, Config};
use doorward_testkit::fetched::{Driven, ISSUER, KEYS, Signer, configuration_of, set};
use doorward_testkit::server::{Answer, Authority, Proxy, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn write(name: &str, authority: &Authority) -> PathBuf {
    let file = doorward_testkit::scratch().join(format!("{name}-{}.pem", std::process::id()));
    fs::write(&file, authority.pem()).unwrap();
    file
}

fn https(address: &str, more: &Value) -> Driven {
    let mut issuer = json!({ "issuer": ISSUER, "jwks_url": address });
    for (name, value) in more.as_object().unwrap() {
        issuer[name] = value.clone();
    }
    Driven::loaded(&configuration_of(issuer))
}

#[test]
fn a_certificate_has_to_be_of_the_host_and_by_who_is_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (ours, theirs) = (write("ours", &authority), write("theirs", &other));
    let signer = Signer::new("a");
    let serve = |names: &[&str]| {
        let server = Server::start_tls(&authority, names);
        server.set(KEYS, Answer::json(set(&[&signer])));
        server
    };
    let (right, wrong) = (serve(&["127.0.0.1"]), serve(&["other.example"]));
    let good = https(&right.url(KEYS), &json!({ "ca_file": ours.to_str().unwrap() }));
    assert_eq!(good.code(&signer), Code::Ok, "{}", good.failure());
    for (server, trusted, word) in
        [(&wrong, Some(&ours), "another name"), (&right, Some(&theirs), "not trusted"), (&right, None, "not trusted")]
    {
        let file = trusted.map_or(json!({}), |file| json!({ "ca_file": file.to_str().unwrap() }));
        let driven = https(&server.url(KEYS), &file);
        assert!(driven.failure().contains(word), "{word}: {}", driven.failure());
        assert_eq!(server.requests(KEYS), usize::from(std::ptr::eq(server, &right)), "nothing is asked there");
    }
}

#[test]
fn a_certificate_file_is_read_when_the_configuration_is() {
    let (old, new) = (Authority::new(), Authority::new());
    let file = write("replaced", &old);
    let (server, signer) = (Server::start_tls(&old, &["127.0.0.1"]), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let mut configuration = doorward_testkit::fetched::configuration(&server);
    configuration["issuers"]["main"]["ca_file"] = json!(file.to_str().unwrap());
    let config = Config::from_json(configuration.to_string());
    let driven = Driven::loaded(&configuration);
    assert_eq!(driven.code(&signer), Code::Ok);
    fs::write(&file, new.pem()).unwrap();
    driven.after(2 * 3600);
    assert_eq!(driven.failure(), "", "until a reload it is as it was read");
    driven.verifier.reload(&config).unwrap();
    driven.verifier.poll();
    assert!(driven.failure().contains("not trusted"), "{}", driven.failure());
    for (text, word) in [("", "none, or not in PEM"), ("-----BEGIN CERTIFICATE-----", "none, or not in PEM")] {
        fs::write(&file, text).unwrap();
        let error = driven.verifier.reload(&config).unwrap_err();
        assert!(error.path() == "issuers.main.ca_file" && error.message().contains(word), "{error}");
    }
    fs::remove_file(&file).unwrap();
    let error = driven.verifier.reload(&config).unwrap_err();
    assert!(error.path() == "issuers.main.ca_file" && error.message().contains("can't be read"), "{error}");
}

#[test]
fn a_snapshot_is_of_the_trust_that_it_was_fetched_under() {
    let (old, new) = (Authority::new(), Authority::new());
    let (before, after) = (write("before", &old), write("after", &new));
    let (server, signer) = (Server::start_tls(&old, &["127.0.0.1"]), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let state = doorward_testkit::scratch().join(format!("trust-{}", std::process::id()));
    let mut configuration = doorward_testkit::fetched::configuration(&server);
    configuration["state_dir"] = json!(state.to_str().unwrap());
    configuration["issuers"]["main"]["ca_file"] = json!(before.to_str().unwrap());
    Driven::loaded(&configuration);
    assert_eq!(Driven::open(&configuration).code(&signer), Code::Ok);
    configuration["issuers"]["main"]["ca_file"] = json!(after.to_str().unwrap());
    assert_eq!(Driven::open(&configuration).code(&signer), Code::Pending);
    let _ = fs::remove_dir_all(&state);
}

#[test]
fn plain_http_is_for_the_machine_itself() {
    let (server, signer) = (Server::start(), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let address = format!("http://localhost:{}{KEYS}", server.port());
    assert_eq!(https(&address, &json!({})).code(&signer), Code::Ok);
}

#[test]
fn a_proxy_is_used_where_it_is_named() {
    let (authority, proxy) = (Authority::new(), Proxy::start());
    let ours = write("proxy", &authority);
    let (server, signer) = (Server::start_tls(&authority, &["issuer.example"]), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let address = format!("https://issuer.example:{}{KEYS}", server.port());
    let fields = json!({ "ca_file": ours.to_str().unwrap(), "proxy": proxy.url() });
    let driven = https(&address, &fields);
    assert_eq!(driven.code(&signer), Code::Ok, "{}", driven.failure());
    assert_eq!(proxy.targets(), [format!("issuer.example:{}", server.port())]);
    proxy.answer_407(true);
    let refused = https(&address, &json!({ "ca_file": ours.to_str().unwrap(), "proxy": proxy.url(), "timeout": "2s" }));
    assert!(refused.failure().contains("proxy"), "{}", refused.failure());
}

#[test]
fn a_proxy_may_be_anywhere_and_the_machine_itself_is_reached_without() {
    let elsewhere = json!({ "proxy": "http://192.0.2.7:3128", "timeout": "1s" });
    let driven = https("https://login.example/keys", &elsewhere);
    assert!(!driven.failure().contains("may be used"), "{}", driven.failure());
    let (server, signer, proxy) = (Server::start(), Signer::new("a"), Proxy::start());
    server.set(KEYS, Answer::json(set(&[&signer])));
    let driven = https(&server.url(KEYS), &json!({ "proxy": proxy.url() }));
    assert_eq!(driven.code(&signer), Code::Ok);
    assert!(proxy.targets().is_empty(), "plain HTTP does not leave the machine");
}

/// Set in the process that is started anew for it: the address, and the file of certificates.
const CHILD: &str = "DOORWARD_PROXY_TEST";

#[test]
fn the_environment_is_read_only_where_it_is_asked_for() {
    if let Ok(told) = std::env::var(CHILD) {
        let (address, file) = told.split_once(' ').unwrap();
        println!("none: {}", https(address, &json!({ "ca_file": file })).failure());
        println!("asked: {}", https(address, &json!({ "ca_file": file, "proxy": "environment" })).failure());
        return;
    }
    let (authority, proxy) = (Authority::new(), Proxy::start());
    let (server, file) = (Server::start_tls(&authority, &["127.0.0.1"]), write("environment", &authority));
    server.set(KEYS, Answer::json(set(&[&Signer::new("a")])));
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fetching::tls::the_environment_is_read_only_where_it_is_asked_for", "--nocapture"])
        .envs(["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"].map(|name| (name, proxy.url())))
        .env_remove("NO_PROXY")
        .env(CHILD, format!("{} {}", server.url(KEYS), file.display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("none: \n") && said.contains("asked: \n"), "{said}");
    assert_eq!(proxy.targets(), [format!("127.0.0.1:{}", server.port())], "only who asked for it: {said}");
}
