//! What a client is told: a plain refusal, or what to ask the issuer for.

use super::world::World;
use base64_simd::STANDARD;
use doorward::Code;
use doorward_testkit::NOW;
use serde_json::{Value, json};

const UNTIL: i64 = NOW + 3600;
const PLAIN: &str = r#"Bearer realm="api", error="invalid_token", error_description="the token has been revoked""#;

fn challenge(entry: Value, capabilities: Value) -> String {
    let world = World::new();
    let mut entry = entry;
    entry["until"] = json!(UNTIL);
    world.revoke(entry);
    let verdict = world.verdict(json!({ "jti": "t", "iat": NOW - 100, "xms_cc": capabilities }));
    let denial = verdict.denial().unwrap();
    assert_eq!((denial.code(), denial.http(), denial.retry_after()), (Code::TokenRevoked, 401, None));
    denial.challenge().to_owned()
}

/// The claims request of a challenge.
fn claims_of(challenge: &str) -> Value {
    let (start, rest) = challenge.split_once(r#", claims=""#).unwrap_or_else(|| panic!("{challenge}"));
    assert_eq!(start, r#"Bearer realm="api", error="insufficient_claims""#);
    let claims = rest.strip_suffix('"').unwrap();
    serde_json::from_slice(&STANDARD.decode_to_vec(claims).unwrap()).unwrap()
}

fn starting_at(seconds: i64) -> Value {
    json!({ "access_token": { "nbf": { "essential": true, "value": seconds.to_string() } } })
}

#[test]
fn a_client_that_can_act_on_it_is_asked_to_get_a_new_token() {
    for capabilities in [json!(["cp1"]), json!("cp1"), json!(["other", "cp1"]), json!("other cp1")] {
        let told = challenge(json!({ "token_id": "t" }), capabilities.clone());
        assert_eq!(claims_of(&told), starting_at(NOW), "{capabilities}");
        let told = challenge(json!({ "issued_before": NOW - 50 }), capabilities);
        assert_eq!(claims_of(&told), starting_at(NOW - 50));
    }
}

#[test]
fn the_value_is_as_written_and_padded() {
    let told = challenge(json!({ "issued_before": 1_604_106_651 + 95_893_349 }), json!(["cp1"]));
    let expected = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzAwMDAwMDAwIn19fQ==";
    assert!(told.ends_with(&format!(r#"claims="{expected}""#)), "{told}");
}

#[test]
fn any_other_client_gets_a_plain_refusal() {
    for capabilities in
        [json!(null), json!([]), json!(["cp2"]), json!("CP1"), json!("cp12"), json!(1), json!([["cp1"]])]
    {
        assert_eq!(challenge(json!({ "token_id": "t" }), capabilities.clone()), PLAIN, "{capabilities}");
    }
}

/// Before the signature nothing of the claims is believed, and nobody knows who signs with a revoked key.
#[test]
fn a_revoked_key_gets_a_plain_refusal() {
    assert_eq!(challenge(json!({ "key_id": doorward_testkit::KEY_ID }), json!(["cp1"])), PLAIN);
}

#[test]
fn another_denial_has_no_claims() {
    let world = World::new();
    let verdict = world.verdict(json!({ "xms_cc": ["cp1"], "exp": NOW - 100 }));
    assert_eq!(verdict.code(), Code::Expired);
    assert!(verdict.denial().unwrap().challenge().contains("invalid_token"));
}

#[test]
fn the_challenge_for_basic_stands_beside_it() {
    let world = World::with(json!({ "apis": { "api": {
        "enabled": true, "accept": ["bearer", "basic"], "issuers": ["main"], "scopes": []
    } } }));
    world.revoke(json!({ "token_id": "t", "until": UNTIL }));
    let verdict = world.verdict(json!({ "jti": "t", "xms_cc": ["cp1"] }));
    let challenge = verdict.denial().unwrap().challenge();
    assert!(challenge.ends_with(r#"==", Basic realm="api", charset="UTF-8""#), "{challenge}");
}
