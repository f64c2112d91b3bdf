//! Whom keys are taken from: certificates, names and proxies.

use crate::fetched::{Driven, ISSUER, KEYS, Signer, configuration_of, set};
use crate::server::{Answer, Authority, Proxy, Server};
use doorward::Code;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn write(name: &str, authority: &Authority) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.pem", std::process::id()));
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
    for (server, trusted, word) in [
        (&wrong, Some(&ours), "another name"),
        (&right, Some(&theirs), "not trusted"),
        (&right, None, "not trusted"),
        (&right, Some(&PathBuf::from("/nowhere.pem")), "can't be read"),
    ] {
        let file = trusted.map_or(json!({}), |file| json!({ "ca_file": file.to_str().unwrap() }));
        let driven = https(&server.url(KEYS), &file);
        assert!(driven.failure().contains(word), "{word}: {}", driven.failure());
        assert_eq!(server.requests(KEYS), usize::from(std::ptr::eq(server, &right)), "nothing is asked there");
    }
}

#[test]
fn a_certificate_file_that_is_replaced_is_read_at_the_next_failure() {
    let (authority, other) = (Authority::new(), Authority::new());
    let file = write("replaced", &other);
    let (server, signer) = (Server::start_tls(&authority, &["127.0.0.1"]), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let driven = https(&server.url(KEYS), &json!({ "ca_file": file.to_str().unwrap() }));
    assert!(driven.failure().contains("not trusted"));
    fs::write(&file, authority.pem()).unwrap();
    driven.after(300);
    assert_eq!(driven.failure(), "");
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
    assert!(refused.health().keys == 0 || refused.failure().is_empty());
    refused.after(2 * 3600);
    assert!(refused.failure().contains("proxy"), "{}", refused.failure());
}

/// Set in the process that is started anew for it.
const CHILD: &str = "DOORWARD_PROXY_TEST";

#[test]
fn the_environment_is_read_only_where_it_is_asked_for() {
    if let Ok(address) = std::env::var(CHILD) {
        let none = https(&address, &json!({}));
        println!("none: {}", none.failure());
        let asked = https(&address, &json!({ "proxy": "environment", "timeout": "2s" }));
        println!("asked: {}", asked.failure());
        return;
    }
    let (server, proxy) = (Server::start(), Proxy::start());
    server.set(KEYS, Answer::json(set(&[&Signer::new("a")])));
    let run = |address: &str| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tls::the_environment_is_read_only_where_it_is_asked_for", "--nocapture"])
            .envs(["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"].map(|name| (name, proxy.url())))
            .env_remove("NO_PROXY")
            .env(CHILD, address)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run(&server.url(KEYS));
    assert!(said.contains("none: \n"), "{said}");
    assert_eq!(proxy.targets(), [format!("127.0.0.1:{}", server.port())], "only who asked for it: {said}");
}
