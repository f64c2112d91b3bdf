//! The lines that `doorward password hash` makes, and files that `doorward password check` reads.

use super::command::{Folder, code, json, run, stderr, stdout, text};
use std::fs;
use std::process::Command;

/// "secret" by bcrypt at the lowest cost.
const SECRET: &str = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

fn check<'a>(file: &'a str, user: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["password", "check", "--file", file, "--user", user], more].concat()
}

#[test]
fn what_hash_prints_check_takes() {
    let folder = Folder::new("password-round");
    for (user, password) in [("bob", "secret"), ("CONTOSO\\ann", "Zürich: \"Straße\" "), ("x@y.example", "p")] {
        let line = text(&["password", "hash", "--user", user], format!("{password}\n").as_bytes(), 0);
        assert!(line.starts_with(&format!("{user}:$argon2id$v=19$m=19456,t=2,p=1$")), "{line}");
        let file = folder.write("users", &line);
        let right = text(&check(&file, user, &[]), password.as_bytes(), 0);
        assert!(right.contains("accepted  the password is right\n  hash       argon2id\n  took       "), "{right}");
        let wrong = text(&check(&file, user, &[]), format!("{password}x").as_bytes(), 1);
        assert!(wrong.contains("denied  5001 BasicRejected") && wrong.contains("hash       argon2id"), "{wrong}");
        assert!(!right.contains("note") && !right.contains("$argon2id"), "{right}");
    }
}

#[test]
fn hash_prints_another_one_each_time_and_json() {
    let [one, other] = [0; 2].map(|_| json(&["password", "hash", "--json"], b"secret", 0));
    assert!(one["user"].is_null() && one["hash"].as_str().unwrap().starts_with("$argon2id$"));
    assert_ne!(one["hash"], other["hash"]);
    let named = json(&["password", "hash", "--json", "--user", "bob"], b"secret", 0);
    assert_eq!(named["user"], "bob");
}

#[test]
fn what_no_request_can_bring_is_not_hashed() {
    let long = "x".repeat(1600);
    for (user, password) in [
        ("bob", ""),
        ("bob", "\n"),
        ("bob", "a\0b"),
        ("bob", "two\nlines"),
        ("bob", &long),
        ("a:b", "p"),
        (" bob", "p"),
    ] {
        let output = run(&["password", "hash", "--user", user], password.as_bytes());
        assert_eq!((code(&output), stdout(&output)), (3, ""), "{user} {password}");
        assert!(stderr(&output).contains("password") || stderr(&output).contains("user name"), "{}", stderr(&output));
        assert!(!stderr(&output).contains("two") && !stderr(&output).contains("xxx"), "{}", stderr(&output));
    }
    text(&["password", "hash", "--user", "bob"], "x".repeat(1500).as_bytes(), 0);
}

#[test]
fn check_tells_the_kind_of_the_hash_and_what_is_wrong_with_lines() {
    let folder = Folder::new("password-check");
    let lines = format!(
        "# people\r\nbob:{SECRET}:Bob:more\r\nold:{{SHA}}5en6G6MezRroT3XKqkdPOmY/BfQ=\r\nslow:$2b$31${}\r\n",
        "a".repeat(53)
    );
    let file = folder.write("users", &lines);
    for (user, more, kind, expected) in [
        ("bob", &[][..], "bcrypt", 0),
        ("old", &[], "SHA", 1),
        ("old", &["--danger-weak-hashes"], "SHA", 0),
        ("slow", &[], "none that can be checked", 1),
        ("nobody", &[], "none: the file has no such user", 1),
        ("# people", &[], "none: the file has no such user", 1),
    ] {
        let told = text(&check(&file, user, more), b"secret", expected);
        assert!(told.contains(&format!("hash       {kind}\n")), "{user}: {told}");
        assert!(told.contains("note       line 4: the cost 31 is more than 15"), "{user}: {told}");
        assert!(!told.contains("secret") && !told.contains("5en6G6"), "{told}");
    }
    let told = json(&check(&file, "bob", &["--json"]), b"secret", 0);
    assert_eq!((&told["accepted"], &told["name"], &told["hash"]), (&true.into(), &"Ok".into(), &"bcrypt".into()));
    assert!(told["milliseconds"].as_f64().unwrap() > 0.0 && told["notes"].as_array().unwrap().len() == 3, "{told}");
    assert!(json(&check(&file, "nobody", &["--json"]), b"secret", 1)["hash"].is_null());
}

#[test]
fn check_says_what_it_can_not_do() {
    let folder = Folder::new("password-wrong");
    let file = folder.write("users", &format!("bob:{SECRET}\n"));
    text(&check(&file, "bob", &[]), b"secret", 0);
    for (file, user, expected) in [
        (folder.path("nowhere"), "bob", "7001 FileUnreadable"),
        (folder.path(""), "bob", "7001 FileUnreadable"),
        (file, "bob:x", "a user name"),
    ] {
        let output = run(&check(&file, user, &[]), b"secret");
        assert_eq!(code(&output), 3, "{file} {user}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
}

/// Files that Apache's own tool writes, here and now.
#[test]
fn files_of_apaches_tool_are_read() {
    let folder = Folder::new("password-apache");
    let file = folder.path("users");
    let add = |options: &[&str], user: &str| {
        let command = Command::new("htpasswd").args(options).args([&file, user, "Zürich-9"]).output();
        command.map(|output| assert!(output.status.success(), "{output:?}"))
    };
    if add(&["-cbB", "-C", "5"], "bcrypt").is_err() {
        let demanded = std::env::var_os("DOORWARD_REQUIRE_HTPASSWD").is_some();
        assert!(!demanded, "htpasswd is not installed");
        println!("SKIPPED: htpasswd is not installed");
        return;
    }
    add(&["-bm"], "md5").unwrap();
    add(&["-bs"], "sha").unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 3);
    for (user, kind, expected) in [("bcrypt", "bcrypt", 0), ("md5", "MD5", 1), ("sha", "SHA", 1)] {
        let right = json(&check(&file, user, &["--json"]), "Zürich-9".as_bytes(), expected);
        assert_eq!(right["hash"], kind);
        json(&check(&file, user, &["--json", "--danger-weak-hashes"]), "Zürich-9".as_bytes(), 0);
        json(&check(&file, user, &["--json", "--danger-weak-hashes"]), "Zürich-8".as_bytes(), 1);
    }
}
