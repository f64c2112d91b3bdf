//! `doorward password`, and Basic with `verify` and `explain`: the password comes by standard input, and is never shown.

use super::command::{Folder, code, json, run, stderr, stdout, text};
use serde_json::json;

const PASSWORD: &str = "Zürich-Straße.9";

/// A file with a line that `password hash` has made, and a configuration with it.
fn trial(name: &str) -> (Folder, String, String) {
    let folder = Folder::new(name);
    let line = text(&["password", "hash", "--user", "bob"], PASSWORD.as_bytes(), 0);
    assert!(line.starts_with("bob:$argon2id$v=19$m=19456,t=2,p=1$") && line.lines().count() == 1, "{line}");
    let file = folder.write("users.htpasswd", &format!("{line}plain:{PASSWORD}\n"));
    let configuration = json!({
        "user_managers": {
            "SVC": { "htpasswd": "users.htpasswd" },
            "K2": { "ldap": { "url": "ldaps://127.0.0.1:1", "domain": "CONTOSO" } }
        },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["SVC", "K2"] } }
    });
    let config = folder.write("doorward.json", &configuration.to_string());
    (folder, file, config)
}

#[test]
fn a_line_takes_its_password_and_no_other() {
    let (_folder, file, _) = trial("password-check");
    let check = |user: &str, password: &str| {
        let output = run(&["password", "check", "--file", &file, "--user", user], password.as_bytes());
        let all = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!all.contains(PASSWORD), "{all}");
        (code(&output), all)
    };
    let (ended, told) = check("bob", &format!("{PASSWORD}\n"));
    assert!(ended == 0 && told.starts_with("accepted") && told.contains(" ms"), "{told}");
    assert!(told.contains("line 2: it is no hash"), "{told}");
    for (user, password) in [("bob", "wrong"), ("nobody", PASSWORD), ("plain", PASSWORD)] {
        let (ended, told) = check(user, password);
        assert!(ended == 1 && told.contains("5001 BasicRejected"), "{user}: {told}");
    }
    let weak = ["password", "check", "--file", &file, "--user", "plain", "--danger-weak-hashes", "--json"];
    let told = json(&weak, PASSWORD.as_bytes(), 0);
    assert_eq!((&told["accepted"], &told["code"]), (&json!(true), &json!(0)));
    let (ended, told) = check("", "");
    assert!(ended == 1 && told.contains("5001"), "{told}");
}

#[test]
fn what_can_not_be_hashed_is_told() {
    for (user, password, expected) in
        [("a:b", &b"x"[..], "a user name"), ("", b"x", "a user name"), ("bob", b"\xff", "not UTF-8")]
    {
        let output = run(&["password", "hash", "--user", user], password);
        assert!(code(&output) == 3 && stderr(&output).contains(expected), "{user}: {}", stderr(&output));
    }
    let output = run(&["password", "check", "--file", "/nowhere/users", "--user", "bob"], b"x");
    assert!(code(&output) == 3 && stderr(&output).contains("7001"), "{}", stderr(&output));
}

#[test]
fn verify_and_explain_ask_the_directory() {
    let (_folder, _, config) = trial("password-verify");
    let asked = |command: &'static str, user: &str, password: &str| {
        let output = run(&[command, "--config", &config, "--api", "api", "--user", user], password.as_bytes());
        let all = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!all.contains(PASSWORD) && !all.contains("wrong one"), "{all}");
        (code(&output), all)
    };
    let (ended, told) = asked("verify", "SVC:bob", PASSWORD);
    assert!(ended == 0 && told.contains("SVC:bob") && told.contains("basic"), "{told}");
    let (ended, told) = asked("verify", "SVC:bob", "wrong one");
    assert!(ended == 1 && told.contains("5001 BasicRejected") && told.contains("charset"), "{told}");
    let (ended, told) = asked("verify", "CONTOSO\\bob", PASSWORD);
    assert!(ended == 1 && told.contains("6003") && told.contains("K2 (ldap): ldaps://127.0.0.1:1"), "{told}");
    let (ended, told) = asked("explain", "SVC:bob", PASSWORD);
    assert!(ended == 0 && told.contains("leads to SVC") && told.contains("the password of bob"), "{told}");
    let (ended, told) = asked("explain", "SVC:bob", "wrong one");
    assert!(ended == 1 && told.contains("SVC (htpasswd)") && told.contains("What to do"), "{told}");
    let (ended, told) = asked("explain", "CONTOSO\\bob", PASSWORD);
    assert!(ended == 1 && told.contains("6003") && told.contains("gives no answer"), "{told}");
    let (ended, told) = asked("explain", "bob", PASSWORD);
    assert!(ended == 1 && told.contains("Write the label before the user name"), "{told}");
}
