//! What the documents show is what is there: examples, configurations, links, names.

use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::*;
use serde_json::Value;
use std::path::{Path, PathBuf};

const DOCUMENTS: [&str; 18] = [
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/configuration.md",
    "docs/directories.md",
    "docs/fuzzing.md",
    "docs/keys.md",
    "docs/long-runs.md",
    "docs/revocation.md",
    "docs/c-abi.md",
    "docs/dotnet.md",
    "docs/iis.md",
    "docs/windows.md",
    "bindings/dotnet/README.md",
    "examples/platform/README.md",
    "testkit/CASES.md",
];

fn root() -> &'static Path {
    doorward_testkit::root()
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The blocks of code of one language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = text(document);
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(named) = line.strip_prefix("```") else { continue };
        let block: String = lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
        if named == language {
            blocks.push(block);
        }
    }
    blocks
}

/// The private key of RFC 8037 appendix A.1, whose public half stands in the example.
fn example_key() -> TestKey {
    let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    der.extend(base64_simd::URL_SAFE_NO_PAD.decode_to_vec("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap());
    TestKey::from_pkcs8(doorward::Algorithm::EdDSA, &der).unwrap()
}

#[test]
fn the_readme_shows_the_examples_as_they_are() {
    let example = text("examples/verify.rs");
    let (comment, example) = example.split_once('\n').unwrap();
    assert!(comment.starts_with("//!"));
    assert_eq!(blocks("README.md", "rust"), [example]);
    assert_eq!(blocks("README.md", "json"), [text("examples/doorward.json")]);
    let minimal = text("examples/dotnet/MinimalApi/Program.cs");
    assert_eq!(blocks("README.md", "csharp"), [minimal.as_str()]);
    assert_eq!(blocks("docs/dotnet.md", "csharp")[0], minimal);
}

#[test]
fn the_example_lets_its_user_in_and_nobody_else() {
    let config = Config::from_file(root().join("examples/doorward.json")).unwrap();
    assert_eq!(Verifier::check(&config), Ok(vec![]));
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    let mut claims = good_claims();
    claims["iss"] = "https://login.contoso.example/".into();
    claims["scp"] = "user_impersonation".into();
    claims["sub"] = "alice".into();
    let header = r#"{"alg":"EdDSA","kid":"2026-1"}"#;
    let verify = |api: &str, claims: &Value| {
        let token = example_key().sign(header, &claims.to_string()).unwrap();
        verifier.verify(&Request::new(api).authorization(format!("Bearer {token}").as_bytes()))
    };
    let verdict = verify("workflow-rest", &claims);
    let identity = verdict.identity().unwrap_or_else(|| panic!("{verdict:?}"));
    assert_eq!((identity.qualified_name(), identity.is_administrator()), ("AAD:alice", true));
    assert_eq!(verify("smartobject-odata", &claims).code(), Code::ApiDisabled);
    claims["aud"] = "https://api.k2.com".into();
    assert_eq!(verify("workflow-rest", &claims).code(), Code::AudienceMismatch);
}

#[test]
fn the_readme_names_two_commands_and_the_second_is_what_is_run_everywhere() {
    assert_eq!(blocks("README.md", "sh"), ["cargo run --release -- demo\nbash scripts/test\n"]);
    assert!(text(".ci/run").contains("scripts/test"));
    assert!(text("scripts/test").contains("cargo run --locked --release -- demo"));
}

/// Puts a part of a configuration into the example.
fn with_part(part: &Value) -> Value {
    let mut document: Value = serde_json::from_str(&text("examples/doorward.json")).unwrap();
    for (field, value) in part.as_object().unwrap() {
        match value {
            Value::Object(members) if document[field].is_object() => {
                document[field].as_object_mut().unwrap().extend(members.clone());
            }
            other => document[field] = other.clone(),
        }
    }
    document
}

/// A folder with the files that the document on configuration names.
fn folder() -> PathBuf {
    let folder = doorward_testkit::scratch().join("documents");
    std::fs::create_dir_all(&folder).unwrap();
    let set = serde_json::json!({ "keys": [example_key().jwk("f-1")] });
    std::fs::write(folder.join("factory.jwks.json"), set.to_string()).unwrap();
    // The public key of RFC 8410 section 10.1.
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
               -----END PUBLIC KEY-----\n";
    std::fs::write(folder.join("machines.pem"), pem).unwrap();
    std::fs::write(folder.join("revoked.jsonl"), "").unwrap();
    folder
}

/// The profile of a platform opens, its APIs are on and have their paths, and each line that its page names is there.
#[test]
fn the_profile_of_a_platform_opens() {
    let verifier = Verifier::open(&Config::from_file(root().join("examples/platform/doorward.json")).unwrap()).unwrap();
    for (path, expected) in [
        ("/api/workflow/v1/tasks", Code::CredentialsMissing),
        ("/api/odata/v3/Customers('ALFKI')", Code::CredentialsMissing),
        ("/api/other", Code::PathUnknown),
    ] {
        assert_eq!(verifier.verify(&Request::for_path(path.as_bytes())).code(), expected, "{path}");
    }
    let document: Value = serde_json::from_str(&text("examples/platform/doorward.json")).unwrap();
    let page = text("examples/platform/README.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let lines: Vec<_> = rows.map(|field| field.replace(".*.", ".workflow-rest.").replace('.', "/")).collect();
    assert!(lines.len() >= 7, "{lines:?}");
    for line in lines {
        assert!(document.pointer(&format!("/{line}")).is_some(), "{line} is not in the profile");
    }
}

#[test]
fn each_configuration_of_the_documents_opens() {
    let folder = folder();
    let parts = blocks("docs/configuration.md", "json");
    assert!(parts.len() >= 7, "{}", parts.len());
    for part in parts {
        let document = with_part(&serde_json::from_str(&part).unwrap_or_else(|error| panic!("{part}: {error}")));
        let opened = Verifier::open(&Config::from_json(document.to_string()).relative_to(&folder));
        assert!(opened.is_ok(), "{part}: {}", opened.unwrap_err());
    }
}

/// The names of every field, out of the schema.
fn fields(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Object(properties)) = members.get("properties") {
                names.extend(properties.keys().cloned());
            }
            members.values().for_each(|value| fields(value, names));
        }
        Value::Array(elements) => elements.iter().for_each(|value| fields(value, names)),
        _ => {}
    }
}

#[test]
fn each_field_of_the_configuration_is_documented() {
    let schema: Value = serde_json::from_str(&doorward::configuration_schema()).unwrap();
    let mut names = Vec::new();
    fields(&schema, &mut names);
    assert!(names.len() > 25, "{names:?}");
    let documented = text("docs/configuration.md");
    for name in names.iter().filter(|name| *name != "keys") {
        assert!(documented.contains(&format!("`{name}`")), "{name} is not in docs/configuration.md");
    }
}

#[test]
fn the_map_has_every_room() {
    let map = text("docs/architecture.md");
    for place in ["cli/", "testkit/", "fuzz/"] {
        assert!(map.contains(&format!("`{place}`")), "{place} is not on the map");
    }
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let room = match entry.file_type().unwrap().is_dir() {
            true => format!("src/{name}/"),
            false => format!("src/{name}"),
        };
        assert!(map.contains(&format!("`{room}`")), "{room} is not on the map");
    }
}

#[test]
fn each_link_leads_somewhere() {
    for document in DOCUMENTS {
        let folder = root().join(document);
        let folder = folder.parent().unwrap();
        let text = text(document);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(folder.join(target).is_file(), "{document} links to {target}");
        }
    }
}
