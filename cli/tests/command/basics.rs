//! The command line, as a shell sees it: output, standard input, exit codes.

use super::command::{Folder, code, finish, json, run, start, stderr, stdout, text};
use doorward::{Algorithm, Code};
use serde_json::{Value, json};
use std::fs;

const AUDIENCE: &str = "urn:api";

/// A key, a configuration for it, and how to ask.
struct Trial {
    folder: Folder,
    key: String,
    config: String,
}

impl Trial {
    fn new(name: &str, algorithm: Algorithm) -> Self {
        let folder = Folder::new(name);
        let key = folder.path("key");
        text(&["key", "new", "--alg", algorithm.name(), "--out", &key], b"", 0);
        let set = json(&["key", "public", &key, "--alg", algorithm.name(), "--kid", "k"], b"", 0);
        let config = json!({
            "issuers": { "try": {
                "issuer": "urn:try", "jwks": set, "audiences": [AUDIENCE], "algorithms": [algorithm.name()],
            } },
            "apis": { "api": { "enabled": true, "accept": ["bearer"], "issuers": ["try"], "scopes": ["read"] } },
        });
        let config = folder.write("doorward.json", &config.to_string());
        Self { folder, key, config }
    }

    fn sign(&self, algorithm: Algorithm, more: &[&str]) -> String {
        let fixed = ["token", "sign", "--key", &self.key, "--alg", algorithm.name(), "--kid", "k", "--issuer"];
        let claims = ["urn:try", "--audience", AUDIENCE, "--subject", "bob", "--scope", "read write"];
        text(&[&fixed[..], &claims, more].concat(), b"", 0).trim_end().to_owned()
    }

    fn asked<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&[command, "--config", &self.config, "--api", "api"], more].concat()
    }
}

fn es256(name: &str) -> (Trial, String) {
    let trial = Trial::new(name, Algorithm::ES256);
    let token = trial.sign(Algorithm::ES256, &[]);
    (trial, token)
}

#[test]
fn a_key_and_a_token_of_each_algorithm_verify() {
    for algorithm in Algorithm::ALL {
        let trial = Trial::new(algorithm.name(), algorithm);
        let header = format!("Bearer {}\n", trial.sign(algorithm, &[]));
        let verdict = json(&trial.asked("verify", &["--json"]), header.as_bytes(), 0);
        assert_eq!(verdict["qualified_name"], "try:bob", "{algorithm}");
        assert_eq!(verdict["scopes"], json!(["read", "write"]), "{algorithm}");
        let expired = format!("Bearer {}", trial.sign(algorithm, &["--expires-in", "-5m"]));
        let verdict = json(&trial.asked("verify", &["--json"]), expired.as_bytes(), 1);
        assert_eq!(verdict["name"], "Expired", "{algorithm}");
    }
}

#[test]
fn verify_prints_who_or_why_not() {
    let (trial, token) = es256("verify");
    let header = format!("Bearer {token}");
    let accepted = text(&trial.asked("verify", &["--header", &header]), b"", 0);
    for expected in ["accepted  try:bob", "scopes     read write", "issuer     urn:try", "expires    "] {
        assert!(accepted.contains(expected), "{expected}: {accepted}");
    }
    let other = trial.sign(Algorithm::ES256, &["--claim", "sub=eve"]);
    let forged = format!("Bearer {}.{}", other.rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1);
    let denied = text(&trial.asked("verify", &["--header", "-"]), forged.as_bytes(), 1);
    for expected in ["denied  3008 SignatureInvalid  HTTP 401", "challenge  Bearer realm=\"api\"", "who acts"] {
        assert!(denied.contains(expected), "{expected}: {denied}");
    }
}

#[test]
fn a_request_has_as_many_headers_as_are_given() {
    let (trial, token) = es256("headers");
    let header = format!("Bearer {token}");
    let two = json(&trial.asked("verify", &["--json", "--header", &header, "--header", &header]), b"", 1);
    assert_eq!(two["name"], "HeaderRepeated");
    let empty = json(&trial.asked("verify", &["--json", "--header", "", "--header", &header]), b"", 1);
    assert_eq!(empty["name"], "HeaderRepeated");
    for empty in [&b""[..], b"\n", b"\r\n"] {
        let none = json(&trial.asked("verify", &["--json"]), empty, 1);
        assert_eq!((&none["name"], &none["http"]), (&json!("CredentialsMissing"), &json!(401)));
    }
}

#[test]
fn verify_and_explain_ask_by_path() {
    let (trial, token) = es256("by-path");
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&trial.config).unwrap()).unwrap();
    config["apis"]["api"]["paths"] = json!(["/api/v1"]);
    let config = trial.folder.write("paths.json", &config.to_string());
    let asked = |command, path| [command, "--json", "--config", &config, "--path", path];
    let header = format!("Bearer {token}");
    assert_eq!(json(&asked("verify", "/api/v1/x?y"), header.as_bytes(), 0)["qualified_name"], "try:bob");
    for (path, name, http) in [("/api/v10", "PathUnknown", 403), ("/api/x/../v1", "PathAmbiguous", 400)] {
        let verdict = json(&asked("verify", path), header.as_bytes(), 1);
        assert_eq!((&verdict["name"], &verdict["http"]), (&json!(name), &json!(http)));
    }
    let found = |path, code| json(&asked("explain", path), header.as_bytes(), code)["steps"][0]["found"].clone();
    assert_eq!(found("/api/v1", 0), "/api/v1, which apis.api.paths[0] leads to api");
    assert_eq!(found("/API/v1", 1), "some hosts find the prefix of an API in the path, and others don't");
    // One of the two is given.
    for more in [&["--api", "api", "--path", "/"][..], &[]] {
        assert_eq!(code(&run(&[&["verify", "--config", &config][..], more].concat(), b"")), 2, "{more:?}");
    }
}

#[test]
fn explain_takes_what_people_paste() {
    let (trial, token) = es256("paste");
    let good = [
        token.clone(),
        format!("{token}\r\n"),
        format!("Bearer {token}\n"),
        format!("Authorization: Bearer {token}"),
        format!("bearer  {token}"),
    ];
    for pasted in good {
        text(&trial.asked("explain", &[]), pasted.as_bytes(), 0);
    }
    text(&trial.asked("explain", &["Bearer", &token]), b"", 0);
    text(&trial.asked("explain", &[&token]), b"", 0);
    let bad = [format!("\"{token}\""), format!("{token} "), format!("Bearer Bearer {token}"), token.replace('.', " .")];
    for pasted in bad {
        let explained = json(&trial.asked("explain", &["--json", "-"]), pasted.as_bytes(), 1);
        assert_eq!(explained["name"], "HeaderMalformed", "{pasted}");
        assert!(!explained["advice"].as_array().unwrap().is_empty(), "{pasted}");
    }
}

#[test]
fn explain_shows_the_step_that_failed_and_advice() {
    let trial = Trial::new("explain", Algorithm::EdDSA);
    let token = trial.sign(Algorithm::EdDSA, &["--claim", "aud=urn:api/"]);
    let explained = text(&trial.asked("explain", &[]), token.as_bytes(), 1);
    for expected in ["denied  3012 AudienceMismatch", "✓ signature", "✗ audience", "· not reached", "What to do\n  1. "]
    {
        assert!(explained.contains(expected), "{expected}: {explained}");
    }
    assert!(explained.lines().all(|line| line.chars().count() <= 120), "{explained}");
}

#[test]
fn another_time_can_be_asked_for() {
    let (trial, token) = es256("now");
    for command in ["verify", "explain"] {
        let at = |seconds, exit| {
            let header = format!("Bearer {token}");
            json(&trial.asked(command, &["--json", "--now", seconds]), header.as_bytes(), exit)["name"].clone()
        };
        assert_eq!(at("1000000000", 1), "NotYetValid");
        assert_eq!(at("100000000000", 1), "Expired");
    }
    assert_eq!(code(&run(&trial.asked("verify", &["--now", "-1"]), b"")), 2);
}

#[test]
fn nothing_of_a_token_steers_the_terminal() {
    let (trial, _) = es256("escape");
    let evil = ["--kid", "\u{1b}[2J\u{7}", "--claim", "upn=\u{1b}]0;x\u{7}"];
    let fixed = ["token", "sign", "--key", &trial.key, "--issuer", "urn:try"];
    let token = text(&[&fixed[..], &evil].concat(), b"", 0);
    for command in ["explain", "verify"] {
        let shown = text(&trial.asked(command, &[]), format!("Bearer {token}").as_bytes(), 1);
        assert!(shown.chars().all(|character| character == '\n' || !character.is_control()), "{shown:?}");
    }
}

#[test]
fn colours_are_for_terminals() {
    let arguments = ["codes"];
    assert!(!stdout(&run(&arguments, b"")).contains('\u{1b}'));
    let mut forced = start(&arguments);
    forced.env("CLICOLOR_FORCE", "1");
    assert!(stdout(&finish(forced, b"")).contains("\u{1b}["));
}

#[test]
fn check_says_ok_or_where_the_fault_is() {
    let (trial, _) = es256("check");
    let summary = text(&["check", &trial.config], b"", 0);
    assert!(summary.starts_with("ok  ") && summary.contains("urn:try") && summary.contains("scopes read"), "{summary}");
    let checked = json(&["check", "--json", &trial.config], b"", 0);
    assert_eq!(checked["ok"], true);
    assert_eq!(checked["apis"], json!([{ "name": "api", "enabled": true }]));

    let wrong = fs::read_to_string(&trial.config).unwrap().replace("\"scopes\"", "\"scope\"");
    let wrong = trial.folder.write("wrong.json", &wrong);
    let output = run(&["check", "--json", &wrong], b"");
    assert_eq!(code(&output), 3);
    let error = serde_json::from_slice::<Value>(&output.stdout).unwrap()["error"].clone();
    assert_eq!((&error["code"], &error["path"]), (&json!(7003), &json!("apis.api.scope")));
    let sentence = stderr(&output).trim_end();
    assert!(sentence.starts_with("error: 7003 FieldUnknown: apis.api.scope: "), "{sentence}");
    assert_eq!(sentence.lines().count(), 1);
}

#[test]
fn check_takes_a_long_configuration_from_standard_input_too() {
    let (trial, _) = es256("long");
    let long = fs::read_to_string(&trial.config).unwrap() + &" ".repeat(2 << 20);
    let path = trial.folder.write("long.json", &long);
    text(&["check", &path], b"", 0);
    text(&["check", "-"], long.as_bytes(), 0);
}

#[test]
fn explain_tells_a_file_from_a_token_and_a_scheme_too() {
    let (trial, token) = es256("file");
    let file = trial.folder.write("good.txt", &token);
    let output = run(&trial.asked("explain", &[&file]), b"");
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("write < "), "{}", stderr(&output));
    let name = |command| json(&trial.asked(command, &["--json"]), b"ApiKey 12345", 1)["name"].clone();
    assert_eq!(name("explain"), name("verify"));
}

#[test]
fn check_tells_what_is_worth_knowing() {
    let (trial, _) = es256("notes");
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&trial.config).unwrap()).unwrap();
    config["apis"]["api"]["accept"] = json!(["bearer", "basic"]);
    let config = trial.folder.write("basic.json", &config.to_string());
    assert!(text(&["check", &config], b"", 0).contains("worth knowing\n  apis.api.accept: "));
    assert_eq!(json(&["check", "--json", &config], b"", 0)["notes"][0]["path"], "apis.api.accept");
}

#[test]
fn a_wrong_command_line_is_told_from_wrong_input() {
    let (trial, _) = es256("exit");
    for arguments in [&["frobnicate"][..], &["verify"], &["check"], &["key", "new", "--alg", "none"], &[]] {
        let output = run(arguments, b"");
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{arguments:?}");
    }
    let missing = trial.folder.path("missing");
    let wrong: [&[&str]; 5] = [
        &["check", &missing],
        &["verify", "--config", &missing, "--api", "api"],
        &["explain", "--config", &missing, "--api", "api"],
        &["key", "public", &missing],
        &["token", "sign", "--key", &missing],
    ];
    for arguments in wrong {
        let output = run(arguments, b"");
        assert_eq!((code(&output), stderr(&output).lines().count()), (3, 1), "{arguments:?}");
        assert!(stderr(&output).contains("No such file") || cfg!(windows), "{arguments:?}");
    }
}

#[test]
fn help_is_no_error_and_tells_the_exit_codes() {
    for arguments in [&["--help"][..], &["verify", "--help"], &["demo", "-h"], &["key", "-h"]] {
        let help = text(arguments, b"", 0);
        assert!(help.contains("Exit codes:\n  0  "), "{help}");
    }
    assert!(text(&["--version"], b"", 0).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn no_error_repeats_a_token_or_a_secret() {
    let (trial, token) = es256("secret");
    let private = fs::read_to_string(&trial.key).unwrap();
    let broken = trial.folder.write("broken.json", &format!("{{\"apis\": {token}}}"));
    let public_in_private = trial.folder.write("token.pem", &token);
    let header = format!("Bearer {token}");
    let cases: [(&[&str], &[u8], i32); 9] = [
        (&["check", &broken], b"", 3),
        (&["verify", "--config", &broken, "--api", "api"], header.as_bytes(), 3),
        (&["verify", "--config", &trial.config, "--api", "api", "--header", "Bearer", &token], b"", 2),
        (&[&token], b"", 2),
        (&["explain", "--tokn", "x", &token], b"", 2),
        (&["key", "public"], token.as_bytes(), 3),
        (&["key", "public", "--alg", "RS256"], private.as_bytes(), 3),
        (&["key", "thumbprint", &public_in_private], b"", 3),
        (&["token", "sign", "--key", &trial.key, "--claims", "-"], token.as_bytes(), 3),
    ];
    let misplaced = ["now", "api", "json"].map(|name| format!("--{name}={token}"));
    let [now, api, json] = misplaced.each_ref().map(String::as_str);
    let sign = ["alg", "claim"].map(|name| format!("--{name}={token}"));
    let more: [(&[&str], &[u8], i32); 9] = [
        (&["check", &token], b"", 3),
        (&["check", "--json", &token], b"", 3),
        (&["verify", "--config", &token, "--api", "api"], b"", 3),
        (&["key", "public", &token], b"", 3),
        (&["explain", "--config", &trial.config, api, "x"], b"", 2),
        (&["explain", "--config", &trial.config, "--api", "api", now], b"", 2),
        (&["codes", json], b"", 2),
        (&["token", "sign", "--key", &trial.key, &sign[0]], b"", 2),
        (&["token", "sign", "--key", &trial.key, &sign[1]], b"", 2),
    ];
    let parts = token.split('.').chain(private.lines().nth(1));
    let parts: Vec<_> = parts.map(|part| &part[..24]).collect();
    for (arguments, stdin, expected) in cases.into_iter().chain(more) {
        let output = run(arguments, stdin);
        assert_eq!(code(&output), expected, "{}", stderr(&output));
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert!(!said.is_empty() && parts.iter().all(|part| !said.contains(part)), "{said}");
    }
}

#[test]
fn a_closed_pipe_is_no_panic_and_keeps_the_exit_code() {
    let (trial, _) = es256("pipe");
    let denied = trial.asked("explain", &["x"]);
    for (arguments, expected) in [(vec!["codes"], 0), (vec!["schema"], 0), (vec!["--help"], 0), (denied, 1)] {
        let mut child = start(&arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (expected, ""), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_private_key_is_for_its_owner_and_replaces_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    let path = folder.path("key.pem");
    let output = run(&["key", "new", "--alg", "ES256", "--out", &path], b"");
    assert!(stderr(&output).contains("for tests only") && stdout(&output).is_empty());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&path).unwrap();
    assert!(before.starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!(code(&run(&["key", "new", "--alg", "ES256", "--out", &path], b"")), 3);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_public_key_set_holds_no_private_part() {
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_symmetric()) {
        let private = text(&["key", "new", "--alg", algorithm.name()], b"", 0);
        let set = json(&["key", "public", "--alg", algorithm.name()], private.as_bytes(), 0);
        let jwk = set["keys"][0].as_object().unwrap();
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!jwk.contains_key(member), "{algorithm} {member}");
        }
        assert_eq!(jwk["kid"], text(&["key", "thumbprint"], private.as_bytes(), 0).trim_end(), "{algorithm}");
    }
}

#[test]
fn a_secret_for_hmac_is_a_jwk_and_said_to_be_secret() {
    let secret = text(&["key", "new", "--alg", "HS512"], b"", 0);
    assert_eq!(serde_json::from_str::<Value>(&secret).unwrap()["kty"], "oct");
    let output = run(&["key", "public", "-"], secret.as_bytes());
    assert!(stderr(&output).contains("holds the secret itself"), "{}", stderr(&output));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["keys"][0]["alg"], "HS512");
}

/// RFC 7638 section 3.1 and RFC 8037 appendix A.3.
#[test]
fn thumbprints_are_those_of_the_rfcs() {
    let rsa = json!({
        "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let set = json!({ "keys": [rsa, ed25519] }).to_string();
    let thumbprints = text(&["key", "thumbprint"], set.as_bytes(), 0);
    let expected = ["NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"];
    assert_eq!(thumbprints.lines().collect::<Vec<_>>(), expected);
    assert_eq!(json(&["key", "thumbprint", "--json"], set.as_bytes(), 0), json!(expected));
}

#[test]
fn claims_come_from_a_file_and_the_options_win() {
    let (trial, _) = es256("claims");
    let claims = br#"{"iss": "urn:file", "aud": ["a", "b"], "exp": 7}"#;
    let sign = ["token", "sign", "--json", "--key", &trial.key, "--claims", "-", "--issuer", "urn:option"];
    let more = ["--role", "x", "--role", "y", "--claim", "n=5", "--claim", "t=five", "--claim", "aud=\"c\""];
    let signed = json(&[&sign[..], &more].concat(), claims, 0);
    let claims = &signed["claims"];
    assert_eq!((&claims["iss"], &claims["exp"], &claims["aud"]), (&json!("urn:option"), &json!(7), &json!("c")));
    assert_eq!((&claims["roles"], &claims["n"], &claims["t"]), (&json!(["x", "y"]), &json!(5), &json!("five")));
    assert_eq!(signed["token"].as_str().unwrap().split('.').count(), 3);
}

#[test]
fn schema_and_codes_are_the_library_s() {
    let schema = json(&["schema"], b"", 0);
    assert_eq!(schema, serde_json::from_str::<Value>(&doorward::configuration_schema()).unwrap());
    let codes = json(&["codes", "--json"], b"", 0);
    let numbers: Vec<_> = codes.as_array().unwrap().iter().map(|code| code["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, Code::ALL.iter().map(|code| u64::from(code.number())).collect::<Vec<_>>());
    let listed = text(&["codes"], b"", 0);
    let page = text(&["codes", "--markdown"], b"", 0);
    for code in Code::ALL {
        assert!(listed.contains(code.name()) && page.contains(code.name()), "{code}");
    }
    assert_eq!(code(&run(&["codes", "--markdown", "--json"], b"")), 2);
}

#[test]
fn the_demo_ends_well() {
    let shown = text(&["demo", "--quick"], b"", 0);
    for expected in ["verdicts are as expected.", "RS256", "ES256", "EdDSA", "HS256", "doorward explain"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let told = json(&["demo", "--quick", "--json"], b"", 0);
    let cases = told["cases"].as_array().unwrap();
    assert!(cases.len() >= 25, "{}", cases.len());
    for case in cases {
        assert_eq!((&case["code"], &case["as_expected"]), (&case["expected"], &json!(true)), "{case}");
        assert!(case["microseconds"].as_f64().unwrap() > 0.0, "{case}");
    }
    for row in told["throughput"].as_array().unwrap() {
        assert!(row["one_thread"]["per_second"].as_f64().unwrap() > 0.0, "{row}");
    }
    assert_eq!(told["throughput"].as_array().unwrap().len(), 4);
}

/// The three commands agree on each request that the demonstration writes.
#[test]
fn what_the_demo_writes_can_be_gone_on_with() {
    let folder = Folder::new("demo");
    let out = folder.path("try");
    let told = json(&["demo", "--quick", "--json", "--out", &out], b"", 0);
    assert_eq!(code(&run(&["demo", "--quick", "--out", &out], b"")), 3, "the folder is not new");
    let config = format!("{out}/doorward.json");
    text(&["check", &config], b"", 0);
    let cases: Vec<_> = told["cases"].as_array().unwrap().iter().filter(|case| case["file"].is_string()).collect();
    assert!(cases.len() >= 25, "{}", cases.len());
    for case in cases {
        let request = fs::read(format!("{out}/{}", case["file"].as_str().unwrap())).unwrap();
        let asked = ["--json", "--config", &config, "--api", case["api"].as_str().unwrap()];
        let exit = i32::from(case["accepted"] != true);
        for command in ["verify", "explain"] {
            let answer = json(&[&[command][..], &asked].concat(), &request, exit);
            assert_eq!(answer["code"], case["code"], "{command} {case}");
        }
    }
}

/// Every option of every command stands on the page of the command line.
#[test]
fn the_page_of_the_command_line_is_whole() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/command-line.md")).unwrap();
    let commands = [
        "demo",
        "check",
        "verify",
        "explain",
        "keys show",
        "keys fetch",
        "health",
        "schema",
        "codes",
        "entra check",
        "entra consent-url",
        "entra explain",
        "entra postman",
        "key new",
        "key public",
        "key thumbprint",
        "token sign",
    ];
    for command in commands {
        assert!(page.contains(&format!("`doorward {command}")), "{command}");
        let help = text(&[&command.split(' ').collect::<Vec<_>>()[..], &["--help"]].concat(), b"", 0);
        let words = help.split(|character: char| !character.is_ascii_alphanumeric() && character != '-');
        for option in words.filter(|word| word.starts_with("--") && word.len() > 2) {
            assert!(page.contains(option), "{command} {option}");
        }
    }
}
