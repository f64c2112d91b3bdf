//! What people are told: explanations, health, metrics.

use super::world::World;
use doorward::{Code, Explanation, Request, StepOutcome};
use doorward_testkit::{KEY_ID, NOW, entra_claims};
use serde_json::{Value, json};
use std::fs;

const UNTIL: i64 = NOW + 3600;

fn explained(world: &World, bearer: &str) -> Explanation {
    let request = Request::new("api").authorization(bearer.as_bytes());
    let explanation = world.verifier.explain(&request);
    assert_eq!(explanation.code(), world.verifier.verify(&request).code());
    explanation
}

/// The step that failed, what was found, and the advice.
fn told(world: &World, bearer: &str) -> (&'static str, String, String) {
    let explanation = explained(world, bearer);
    assert_eq!(explanation.code(), Code::TokenRevoked);
    let failed = explanation.steps().iter().find(|step| step.outcome == StepOutcome::Failed).unwrap();
    let [advice] = explanation.advice() else { panic!("{explanation}") };
    (failed.name, failed.found.clone(), advice.clone())
}

#[test]
fn an_explanation_tells_which_entry_it_was_and_what_to_do() {
    let claims = json!({ "sid": "s-1", "iat": NOW - 100 });
    let new_token = "The client has to get a new token";
    let cases: Vec<(Value, &str, &str, [&str; 2])> = vec![
        (
            json!({ "token_id": entra_claims()["uti"] }),
            "revocation",
            "uti a1b2c3d4e5f6g7h8i9j0kA, revoked by a call",
            ["This very token (uti) is revoked by a call of the host, until 2023-11-14T23:13:20Z.", new_token],
        ),
        (
            json!({ "tenant": entra_claims()["tid"], "object_id": entra_claims()["oid"] }),
            "revocation",
            "oid 6467b1e1",
            ["This user (tid and oid)", "A new token will not do"],
        ),
        (
            json!({ "subject": entra_claims()["sub"], "issuer": "main" }),
            "revocation",
            "sub xX2bU5o7",
            ["This user (sub) of the issuer main", "A new token will not do"],
        ),
        (json!({ "session": "s-1" }), "revocation", "sid s-1", ["The session", "by signing in again"]),
        (
            json!({ "client": entra_claims()["appid"] }),
            "revocation",
            "appid 04f0c124",
            ["The application that it was made for (appid)", "A new token will not do"],
        ),
        (
            json!({ "key_id": KEY_ID }),
            "key",
            "key id key-1, and the key is revoked by a call",
            ["The key that signed it (kid)", "another key"],
        ),
        (
            json!({ "issued_before": NOW }),
            "revocation",
            "iat 1699999900",
            ["Every token, as far as it was issued before 2023-11-14T22:13:20Z,", new_token],
        ),
    ];
    for (entry, step, found, advice) in cases {
        let world = World::new();
        assert!(explained(&world, &world.bearer(claims.clone())).code().is_ok());
        let mut entry = entry;
        entry["until"] = json!(UNTIL);
        world.revoke(entry.clone());
        let (name, told_found, told_advice) = told(&world, &world.bearer(claims.clone()));
        assert!(name == step && told_found.contains(found), "{entry}: {name} {told_found}");
        for words in advice.into_iter().chain(["a restart of the host forgets it"]) {
            assert!(told_advice.contains(words), "{entry}: {told_advice}");
        }
        // The other order of things: a token that names no key.
        if step == "key" {
            let bearer = world.bearer_of(&json!({ "alg": "EdDSA" }), &entra_claims());
            assert!(told(&world, &bearer).1.starts_with("no key id (kid), and the key is revoked"));
        }
    }
}

#[test]
fn an_account_is_told_by_its_label_and_name() {
    let world = World::with(json!({ "user_managers": { "P": { "issuers": ["main"], "case": "lower" } } }));
    let bearer = world.bearer(json!({ "sub": "Bob" }));
    let step = |explanation: Explanation| {
        let step = explanation.steps().iter().find(|step| step.name == "revocation").cloned().unwrap();
        (step.outcome, step.found)
    };
    world.revoke(json!({ "account": "P:bobby", "until": UNTIL }));
    assert_eq!(step(explained(&world, &bearer)), (StepOutcome::Passed, "nothing".to_owned()));
    world.revoke(json!({ "account": "P:bob", "until": UNTIL }));
    let (name, found, advice) = told(&world, &bearer);
    assert_eq!((name, &*found), ("revocation", "the account P:bob, revoked by a call of the host"));
    for words in ["This account (label and user name) is revoked by a call", "A new token will not do."] {
        assert!(advice.contains(words), "{advice}");
    }
    // What names the token itself comes first.
    world.revoke(json!({ "token_id": entra_claims()["uti"], "until": UNTIL }));
    assert!(told(&world, &bearer).1.starts_with("uti "));
}

#[test]
fn an_entry_of_the_file_is_told_with_its_line() {
    let file = doorward_testkit::scratch().join(format!("told-{}.jsonl", std::process::id()));
    let line = |id: &str| format!("{{\"token_id\":\"{id}\",\"until\":{UNTIL}}}\n");
    fs::write(&file, format!("{}\n\n{}", line("a"), line("b"))).unwrap();
    let world = World::with(json!({ "denylist": { "file": file.to_str().unwrap() } }));
    let (_, found, advice) = told(&world, &world.bearer(json!({ "jti": "b" })));
    let place = format!("by line 4 of {}", file.display());
    assert!(found.ends_with(&place), "{found}");
    assert!(advice.contains(&place) && advice.ends_with("take the line out of the file."), "{advice}");
    let health: Value = serde_json::from_str(&world.verifier.health().to_json()).unwrap();
    let expected = json!({ "file": file.to_str().unwrap(), "entries": 2, "age_seconds": 0, "failure": null });
    assert_eq!(health["denylist"], expected);
    fs::remove_file(&file).unwrap();
}

#[test]
fn a_denial_tells_the_log_the_claim_and_nothing_of_its_value() {
    let world = World::new();
    world.revoke(json!({ "token_id": "t-1", "until": UNTIL }));
    let verdict = world.verdict(json!({ "jti": "t-1" }));
    let denial = verdict.denial().unwrap();
    assert_eq!(
        denial.to_string(),
        "3016 TokenRevoked: the token has been revoked (jti: expected one that is not revoked)"
    );
    assert!(verdict.identity().is_none());
}

#[test]
fn metrics_count_entries_and_hits() {
    let world = World::new();
    let sample = |name: &str| {
        let metrics = world.verifier.metrics();
        metrics.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
    };
    assert_eq!(sample(r#"doorward_denylist_entries{kind="session",from="calls"}"#), None);
    assert_eq!(sample("doorward_denylist_file_refused"), None);
    world.revoke(json!({ "session": "s-1", "until": UNTIL }));
    world.revoke(json!({ "session": "s-1", "until": UNTIL }));
    world.revoke(json!({ "session": "s-1", "issuer": "main", "until": UNTIL }));
    world.revoke(json!({ "issued_before": 1, "until": UNTIL }));
    assert_eq!(sample(r#"doorward_denylist_entries{kind="session",from="calls"}"#).unwrap(), "2");
    assert_eq!(sample(r#"doorward_denylist_entries{kind="any",from="calls"}"#).unwrap(), "1");
    for _ in 0..3 {
        assert_eq!(world.code(json!({ "sid": "s-1" })), Code::TokenRevoked);
    }
    explained(&world, &world.bearer(json!({ "sid": "s-2" })));
    let hits = r#"doorward_verdicts_total{api="api",code="3016",name="TokenRevoked"}"#;
    assert_eq!(sample(hits).unwrap(), "3");
}
