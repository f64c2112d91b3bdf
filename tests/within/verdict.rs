//! What a verdict hands out: the identity of an accepted request, the answer to a denied one.

use doorward::{Algorithm, Code, Decision, Method, Request, Verdict, Verifier};
use doorward_testkit::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::generate(Algorithm::HS256).unwrap());

fn token(patch: &Value) -> String {
    let mut claims = entra_claims();
    for (name, value) in patch.as_object().unwrap() {
        claims[name] = value.clone();
    }
    sign(&KEY, &entra_header(&KEY), &claims)
}

/// The platform's configuration, with a patch for its API.
fn verifier(patch: &Value) -> Verifier {
    let mut configuration = platform_configuration(&KEY);
    for (name, value) in patch.as_object().unwrap() {
        configuration["apis"]["api"][name] = value.clone();
    }
    open(&configuration)
}

#[test]
fn an_identity_holds_what_the_token_says() {
    let verifier = verifier(&json!({ "administrators": ["AAD:bob@contoso.example"] }));
    let verdict = verify(&verifier, &token(&json!({ "roles": ["Reader", "Writer"], "depth": { "x": [1, 2.5] } })));
    let identity = verdict.identity().unwrap();
    assert_eq!(identity.label(), "AAD");
    assert_eq!(identity.user(), "bob@contoso.example");
    assert_eq!(identity.qualified_name(), "AAD:bob@contoso.example");
    assert!(identity.is_administrator());
    assert_eq!(identity.method(), Method::Bearer);
    assert_eq!(identity.issuer(), Some(ISSUER));
    assert_eq!(identity.tenant(), Some("9188aaaa-6c67-4c5b-b112-36a304b66dad"));
    assert_eq!(identity.object_id(), Some("6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11"));
    assert_eq!(identity.subject(), Some("xX2bU5o7lYv6vH6d9m1QzVnS3yF0cJ8kR4tW7pL2aEg"));
    assert_eq!(identity.client(), Some("04f0c124-f2bc-4f59-8241-bf6df9866bbd"));
    assert_eq!(identity.token_id(), Some("a1b2c3d4e5f6g7h8i9j0kA"));
    assert_eq!(identity.expires_at(), Some(NOW + 3600));
    assert_eq!(identity.scopes().collect::<Vec<_>>(), ["user_impersonation", "Workflow.Read"]);
    assert_eq!(identity.roles().collect::<Vec<_>>(), ["Reader", "Writer"]);
    assert!(!identity.is_app_only());
    assert_eq!(identity.claim("ver").unwrap().as_str(), Some("1.0"));
    assert_eq!(identity.claim("exp").unwrap().as_i64(), Some(NOW + 3600));
    assert_eq!(identity.claim("depth").unwrap().as_json(), r#"{"x":[1,2.5]}"#);
    assert!(identity.claim("nothing").is_none());
    assert_eq!(identity.claims().count(), 26);
}

#[test]
fn an_application_without_a_user_is_told_apart() {
    let verifier = verifier(&json!({ "scopes": [] }));
    let is_app_only = |patch: Value| verify(&verifier, &token(&patch)).identity().unwrap().is_app_only();
    let (oid, none) = ("6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11", json!(""));
    assert!(is_app_only(json!({ "idtyp": "app" })));
    assert!(is_app_only(json!({ "scp": none, "sub": oid })));
    assert!(!is_app_only(json!({ "scp": none })));
    assert!(!is_app_only(json!({ "sub": oid })));
    assert!(!is_app_only(json!({ "idtyp": "user", "scp": none, "sub": oid })));
}

#[test]
fn each_denial_has_its_challenge() {
    let bearer = r#"Bearer realm="api""#;
    let invalid = |message: &str| format!(r#"{bearer}, error="invalid_token", error_description="{message}""#);
    let request = |message: &str| format!(r#"{bearer}, error="invalid_request", error_description="{message}""#);
    let scope = format!(
        r#"{bearer}, error="insufficient_scope", error_description="the token lacks a scope that this API requires", scope="user_impersonation""#
    );
    let good = format!("Bearer {}", token(&json!({})));
    let cases = [
        (String::new(), 401, bearer.to_owned()),
        ("Digest x".to_owned(), 401, bearer.to_owned()),
        ("Bearer".to_owned(), 400, request("the Authorization header is malformed")),
        (format!("{good}, {good}"), 400, request("the request has more than one credential")),
        ("Bearer a.b.c".to_owned(), 401, invalid("the token is malformed")),
        (format!("Bearer {}", token(&json!({ "exp": NOW - 100 }))), 401, invalid("the token has expired")),
        (format!("Bearer {}", token(&json!({ "scp": "other" }))), 403, scope),
        ("Basic YTpi".to_owned(), 403, bearer.to_owned()),
    ];
    let verifier = verifier(&json!({}));
    for (value, http, challenge) in cases {
        let verdict = verifier.verify(&Request::new("api").authorization(value.as_bytes()));
        let denial = verdict.denial().unwrap();
        assert_eq!((denial.http(), denial.challenge()), (http, challenge.as_str()), "{value}");
    }
}

#[test]
fn every_scheme_that_the_api_accepts_is_offered() {
    let basic = r#"Basic realm="reports of 2026", charset="UTF-8""#;
    for (accept, challenge) in [
        (json!(["basic"]), basic.to_owned()),
        (json!(["bearer", "basic"]), format!(r#"Bearer realm="reports of 2026", {basic}"#)),
    ] {
        let verifier = verifier(&json!({ "accept": accept, "realm": "reports of 2026" }));
        for value in ["", "Basic YTpi"] {
            let verdict = verifier.verify(&Request::new("api").authorization(value.as_bytes()));
            let denial = verdict.denial().unwrap();
            assert_eq!((denial.http(), denial.challenge()), (401, challenge.as_str()), "{value}");
        }
    }
}

#[test]
fn no_challenge_goes_with_an_api_that_is_off_or_unknown() {
    let verifier = verifier(&json!({ "enabled": false }));
    for (api, code, http) in [("api", Code::ApiDisabled, 403), ("other", Code::ApiUnknown, 500)] {
        let verdict = verifier.verify(&Request::new(api));
        let denial = verdict.denial().unwrap();
        assert_eq!((denial.code(), denial.http(), denial.challenge()), (code, http, ""));
    }
}

#[test]
fn a_reused_verdict_forgets_the_request_before() {
    let verifier = verifier(&json!({}));
    let good = format!("Bearer {}", token(&json!({})));
    let late = format!("Bearer {}", token(&json!({ "exp": 0 })));
    let mut verdict = Verdict::new();
    assert!(matches!(verdict.decision(), Decision::Denied(_)));
    for _ in 0..2 {
        assert_eq!(verifier.verify_into(&Request::new("api").authorization(good.as_bytes()), &mut verdict), Code::Ok);
        assert!(verdict.denial().is_none());
        let denied = verifier.verify_into(&Request::new("api").authorization(late.as_bytes()), &mut verdict);
        assert_eq!(denied, Code::Expired);
        assert!(verdict.identity().is_none());
        assert_eq!(verdict.denial().unwrap().claim(), Some("exp"));
    }
    // The same header before another payload is recognised, and the payload is its own.
    let other = format!("Bearer {}", token(&json!({ "upn": "eve@contoso.example" })));
    verifier.verify_into(&Request::new("api").authorization(other.as_bytes()), &mut verdict);
    assert_eq!(verdict.identity().unwrap().user(), "eve@contoso.example");
}

#[test]
fn a_header_is_recognised_only_whole() {
    let verifier = verifier(&json!({}));
    let good = token(&json!({}));
    let mut verdict = Verdict::new();
    let mut code = |token: &str| {
        let value = format!("Bearer {token}");
        verifier.verify_into(&Request::new("api").authorization(value.as_bytes()), &mut verdict)
    };
    let rest = good.split_once('.').unwrap().1;
    assert_eq!(code(&good), Code::Ok);
    for (part, expected) in [
        ("", Code::TokenMalformed),
        (&good[..20], Code::TokenMalformed),
        ("eyJhbGciOiJub25lIn0", Code::AlgorithmNotAllowed),
        ("eyJhbGciOiJub25lIn", Code::TokenMalformed),
        ("eyJhbGciOiJub25lIn", Code::TokenMalformed),
    ] {
        assert_eq!(code(&format!("{part}.{rest}")), expected, "{part}");
    }
    assert_eq!(code(&good), Code::Ok);
}

#[test]
fn all_or_any_of_many_scopes_are_needed() {
    let names: Vec<String> = (0..64).map(|number| format!("scope-{number}")).collect();
    let held =
        |count: usize| token(&json!({ "scp": names[..count].iter().rev().cloned().collect::<Vec<_>>().join(" ") }));
    let all = verifier(&json!({ "scopes": names }));
    assert_eq!(verify(&all, &held(64)).code(), Code::Ok);
    assert_eq!(verify(&all, &held(63)).code(), Code::ScopeInsufficient);
    let twice = token(&json!({ "scp": vec!["scope-0"; 64] }));
    assert_eq!(verify(&all, &twice).code(), Code::ScopeInsufficient);
    let any = verifier(&json!({ "scopes": names, "scopes_match": "any" }));
    assert_eq!(verify(&any, &held(1)).code(), Code::Ok);
    assert_eq!(verify(&any, &token(&json!({ "scp": "scope-64" }))).code(), Code::ScopeInsufficient);
}

#[test]
fn many_threads_share_a_verifier_that_is_reloaded() {
    let configuration = platform_configuration(&KEY);
    let verifier = open(&configuration);
    let good = format!("Bearer {}", token(&json!({})));
    let config = doorward::Config::from_json(configuration.to_string());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut verdict = Verdict::new();
                for _ in 0..500 {
                    let request = Request::new("api").authorization(good.as_bytes());
                    assert_eq!(verifier.verify_into(&request, &mut verdict), Code::Ok);
                }
            });
        }
        for _ in 0..50 {
            verifier.reload(&config).unwrap();
        }
    });
}
