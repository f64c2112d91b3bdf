//! Mistakes of a configuration with directories, each told in one sentence with its place.

use doorward::{Config, Verifier};
use doorward_testkit::passwords::*;
use serde_json::{Value, json};

fn error(configuration: &Value) -> String {
    Verifier::open(&Config::from_json(configuration.to_string()))
        .err()
        .map_or("none".to_owned(), |error| error.to_string())
}

#[test]
fn mistakes_are_told_with_their_place() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let path = file.0.to_str().unwrap();
    for (manager, expected) in [
        (json!({}), "user_managers.SVC: it has no users"),
        (json!({ "htpasswd": path, "issuers": [] }), "user_managers.SVC.issuers: the list is empty"),
        (json!({ "htpasswd": "/nowhere/users" }), "user_managers.SVC.htpasswd"),
        (json!({ "htpasswd": path, "windows": { "domain": "CONTOSO" } }), "user_managers.SVC: give only one of"),
        #[cfg(not(windows))]
        (json!({ "windows": { "domain": "CONTOSO" } }), "user_managers.SVC.windows: only Windows knows such accounts"),
        (
            json!({ "windows": { "domain": "CON:TOSO" } }),
            "user_managers.SVC.windows.domain: a domain is what stands before",
        ),
        (json!({ "windows": { "domain": "CONTOSO", "logon": "batch" } }), "user_managers.SVC.windows.logon"),
        (
            json!({ "windows": { "domain": "CONTOSO" }, "danger_weak_hashes": true }),
            "user_managers.SVC.danger_weak_hashes: no file has its hashes: it goes with htpasswd",
        ),
        (
            json!({ "htpasswd": path, "user_claims": ["upn"] }),
            "user_managers.SVC.user_claims: no tokens are of its users: it goes with issuers",
        ),
        (json!({ "htpasswd": path, "applications": "object_id" }), "user_managers.SVC.applications: no tokens are of"),
        (json!({ "htpasswd": path, "guests": true }), "user_managers.SVC.guests: no tokens are of its users"),
        (json!({ "htpasswd": "" }), "user_managers.SVC.htpasswd: the text is empty"),
        (json!({ "htpasswd": path, "passwords": { "remember": "25h" } }), "user_managers.SVC.passwords.remember"),
        (
            json!({ "htpasswd": path, "passwords": { "remember_refused": "6m" } }),
            "user_managers.SVC.passwords.remember_refused",
        ),
        (
            json!({ "htpasswd": path, "passwords": { "max_failures": 0 } }),
            "user_managers.SVC.passwords.max_failures: a number from 1 to 1000",
        ),
        (
            json!({ "htpasswd": path, "passwords": { "max_concurrent": 65 } }),
            "user_managers.SVC.passwords.max_concurrent",
        ),
        (json!({ "htpasswd": path, "passwords": { "max_wating": 1 } }), "did you mean"),
        (
            json!({ "htpasswd": path, "passwords": { "failure_window": "30s" } }),
            "user_managers.SVC.passwords.failure_window",
        ),
    ] {
        let configuration = json!({ "user_managers": { "SVC": manager }, "apis": { "api": {} } });
        let told = error(&configuration);
        assert!(told.contains(expected), "{configuration}: {told}");
    }
    let issuer = json!({ "issuer": "urn:i", "jwks": { "keys": [] }, "audiences": ["a"], "algorithms": ["ES256"] });
    let no_directory = "no directory checks its passwords";
    for (field, expected) in [
        (json!({ "default": true }), no_directory),
        (json!({ "passwords": {} }), no_directory),
        (json!({ "danger_weak_hashes": true }), "user_managers.P.danger_weak_hashes: no file has its hashes"),
    ] {
        let mut manager = json!({ "issuers": ["i"] });
        manager.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        let configuration =
            json!({ "issuers": { "i": issuer }, "user_managers": { "P": manager }, "apis": { "api": {} } });
        assert!(error(&configuration).contains(expected), "{}", error(&configuration));
    }
}

#[test]
fn what_could_lead_to_two_directories_is_a_mistake() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let manager = json!({ "htpasswd": file.0.to_str().unwrap(), "default": true });
    let configuration = json!({ "user_managers": { "A": manager, "B": manager }, "apis": { "api": {} } });
    assert!(error(&configuration).contains("user_managers.B.default: the user manager \"A\" has all other names"));
}

#[test]
fn what_is_worth_knowing_is_told_by_check() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\nplain:secret\n"));
    let mut configuration = configuration(&file);
    configuration["apis"]["other"] = json!({ "enabled": true, "accept": ["basic"] });
    let notes = Verifier::check(&Config::from_json(configuration.to_string())).unwrap();
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    let has = |place: &str, what: &str| notes.iter().any(|note| note.starts_with(place) && note.contains(what));
    assert!(has("user_managers.SVC.htpasswd", "line 1: bcrypt at this cost is guessed cheaply"), "{notes:?}");
    assert!(has("user_managers.SVC.htpasswd", "line 2: it is no hash"), "{notes:?}");
    assert!(has("apis.other.accept", "no user manager of the API checks passwords"), "{notes:?}");
    assert!(!has("apis.api.accept", ""), "{notes:?}");
}
