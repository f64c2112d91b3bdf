//! Each kind of entries: what it hits, and what it must not.

use super::world::World;
use doorward::{Algorithm, Code, Config};
use doorward_testkit::{KEY_ID, NOW, TestKey, entra_claims};
use serde_json::{Value, json};

const UNTIL: i64 = NOW + 3600;
const TENANT: &str = "9188aaaa-6c67-4c5b-b112-36a304b66dad";
const OBJECT: &str = "6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11";
const OTHER: &str = "00000000-0000-0000-0000-000000000001";

/// An entry, claims that it concerns, and claims that it does not.
fn cases() -> Vec<(Value, Vec<Value>, Vec<Value>)> {
    vec![
        (
            json!({ "token_id": "a1b2c3d4e5f6g7h8i9j0kA" }),
            vec![json!({}), json!({ "uti": null, "jti": "a1b2c3d4e5f6g7h8i9j0kA" }), json!({ "jti": "another" })],
            vec![
                json!({ "uti": "a1b2c3d4e5f6g7h8i9j0ka" }),
                json!({ "uti": "A1B2C3D4E5F6G7H8I9J0KA" }),
                json!({ "uti": "a1b2c3d4e5f6g7h8i9j0k" }),
                json!({ "uti": null, "sid": "a1b2c3d4e5f6g7h8i9j0kA" }),
                json!({ "uti": null }),
            ],
        ),
        (json!({ "token_id": "17" }), vec![json!({ "jti": "17" })], vec![json!({ "jti": "170" })]),
        (
            json!({ "tenant": TENANT, "object_id": OBJECT }),
            vec![json!({}), json!({ "uti": null, "sub": "x" })],
            vec![
                json!({ "tid": OTHER }),
                json!({ "oid": OTHER }),
                json!({ "tid": OBJECT, "oid": TENANT }),
                json!({ "tid": null }),
                json!({ "oid": null }),
            ],
        ),
        (
            json!({ "tenant": TENANT.to_uppercase(), "object_id": OBJECT.to_uppercase() }),
            vec![json!({}), json!({ "oid": OBJECT.to_uppercase() })],
            vec![json!({ "oid": OTHER })],
        ),
        (
            json!({ "client": OTHER.replace('0', "A") }),
            vec![json!({ "appid": OTHER.replace('0', "a") }), json!({ "appid": OTHER.replace('0', "A") })],
            vec![json!({ "appid": OTHER })],
        ),
        (
            json!({ "subject": "bob", "issuer": "main" }),
            vec![json!({ "sub": "bob" })],
            vec![json!({}), json!({ "sub": "Bob" })],
        ),
        (json!({ "session": "s-1" }), vec![json!({ "sid": "s-1" })], vec![json!({}), json!({ "sid": "s-2" })]),
        (
            json!({ "client": "app-1" }),
            vec![
                json!({ "appid": "app-1" }),
                json!({ "azp": "app-1", "appid": null }),
                json!({ "client_id": "app-1", "appid": null }),
                json!({ "azp": "another", "appid": "app-1" }),
            ],
            vec![
                json!({}),
                json!({ "appid": null }),
                json!({ "appid": "app-2" }),
                json!({ "appid": null, "sub": "app-1" }),
            ],
        ),
        (
            json!({ "issued_before": NOW }),
            vec![json!({ "iat": NOW - 1 }), json!({ "iat": 0 }), json!({ "iat": null })],
            vec![json!({ "iat": NOW }), json!({ "iat": NOW + 1 })],
        ),
        (
            json!({ "issued_before": NOW, "issuer": "main" }),
            vec![json!({ "iat": NOW - 1 }), json!({ "iat": null })],
            vec![json!({ "iat": NOW }), json!({ "iat": NOW + 1 })],
        ),
        (
            json!({ "issued_before": NOW, "issuer": "second" }),
            vec![],
            vec![json!({ "iat": 0 }), json!({ "iat": null })],
        ),
        (
            json!({ "issued_before": NOW, "tenant": TENANT, "object_id": OBJECT }),
            vec![json!({ "iat": NOW - 1 }), json!({ "iat": null })],
            vec![json!({ "iat": NOW }), json!({ "iat": NOW - 1, "oid": OTHER }), json!({ "iat": null, "tid": OTHER })],
        ),
        (
            json!({ "issued_before": NOW, "subject": "bob", "issuer": "main" }),
            vec![json!({ "iat": NOW - 1, "sub": "bob" }), json!({ "iat": null, "sub": "bob" })],
            vec![json!({ "iat": NOW, "sub": "bob" }), json!({ "iat": NOW - 1 })],
        ),
        (
            json!({ "issued_before": NOW, "client": "app-1" }),
            vec![json!({ "iat": NOW - 1, "appid": "app-1" }), json!({ "iat": null, "appid": "app-1" })],
            vec![json!({ "iat": NOW, "appid": "app-1" }), json!({ "iat": NOW - 1 })],
        ),
    ]
}

/// An id that is no text could not be logged, and so not be revoked.
#[test]
fn the_id_of_a_token_is_a_text() {
    let world = World::new();
    for id in [json!(17), json!(["17"]), json!({}), json!(true)] {
        assert_eq!(world.code(json!({ "jti": id })), Code::ClaimMalformed, "{id}");
    }
    assert_eq!(world.code(json!({ "jti": "17" })), Code::Ok);
}

/// An administrator writes a name as people do; identities have it as the user manager's case says.
#[test]
fn an_account_is_revoked_in_any_case_if_its_label_knows_none() {
    for (case, is_revoked) in [("lower", true), ("exact", false)] {
        let world = World::new();
        let mut configuration = doorward_testkit::configuration(&[world.key.jwk(KEY_ID)], &[Algorithm::EdDSA]);
        configuration["user_managers"] = json!({ "AAD": { "issuers": ["main"], "case": case } });
        configuration["apis"]["api"]["user_managers"] = json!(["AAD"]);
        world.verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
        let code = || world.code(json!({ "sub": "bob" }));
        assert_eq!(code(), Code::Ok, "{case}");
        world.revoke(json!({ "account": "AAD:BOB", "until": UNTIL }));
        assert_eq!(code() == Code::TokenRevoked, is_revoked, "{case}");
        world.revoke(json!({ "account": "AAD:bob", "until": UNTIL }));
        assert_eq!(code(), Code::TokenRevoked, "{case}: the control");
    }
}

fn second_issuer(key: &TestKey) -> Value {
    let mut configuration = doorward_testkit::configuration(&[key.jwk(KEY_ID)], &[Algorithm::EdDSA]);
    let mut second = configuration["issuers"]["main"].clone();
    second["issuer"] = json!("urn:second");
    configuration["issuers"]["second"] = second;
    configuration["apis"]["api"]["issuers"] = json!(["main", "second"]);
    configuration
}

/// A world with two issuers, which have the same key.
fn two_issuers() -> World {
    let world = World::new();
    world.verifier.reload(&Config::from_json(second_issuer(&world.key).to_string())).unwrap();
    world
}

#[test]
fn each_kind_hits_its_own_and_nothing_else() {
    for (mut entry, hit, missed) in cases() {
        let world = two_issuers();
        entry["until"] = json!(UNTIL);
        for changes in hit.iter().chain(&missed) {
            assert_eq!(world.code(changes.clone()), Code::Ok, "before the entry: {changes}");
        }
        world.revoke(entry.clone());
        for changes in hit {
            assert_eq!(world.code(changes.clone()), Code::TokenRevoked, "{entry} {changes}");
        }
        for changes in missed {
            assert_eq!(world.code(changes.clone()), Code::Ok, "{entry} {changes}");
        }
    }
}

#[test]
fn an_entry_for_one_issuer_leaves_the_other_alone() {
    let claims = json!({ "sid": "s-1", "iat": NOW - 1 });
    let mut of_second = claims.clone();
    of_second["iss"] = json!("urn:second");
    for entry in [
        json!({ "token_id": "a1b2c3d4e5f6g7h8i9j0kA" }),
        json!({ "tenant": TENANT, "object_id": OBJECT }),
        json!({ "subject": entra_claims()["sub"] }),
        json!({ "session": "s-1" }),
        json!({ "client": entra_claims()["appid"] }),
        json!({ "key_id": KEY_ID }),
        json!({ "issued_before": NOW }),
    ] {
        for (issuer, expected) in [
            (None, [Code::TokenRevoked, Code::TokenRevoked]),
            (Some("main"), [Code::TokenRevoked, Code::Ok]),
            (Some("second"), [Code::Ok, Code::TokenRevoked]),
        ] {
            let (world, mut entry) = (two_issuers(), entry.clone());
            entry["until"] = json!(UNTIL);
            match issuer {
                Some(issuer) => entry["issuer"] = json!(issuer),
                None if entry.get("subject").is_some() => continue,
                None => {}
            }
            world.revoke(entry.clone());
            assert_eq!([world.code(claims.clone()), world.code(of_second.clone())], expected, "{entry}");
        }
    }
}

#[test]
fn a_revoked_key_signs_nothing_whatever_the_header_says() {
    let world = World::new();
    let claims = entra_claims();
    let headers = [
        json!({ "alg": "EdDSA", "kid": KEY_ID }),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "other" }),
    ];
    let codes = || headers.each_ref().map(|header| world.verdict_on(&world.bearer_of(header, &claims)).code());
    assert_eq!(codes(), [Code::Ok, Code::Ok, Code::KeyUnknown]);
    world.revoke(json!({ "key_id": "other", "until": UNTIL }));
    assert_eq!(codes(), [Code::Ok, Code::Ok, Code::TokenRevoked]);
    world.revoke(json!({ "key_id": KEY_ID, "until": UNTIL }));
    assert_eq!(codes(), [Code::TokenRevoked; 3]);
    let verdict = world.verdict(json!({}));
    assert_eq!(verdict.denial().unwrap().claim(), Some("kid"));
}

#[test]
fn an_entry_holds_to_its_end_and_the_clock_skew() {
    let by_skew = [("0s", 0), ("60s", 60), ("5m", 300)];
    for (skew, seconds) in by_skew {
        for entry in [json!({ "token_id": "t" }), json!({ "issued_before": NOW }), json!({ "key_id": KEY_ID })] {
            let world = World::with(json!({ "clock_skew": skew }));
            let mut entry = entry;
            entry["until"] = json!(UNTIL);
            world.revoke(entry.clone());
            let code = |now: i64| {
                world.set_time(now);
                world.code(json!({ "jti": "t" }))
            };
            let end = UNTIL + seconds;
            assert_eq!([NOW, end - 1, end].map(code), [Code::TokenRevoked; 3], "{entry} {skew}");
            assert_eq!([end + 1, end + 3600].map(code), [Code::Ok; 2], "{entry} {skew}");
        }
    }
}

#[test]
fn an_entry_until_the_expiry_outlives_the_token() {
    for skew in ["0s", "60s", "5m"] {
        let world = World::with(json!({ "clock_skew": skew }));
        world.revoke(json!({ "token_id": "t", "until": NOW + 100 }));
        for now in NOW..NOW + 500 {
            world.set_time(now);
            let code = world.code(json!({ "jti": "t", "exp": NOW + 100 }));
            assert!([Code::TokenRevoked, Code::Expired].contains(&code), "{code}");
        }
    }
}

#[test]
fn of_two_entries_for_the_same_the_later_times_hold() {
    let world = World::new();
    for (until, then) in [(UNTIL, UNTIL + 1), (UNTIL + 1000, UNTIL + 1001), (UNTIL, UNTIL + 1001)] {
        world.revoke(json!({ "token_id": "t", "until": until }));
        world.set_time(then + 60);
        assert_eq!(world.code(json!({ "jti": "t" })), Code::Ok);
        world.set_time(then + 59);
        assert_eq!(world.code(json!({ "jti": "t" })), Code::TokenRevoked);
        world.set_time(NOW);
    }
    world.revoke(json!({ "client": "c", "issued_before": NOW - 5, "until": UNTIL }));
    world.revoke(json!({ "client": "c", "issued_before": NOW - 9, "until": UNTIL }));
    assert_eq!(world.code(json!({ "appid": "c", "iat": NOW - 6 })), Code::TokenRevoked);
    assert_eq!(world.code(json!({ "appid": "c", "iat": NOW - 5 })), Code::Ok);
    // A whole client beside it, for a shorter time.
    world.revoke(json!({ "client": "c", "until": NOW + 10 }));
    assert_eq!(world.code(json!({ "appid": "c", "iat": NOW - 5 })), Code::TokenRevoked);
    world.set_time(NOW + 71);
    assert_eq!(world.code(json!({ "appid": "c", "iat": NOW - 5 })), Code::Ok);
    assert_eq!(world.code(json!({ "appid": "c", "iat": NOW - 6 })), Code::TokenRevoked);
}

#[test]
fn what_is_wrong_with_a_token_comes_before_and_what_an_api_requires_after() {
    let world = World::with(json!({ "apis": { "api": {
        "enabled": true, "accept": ["bearer"], "issuers": ["main"], "scopes": ["none.has.it"]
    } } }));
    assert_eq!(world.code(json!({ "jti": "t" })), Code::ScopeInsufficient);
    world.revoke(json!({ "token_id": "t", "until": UNTIL }));
    assert_eq!(world.code(json!({ "jti": "t" })), Code::TokenRevoked);
    assert_eq!(world.code(json!({ "jti": "t", "exp": NOW - 61 })), Code::Expired);
    assert_eq!(world.code(json!({ "jti": "t", "aud": "urn:other" })), Code::AudienceMismatch);
    assert_eq!(world.code(json!({ "jti": "t", "iss": "urn:other" })), Code::IssuerUnknown);
    // Whoever can't sign learns nothing of what is revoked.
    let bearer = world.bearer(json!({ "jti": "t" }));
    let (input, _) = bearer.rsplit_once('.').unwrap();
    assert_eq!(world.verdict_on(&format!("{input}.{}", "A".repeat(86))).code(), Code::SignatureInvalid);
}
