//! Which API a path belongs to, or why it is refused: the rows of `paths.toml`, each asked of a verifier.

use doorward::limits::{PATH_BYTES, PATH_PREFIX_BYTES, PATH_PREFIXES};
use doorward::{Code, Config, Request, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    /// The prefixes of each API, by the name of the configuration.
    configurations: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: String,
    /// The name of an API, or of a code.
    expect: String,
    why: String,
    /// Default: "platform".
    configuration: Option<String>,
}

/// APIs that are on and that no issuer's tokens open: a request without credentials is told the realm of its API.
fn verifier(apis: &BTreeMap<String, Vec<String>>) -> Verifier {
    let api = |(name, paths): (&String, &Vec<String>)| {
        (name.clone(), json!({ "enabled": true, "accept": ["basic"], "paths": paths }))
    };
    let apis: serde_json::Map<String, Value> = apis.iter().map(api).collect();
    Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string())).unwrap()
}

/// The API that a path belongs to, by its realm, or the name of the code.
fn found(verifier: &Verifier, path: &[u8]) -> String {
    let verdict = verifier.verify(&Request::for_path(path));
    let denial = verdict.denial().unwrap();
    assert_eq!(verifier.explain(&Request::for_path(path)).code(), denial.code(), "{}", path.escape_ascii());
    if denial.code() != Code::CredentialsMissing {
        assert_eq!(denial.challenge(), "", "no API was found: {}", path.escape_ascii());
        return denial.code().name().to_owned();
    }
    let realm = denial.challenge().strip_prefix("Basic realm=\"").unwrap();
    realm.split('"').next().unwrap().to_owned()
}

#[test]
fn each_path_belongs_to_its_api_or_is_refused() {
    let rows: Rows = toml::from_str(include_str!("paths.toml")).unwrap();
    let verifiers: BTreeMap<_, _> = rows.configurations.iter().map(|(name, apis)| (name, verifier(apis))).collect();
    let mut seen = HashSet::new();
    let mut faults = Vec::new();
    for Row { path, expect, why, configuration } in &rows.row {
        let configuration = configuration.as_deref().unwrap_or("platform").to_owned();
        assert!(!why.is_empty() && seen.insert((configuration.clone(), path)), "{path} stands there twice");
        let found = found(&verifiers[&configuration], path.as_bytes());
        if found != *expect {
            faults.push(format!("{path}: expected {expect}, got {found} ({why})"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let refused = rows.row.iter().filter(|row| row.expect == "PathAmbiguous").count();
    assert!(rows.row.len() >= 80 && refused >= 40 && rows.row.len() - refused >= 30, "{refused} of {}", rows.row.len());
}

fn one_api(paths: &[&str]) -> Result<Verifier, doorward::ConfigError> {
    Verifier::open(&Config::from_json(json!({ "apis": { "api": { "paths": paths } } }).to_string()))
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let verifier = one_api(&["/"]).unwrap();
    let code = |path: &[u8]| verifier.verify(&Request::for_path(path)).code();
    assert_eq!(code(b"/"), Code::ApiDisabled);
    for path in [&b"/\xe9"[..], b"/\xff", b"/\xc3\xa9", b"/a\0", b"/%C3\xa9", b"\xef\xbb\xbf/", b""] {
        assert_eq!(code(path), Code::PathAmbiguous, "{}", path.escape_ascii());
    }
}

#[test]
fn maxima_are_the_last_that_pass() {
    let verifier = one_api(&["/"]).unwrap();
    let code =
        |size: usize| verifier.verify(&Request::for_path(format!("/{}", "a".repeat(size - 1)).as_bytes())).code();
    assert_eq!((code(PATH_BYTES), code(PATH_BYTES + 1)), (Code::ApiDisabled, Code::PathAmbiguous));

    let prefix = |size: usize| format!("/{}", "a".repeat(size - 1));
    assert!(one_api(&[&prefix(PATH_PREFIX_BYTES)]).is_ok());
    let error = one_api(&[&prefix(PATH_PREFIX_BYTES + 1)]).unwrap_err();
    assert_eq!((error.path(), error.message()), ("apis.api.paths[0]", "the path prefix has more than 256 bytes"));

    let many: Vec<String> = (0..=PATH_PREFIXES).map(|index| format!("/{index}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(one_api(&many[1..]).is_ok());
    let error = one_api(&many).unwrap_err();
    assert_eq!((error.path(), error.message()), ("apis.api.paths", "the list has more than 16 values"));
}

#[test]
fn an_api_that_is_off_is_not_passed_over_for_a_shorter_prefix() {
    let apis = json!({
        "site": { "enabled": true, "accept": ["basic"], "paths": ["/"] },
        "inner": { "paths": ["/inner"] },
    });
    let verifier = Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string())).unwrap();
    let code = |path: &str| verifier.verify(&Request::for_path(path.as_bytes())).code();
    assert_eq!(code("/inner/x"), Code::ApiDisabled);
    assert_eq!(code("/outer/x"), Code::CredentialsMissing);
}

#[test]
fn verdicts_are_counted_for_the_api_that_was_found() {
    let verifier = one_api(&["/here"]).unwrap();
    for path in ["/here", "/here/x", "/there", "/here/.."] {
        verifier.verify(&Request::for_path(path.as_bytes()));
    }
    verifier.resolve(&Request::for_path(b"/here"));
    let metrics = verifier.metrics();
    for sample in [
        r#"doorward_verdicts_total{api="api",code="4101",name="ApiDisabled"} 3"#,
        r#"doorward_verdicts_total{api="",code="4103",name="PathUnknown"} 1"#,
        r#"doorward_verdicts_total{api="",code="2104",name="PathAmbiguous"} 1"#,
    ] {
        assert!(metrics.contains(sample), "{sample} is not in\n{metrics}");
    }
}

#[test]
fn many_prefixes_open_and_are_found() {
    let name = |index: usize| format!("/api/{index}/v1");
    let apis: serde_json::Map<String, Value> = (0..20_000)
        .map(|index| (index.to_string(), json!({ "paths": [name(index), name(index) + "/deep"] })))
        .collect();
    let verifier = Verifier::open(&Config::from_json(json!({ "apis": apis }).to_string())).unwrap();
    for index in [0, 1, 9_999, 19_999] {
        for path in [name(index), name(index) + "/deep/x"] {
            let explanation = verifier.explain(&Request::for_path(path.as_bytes()));
            assert_eq!(explanation.code(), Code::ApiDisabled);
            assert!(explanation.steps()[1].found.starts_with(&format!("{index},")), "{explanation}");
        }
    }
    assert_eq!(verifier.verify(&Request::for_path(b"/api/20000/v1")).code(), Code::PathUnknown);
}
