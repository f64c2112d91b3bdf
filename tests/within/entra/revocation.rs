//! Tokens of Entra ID that live for a day, and end before it.

use super::world::{CATALOGUE, loaded};
use doorward::{Code, Verdict};
use doorward_testkit::NOW;
use doorward_testkit::clouds::{BOB, CLIENT, CONTOSO, Clouds, PARTNER};
use doorward_testkit::fetched::Driven;
use serde_json::{Value, json};

/// The uti of each version's tokens.
const TOKENS: [(&str, &str); 2] = [("v1", "a1b2C3d4E5f6g7h8i9j0kA"), ("v2", "Z9y8X7w6V5u4T3s2R1q0pA")];

fn verdict(driven: &Driven, form: &str, claims: &Value) -> Verdict {
    driven.verify(&CATALOGUE.token(form, Some("public"), claims))
}

/// Revokes, and says which of the tokens of both versions are revoked now.
fn revoked_by(clouds: &Clouds, mut entry: Value) -> [bool; 2] {
    let driven = loaded(clouds, &["two_tenants"]);
    entry["until"] = json!(NOW + 28 * 3600);
    driven.verifier.revoke(&entry.to_string()).unwrap();
    TOKENS.map(|(form, _)| match verdict(&driven, form, &json!({})).code() {
        Code::Ok => false,
        Code::TokenRevoked => true,
        other => panic!("{entry} {other}"),
    })
}

/// By its own id, by tenant and object id, and by its client; and the client is told, where it says that it listens.
pub fn a_token_of_a_day_can_end_before_it() {
    let clouds = Clouds::start();
    for (entry, expected) in [
        (json!({ "token_id": TOKENS[0].1 }), [true, false]),
        (json!({ "token_id": TOKENS[1].1 }), [false, true]),
        (json!({ "token_id": TOKENS[0].1.to_lowercase() }), [false, false]),
        (json!({ "tenant": CONTOSO, "object_id": BOB }), [true, true]),
        (json!({ "tenant": PARTNER, "object_id": BOB }), [false, false]),
        (json!({ "client": CLIENT }), [true, true]),
        (json!({ "key_id": "public" }), [true, true]),
        (json!({ "issuer": "contoso", "issued_before": NOW }), [true, true]),
    ] {
        assert_eq!(revoked_by(&clouds, entry.clone()), expected, "{entry}");
    }
    let driven = loaded(&clouds, &[]);
    let entry = json!({ "tenant": CONTOSO, "object_id": BOB, "until": NOW + 28 * 3600 });
    driven.verifier.revoke(&entry.to_string()).unwrap();
    for (form, _) in TOKENS {
        for (capabilities, error) in [(json!(["cp1"]), "insufficient_claims"), (json!(null), "invalid_token")] {
            let verdict = verdict(&driven, form, &json!({ "xms_cc": capabilities, "exp": NOW + 28 * 3600 }));
            let denial = verdict.denial().unwrap();
            assert_eq!((denial.code(), denial.http()), (Code::TokenRevoked, 401), "{form}");
            assert!(denial.challenge().contains(&format!("error=\"{error}\"")), "{}", denial.challenge());
        }
    }
}
