//! `doorward unlock`: a line at the end of the denylist's file, which a process that runs follows.

use super::command::{Folder, code, json, run, stderr};
use doorward::{Code, Config, Request, Verifier};
use serde_json::{Value, json};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// bob:correct horse, and bob:wrong.
const RIGHT: &str = "Basic Ym9iOmNvcnJlY3QgaG9yc2U=";
const WRONG: &str = "Basic Ym9iOndyb25n";

/// "correct horse" by bcrypt at the lowest cost.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";

struct Trial {
    _folder: Folder,
    config: String,
    list: String,
}

impl Trial {
    /// One wrong password of each account is checked.
    fn new(name: &str, denylist: Option<&str>) -> Self {
        let folder = Folder::new(name);
        folder.write("users.htpasswd", &format!("bob:{HASH}\n"));
        let mut config = json!({
            "user_managers": { "SVC": { "htpasswd": "users.htpasswd", "passwords": { "max_failures": 1 } } },
            "apis": { "reports": { "enabled": true, "accept": ["basic"], "user_managers": ["SVC"] } },
        });
        if let Some(file) = denylist {
            config["denylist"] = json!({ "file": file });
        }
        let config = folder.write("doorward.json", &config.to_string());
        let list = folder.write("revoked.jsonl", "{\"token_id\":\"a\",\"until\":4000000000}");
        Self { _folder: folder, config, list }
    }

    fn unlock(&self, arguments: &[&str], expected: i32) -> String {
        let arguments = [&["unlock", "--config", &self.config], arguments].concat();
        let output = run(&arguments, b"");
        assert_eq!(code(&output), expected, "{arguments:?} {}", stderr(&output));
        stderr(&output).to_owned()
    }

    fn last_line(&self) -> Value {
        let text = fs::read_to_string(&self.list).unwrap();
        assert!(text.ends_with("}\n"), "{text:?}");
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn decide(verifier: &Verifier, header: &str) -> Code {
    verifier.resolve(&Request::new("reports").authorization(header.as_bytes())).code()
}

#[test]
fn a_process_that_runs_lets_the_account_in() {
    let trial = Trial::new("unlock-runs", Some("revoked.jsonl"));
    let verifier = Verifier::open(&Config::from_file(&trial.config).unwrap().without_thread()).unwrap();
    assert_eq!(decide(&verifier, WRONG), Code::BasicRejected);
    assert_eq!(decide(&verifier, RIGHT), Code::AttemptsLimited);
    trial.unlock(&["SVC:bob"], 0);
    verifier.poll();
    assert_eq!(decide(&verifier, RIGHT), Code::Ok);
}

#[test]
fn the_line_is_as_of_now() {
    let (trial, start) = (Trial::new("unlock-line", Some("revoked.jsonl")), now());
    trial.unlock(&["SVC:CONTOSO\\bob", "--note", "called \"the\" help desk"], 0);
    let line = trial.last_line();
    assert!((start..=now()).contains(&line["at"].as_i64().unwrap()), "{line}");
    let expected = json!({ "unlock": "SVC:CONTOSO\\bob", "at": line["at"], "note": "called \"the\" help desk" });
    assert_eq!(line, expected);
    let said = json(&["unlock", "--config", &trial.config, "SVC:ann", "--json"], b"", 0);
    assert_eq!(said["entry"], trial.last_line());
    assert!(said["file"].as_str().unwrap().ends_with("revoked.jsonl"), "{said}");
    assert_eq!(said["entry"]["unlock"], "SVC:ann");
}

#[test]
fn what_is_wrong_changes_nothing() {
    let trial = Trial::new("unlock-wrong", Some("revoked.jsonl"));
    let before = fs::read(&trial.list).unwrap();
    trial.unlock(&[], 2);
    trial.unlock(&["SVC:bob", "SVC:ann"], 2);
    let token = format!("eyJhbGciOiJFZERTQSJ9.eyJ4IjoxfQ.{}", "A".repeat(86));
    let said = trial.unlock(&[&token], 2);
    assert!(!said.contains("eyJ4"), "{said}");
    for (user, expected) in [
        ("bob", "a fully qualified name is expected"),
        ("K2:bob", "write label:user, with one of: SVC"),
        (" SVC:bob", "begins or ends with white space"),
        ("SVC:bob\n", "begins or ends with white space"),
        ("", "the text is empty"),
    ] {
        let said = trial.unlock(&[user], 3);
        assert!(said.contains(expected), "{user}: {said}");
    }
    assert_eq!(fs::read(&trial.list).unwrap(), before);
    trial.unlock(&["SVC:bob"], 0);
    assert_ne!(fs::read(&trial.list).unwrap(), before);
}

#[test]
fn without_a_denylist_it_reaches_nobody() {
    let trial = Trial::new("unlock-nobody", None);
    let before = fs::read(&trial.list).unwrap();
    let said = trial.unlock(&["SVC:bob"], 3);
    assert!(said.contains("this reaches nobody: the configuration has no denylist"), "{said}");
    assert_eq!(fs::read(&trial.list).unwrap(), before);
    let trial = Trial::new("unlock-missing", Some("nowhere.jsonl"));
    assert!(trial.unlock(&["SVC:bob"], 3).contains("can't read the file"));
}
