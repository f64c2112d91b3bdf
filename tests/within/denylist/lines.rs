//! What a line may say. One that says anything else refuses all of them, in a file as in a call.

use super::world::World;
use doorward::{Code, Config, Verifier};
use serde_json::json;
use std::fs;

/// Lines, and what is said of each.
const WRONG: &[(&str, &str)] = &[
    ("x", "not strict JSON"),
    ("{", "not strict JSON"),
    (r#"{"token_id":"a","until":4000000000"#, "not strict JSON"),
    (r#"{"token_id":"a","until":4000000000}}"#, "not strict JSON"),
    (r#"{"token_id":"a","until":4000000000}{"token_id":"b","until":4000000000}"#, "not strict JSON"),
    (r#"{"token_id":"a","token_id":"b","until":4000000000}"#, "not strict JSON"),
    (r#"{"token_id":"a","until":4000000000,"until":4000000001}"#, "not strict JSON"),
    (r#"{"token_id":"a","until":4000000000,}"#, "not strict JSON"),
    ("# a comment", "not strict JSON"),
    ("{\"token_id\":\"a\0\",\"until\":4000000000}", "not strict JSON"),
    ("\0\0\0\0", "not strict JSON"),
    (r#"{"token_id":"\ud800","until":4000000000}"#, "not strict JSON"),
    (r#"["a"]"#, "not a JSON object"),
    ("null", "not a JSON object"),
    ("17", "not a JSON object"),
    ("{}", "names nothing|until: the field is missing"),
    (r#"{"until":4000000000}"#, "names nothing"),
    (r#"{"issuer":"main","until":4000000000}"#, "names nothing"),
    (r#"{"token_id":"a","untill":4000000000}"#, "a field that is not known"),
    (r#"{"Token_id":"a","until":4000000000}"#, "a field that is not known"),
    (r#"{"token_id":"a"}"#, "until: the field is missing"),
    (r#"{"token_id":"a","until":null}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":"4000000000"}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":4e9}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":4000000000.5}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":0}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":-1}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":4102444800}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":4000000000000}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":18446744073709551617}"#, "until: a whole number"),
    (r#"{"token_id":"a","until":99999999999999999999999999999999999999999999}"#, "until: a whole number"),
    (r#"{"token_id":"","until":4000000000}"#, "token_id: the text is empty"),
    (r#"{"token_id":" a","until":4000000000}"#, "token_id: the text is empty, begins"),
    (r#"{"token_id":"a\n","until":4000000000}"#, "token_id: the text is empty, begins"),
    (r#"{"token_id":"a\u0000b","until":4000000000}"#, "control character"),
    (r#"{"token_id":17,"until":4000000000}"#, "token_id: a string"),
    (r#"{"token_id":null,"until":4000000000}"#, "token_id: a string"),
    (r#"{"token_id":["a"],"until":4000000000}"#, "token_id: a string"),
    (r#"{"token_id":"a","session":"b","until":4000000000}"#, "more than one thing"),
    (r#"{"client":"a","tenant":"t","object_id":"b","until":4000000000}"#, "more than one thing"),
    (r#"{"object_id":"b","until":4000000000}"#, "tenant: an object id"),
    (r#"{"tenant":"t","object_id":"6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11","until":4000000000}"#, "tenant: a GUID"),
    (r#"{"tenant":"9188aaaa-6c67-4c5b-b112-36a304b66dad","object_id":"bob","until":4000000000}"#, "object_id: a GUID"),
    (r#"{"tenant":"{9188aaaa-6c67-4c5b-b112-36a304b66dad}","object_id":"b","until":4000000000}"#, "tenant: a GUID"),
    (r#"{"account":"bob","until":4000000000}"#, "account: a fully qualified name"),
    (r#"{"account":"Main:bob","until":4000000000}"#, "account: the configuration has no label"),
    (r#"{"tenant":"b","until":4000000000}"#, "tenant: it goes with object_id only"),
    (r#"{"client":"a","tenant":"b","until":4000000000}"#, "tenant: it goes with object_id only"),
    (r#"{"subject":"b","until":4000000000}"#, "issuer: a subject"),
    (r#"{"client":"a","issuer":"Main","until":4000000000}"#, "issuer: the configuration has no issuer"),
    (
        r#"{"client":"a","issuer":"https://issuer.example/","until":4000000000}"#,
        "issuer: the configuration has no issuer",
    ),
    (
        r#"{"token_id":"a","issued_before":1700000000,"until":4000000000}"#,
        "issued_before: it does not go with token_id",
    ),
    (r#"{"session":"a","issued_before":1700000000,"until":4000000000}"#, "issued_before: it does not go with session"),
    (r#"{"key_id":"a","issued_before":1700000000,"until":4000000000}"#, "issued_before: it does not go with key_id"),
    (r#"{"issued_before":1700000000000,"until":4000000000}"#, "issued_before: a whole number"),
    (r#"{"issued_before":0,"until":4000000000}"#, "issued_before: a whole number"),
    (r#"{"token_id":"a","note":1,"until":4000000000}"#, "note: a string"),
    (r#"{"unlock":"SVC:bob"}"#, "at: the field is missing"),
    (r#"{"unlock":"SVC:bob","at":0}"#, "at: a whole number"),
    (r#"{"unlock":"SVC:bob","at":4000000000000}"#, "at: a whole number"),
    (r#"{"unlock":"bob","at":4000000000}"#, "unlock: a fully qualified name"),
    (r#"{"unlock":" SVC:bob","at":4000000000}"#, "unlock: the text is empty, begins"),
    (r#"{"unlock":17,"at":4000000000}"#, "unlock: a string"),
    (r#"{"unlock":"SVC:bob","at":4000000000,"until":4000000000}"#, "unlock: only at and note"),
    (r#"{"unlock":"SVC:bob","at":4000000000,"account":"SVC:bob"}"#, "unlock: only at and note"),
    (r#"{"unlock":"SVC:bob","at":4000000000,"issuer":"main"}"#, "unlock: only at and note"),
    (r#"{"token_id":"a","at":4000000000,"until":4000000000}"#, "at: it goes with unlock only"),
    (r#"{"at":4000000000}"#, "at: it goes with unlock only"),
    (r#"{"unlock":"SVC:bob","at":4000000000,"note":1}"#, "note: a string"),
];

const GOOD: &[&str] = &[
    r#"{"token_id":"a","until":1700000000}"#,
    r#"{"token_id":"a","until":4102444799}"#,
    r#" { "until" : 4000000000 , "token_id" : "\u0061" } "#,
    r#"{"tenant":"9188aaaa-6c67-4c5b-b112-36a304b66dad","object_id":"6467B1E1-1B3E-4B3F-9D51-2A4E5F4A9C11","until":4000000000}"#,
    r#"{"account":"main:bob","until":4000000000}"#,
    r#"{"subject":"s","issuer":"main","until":4000000000}"#,
    r#"{"session":"s","note":"left the company","until":4000000000}"#,
    r#"{"client":"c","issuer":"main","issued_before":1,"until":4000000000}"#,
    r#"{"issued_before":4102444799,"until":4102444799}"#,
    r#"{"unlock":"SVC:bob","at":4000000000,"note":"called the help desk"}"#,
    r#"{"at":4000000000,"unlock":"K2:CONTOSO\\bob"}"#,
    "\u{feff}{\"key_id\":\"k\",\"until\":4000000000}\r",
];

#[test]
fn each_mistake_is_told_with_its_line() {
    let world = World::new();
    for (line, expected) in WRONG {
        let error = world.verifier.revoke(&format!("{}\n{line}\n", GOOD[0])).map_err(|error| error.to_string());
        let error = error.expect_err(line);
        assert!(error.starts_with("line 2: "), "{line}: {error}");
        assert!(expected.split('|').any(|expected| error.contains(expected)), "{line}: {error}");
        assert!(!error.contains("4000000000") && !error.contains('\n') && error.len() < 200, "{line}: {error}");
    }
    let metrics = world.verifier.metrics();
    assert!(!metrics.contains("doorward_denylist_entries{"), "{metrics}");
}

#[test]
fn what_is_right_beside_a_mistake_is_taken() {
    for line in GOOD {
        assert_eq!(World::new().verifier.revoke(line), Ok(1), "{line}");
    }
    let world = World::new();
    assert_eq!(world.verifier.revoke(&GOOD[..11].join("\n")), Ok(11));
    assert_eq!(world.code(json!({ "jti": "a" })), Code::TokenRevoked);
}

/// What was never meant to be a list must be refused soon, without filling the memory.
#[test]
fn hostile_files_are_refused() {
    let folder = doorward_testkit::scratch().join(format!("hostile-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let good = format!("{}\n", GOOD[0]).into_bytes();
    let text =
        |length: usize| format!("{{\"token_id\":\"{}\",\"until\":4000000000}}\n", "a".repeat(length)).into_bytes();
    let padded = |length: usize| format!("{}{}\n", " ".repeat(length - 1 - GOOD[1].len()), GOOD[1]).into_bytes();
    assert_eq!(padded(16 * 1024).len(), 16 * 1024);
    let files: Vec<(&str, Vec<u8>, &str)> = vec![
        ("one line of 16 MiB", vec![b'a'; 16 * 1024 * 1024], "line 1: it has more than 16 KiB"),
        (
            "the same without an end, behind a good one",
            [good.clone(), vec![b'"'; 16 * 1024 * 1024]].concat(),
            "line 2: it has more",
        ),
        ("the largest line", padded(16 * 1024), ""),
        ("the next", padded(16 * 1024 + 1), "line 1: it has more than 16 KiB"),
        ("the longest text", text(4096), ""),
        ("the next text", text(4097), "line 1: token_id: the text has more than 4096 bytes"),
        ("depth", ["[".repeat(8000), "]".repeat(8000)].concat().into_bytes(), "nesting is too deep"),
        (
            "depth in a field",
            format!("{{\"token_id\":{}{}}}", "[".repeat(4000), "]".repeat(4000)).into_bytes(),
            "too deep",
        ),
        (
            "many members",
            format!("{{{}}}", (0..1000).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(",")).into_bytes(),
            "too many members",
        ),
        ("zeros", vec![0; 100_000], "line 1: it has more"),
        ("a few zeros", vec![0; 100], "line 1: it is not strict JSON"),
        ("no UTF-8", b"{\"token_id\":\"\xff\",\"until\":4000000000}".to_vec(), "not UTF-8"),
        ("empty lines", vec![b'\n'; 1_000_000], ""),
        ("nothing", vec![], ""),
    ];
    let configuration = configuration();
    for (name, bytes, expected) in files {
        fs::write(folder.join("list.jsonl"), bytes).unwrap();
        let config = Config::from_json(configuration.replace("FILE", "list.jsonl")).relative_to(&folder);
        let outcome = Verifier::open(&config).map(|_| ()).map_err(|error| {
            assert_eq!((error.code(), error.path()), (Code::DenylistRejected, "denylist.file"), "{name}: {error}");
            error.to_string()
        });
        match outcome {
            Ok(()) => assert_eq!(expected, "", "{name}"),
            Err(error) => assert!(!expected.is_empty() && error.contains(expected), "{name}: {error}"),
        }
    }
    for (name, expected) in
        [("nowhere.jsonl", "can't read"), (".", "it is not a file"), ("/dev/zero", "it is not a file")]
    {
        let error =
            Verifier::open(&Config::from_json(configuration.replace("FILE", name)).relative_to(&folder)).unwrap_err();
        assert_eq!((error.code(), error.path()), (Code::FileUnreadable, "denylist.file"), "{name}");
        assert!(error.message().contains(expected), "{error}");
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// The text of a configuration with a denylist in the file FILE.
fn configuration() -> String {
    let key = doorward_testkit::TestKey::generate(doorward::Algorithm::EdDSA).unwrap();
    let mut configuration = doorward_testkit::configuration(&[key.jwk("a")], &[doorward::Algorithm::EdDSA]);
    configuration["denylist"] = json!({ "file": "FILE" });
    configuration.to_string()
}
