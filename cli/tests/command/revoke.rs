//! `doorward revoke`: an entry that the library has checked comes to the end of the file, as a whole line.

use super::command::{Folder, code, json, run, stderr, text};
use serde_json::{Value, json};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

struct Trial {
    folder: Folder,
    config: String,
    list: String,
}

impl Trial {
    fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let key = folder.path("key");
        text(&["key", "new", "--alg", "EdDSA", "--out", &key], b"", 0);
        let set = json(&["key", "public", &key, "--kid", "k"], b"", 0);
        let config = json!({
            "issuers": { "try": {
                "issuer": "urn:try", "jwks": set, "audiences": ["urn:api"], "algorithms": ["EdDSA"],
            } },
            "apis": { "api": { "enabled": true, "accept": ["bearer"], "issuers": ["try"], "scopes": [] } },
            "denylist": { "file": "revoked.jsonl" },
        });
        let config = folder.write("doorward.json", &config.to_string());
        let list = folder.write("revoked.jsonl", "");
        Self { folder, config, list }
    }

    fn revoke(&self, more: &[&str], expected: i32) -> String {
        let arguments = [&["revoke", "--config", &self.config], more].concat();
        let output = run(&arguments, b"");
        assert_eq!(code(&output), expected, "{arguments:?} {}", stderr(&output));
        stderr(&output).to_owned()
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.list).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{text:?}");
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

const TENANT: &str = "9188aaaa-6c67-4c5b-b112-36a304b66dad";
const OBJECT: &str = "6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11";

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

#[test]
fn what_is_revoked_is_denied_from_then_on() {
    let trial = Trial::new("revoke-verify");
    let key = trial.folder.path("key");
    let sign = |id: &str| {
        let claim = format!("jti=\"{id}\"");
        let arguments = ["token", "sign", "--key", &key, "--kid", "k", "--issuer", "urn:try", "--audience", "urn:api"];
        text(&[&arguments[..], &["--subject", "bob", "--claim", &claim]].concat(), b"", 0)
    };
    let verify = |token: &str, expected: i32| {
        let header = format!("Bearer {token}");
        json(&["verify", "--config", &trial.config, "--api", "api", "--json"], header.as_bytes(), expected)
    };
    let (good, bad) = (sign("a \\u0022 b"), sign("t-1"));
    verify(&bad, 0);
    trial.revoke(&["--token-id", "t-1", "--for", "1h"], 0);
    assert_eq!(verify(&bad, 1)["code"], 3016);
    verify(&good, 0);
    // A quote within an id is written as JSON has it.
    trial.revoke(&["--token-id", "a \" b", "--for", "1h"], 0);
    assert_eq!(verify(&good, 1)["code"], 3016);
}

#[test]
fn each_thing_can_be_named() {
    let trial = Trial::new("revoke-kinds");
    let start = now();
    for (options, expected) in [
        (&["--tenant", TENANT, "--object-id", OBJECT][..], json!({ "tenant": TENANT, "object_id": OBJECT })),
        (&["--subject", "s", "--issuer", "try"], json!({ "subject": "s", "issuer": "try" })),
        (&["--session", "s", "--note", "lost phone"], json!({ "session": "s", "note": "lost phone" })),
        (&["--client", "c", "--issued-before", "1700000000"], json!({ "client": "c", "issued_before": 1_700_000_000 })),
        (&["--key-id", "k2"], json!({ "key_id": "k2" })),
        (&["--issued-before", "5", "--issuer", "try"], json!({ "issued_before": 5, "issuer": "try" })),
    ] {
        trial.revoke(&[options, &["--for", "90m"]].concat(), 0);
        let mut line = trial.lines().pop().unwrap();
        let until = line.as_object_mut().unwrap().remove("until").unwrap().as_i64().unwrap();
        assert!((start + 5400..now() + 5401).contains(&until), "{until}");
        assert_eq!(line, expected);
    }
    trial.revoke(&["--issued-before", "now", "--until", "4000000000"], 0);
    let line = trial.lines().pop().unwrap();
    assert!((start..=now()).contains(&line["issued_before"].as_i64().unwrap()));
    assert_eq!(line["until"], 4_000_000_000_u32);
    assert_eq!(trial.lines().len(), 7);
}

#[test]
fn what_is_wrong_changes_nothing() {
    let trial = Trial::new("revoke-wrong");
    trial.revoke(&["--token-id", "a", "--for", "1h"], 0);
    let before = fs::read(&trial.list).unwrap();
    let token = format!("eyJhbGciOiJFZERTQSJ9.eyJ4IjoxfQ.{}", "A".repeat(86));
    let command_line: [&[&str]; 8] = [
        &["--for", "1h"],
        &["--token-id", "a"],
        &["--token-id", "a", "--for", "0s"],
        &["--token-id", "a", "--for", "1h", "--until", "4000000000"],
        &["--token-id", "a", "--session", "b", "--for", "1h"],
        &["--object-id", OBJECT, "--for", "1h"],
        &["--subject", "a", "--for", "1h"],
        &["--token-id", &token, "--for", "1h"],
    ];
    for options in command_line {
        let said = trial.revoke(options, 2);
        assert!(!said.contains("eyJ4"), "{said}");
    }
    for (options, expected) in [
        (&["--token-id", "a", "--until", "1700000000"][..], "has ended already"),
        (&["--token-id", "a", "--until", "4102444800"], "until: a whole number"),
        (&["--token-id", "a", "--issued-before", "5", "--for", "1h"], "issued_before: it does not go with token_id"),
        (&["--tenant", "contoso", "--object-id", OBJECT, "--for", "1h"], "tenant: a GUID is expected"),
        (&["--client", "a", "--issuer", "nobody", "--for", "1h"], "no issuer of that name"),
        (&["--client", " a", "--for", "1h"], "begins or ends with white space"),
    ] {
        let said = trial.revoke(options, 3);
        assert!(said.contains(expected), "{options:?}: {said}");
    }
    assert_eq!(fs::read(&trial.list).unwrap(), before);
    let without = Trial::new("revoke-without");
    let config = fs::read_to_string(&without.config).unwrap().replace(r#","denylist":{"file":"revoked.jsonl"}"#, "");
    let config = config.replace(r#""denylist":{"file":"revoked.jsonl"},"#, "");
    without.folder.write("doorward.json", &config);
    assert!(without.revoke(&["--token-id", "a", "--for", "1h"], 3).contains("the configuration has no denylist"));
}

#[test]
fn a_last_line_without_an_end_stays_a_line_of_its_own() {
    let trial = Trial::new("revoke-append");
    fs::write(&trial.list, r#"{"token_id":"a","until":4000000000}"#).unwrap();
    trial.revoke(&["--token-id", "b", "--until", "4000000000"], 0);
    trial.revoke(&["--token-id", "c", "--until", "4000000000"], 0);
    let ids: Vec<_> = trial.lines().iter().map(|line| line["token_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}
