//! What `explain` says: the same code as `verify`, the step that failed, and the advice.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use doorward::{Algorithm, Code, Explanation, Request, StepOutcome, Verifier};
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::*;

static KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::generate(Algorithm::ES256).unwrap());

/// The API `api` needs a scope; the API `off` is off.
static CONFIGURATION: LazyLock<Value> = LazyLock::new(|| {
    let mut configuration = configuration(&[KEY.jwk(KEY_ID)], &[Algorithm::ES256]);
    configuration["issuers"]["v1"] = json!({
        "issuer": "https://sts.windows.net/9188aaaa/", "audiences": [AUDIENCE], "algorithms": ["ES256"],
        "jwks": { "keys": [KEY.jwk(KEY_ID)] }
    });
    configuration["apis"]["api"]["scopes"] = json!(["user_impersonation"]);
    configuration["apis"]["off"] = json!({ "enabled": false });
    configuration
});

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| open(&CONFIGURATION));

fn claims() -> Value {
    let mut claims = good_claims();
    claims["scp"] = json!("user_impersonation");
    claims
}

fn token(header_patch: &Value, claims_patch: &Value) -> String {
    let patch = |mut value: Value, patch: &Value| {
        for (name, new) in patch.as_object().unwrap() {
            value[name] = new.clone();
        }
        value
    };
    sign(&KEY, &patch(header(&KEY), header_patch), &patch(claims(), claims_patch))
}

fn explain(value: &str) -> Explanation {
    let request = Request::new("api").authorization(value.as_bytes());
    let explanation = VERIFIER.explain(&request);
    assert_eq!(explanation.code(), VERIFIER.verify(&request).code(), "{value}");
    explanation
}

/// The value is denied with the code at the step, and the advice holds the words.
fn expect(value: &str, code: Code, step: &str, words: &[&str]) {
    let explanation = explain(value);
    assert_eq!(explanation.code(), code, "{explanation}");
    let failed: Vec<_> = explanation.steps().iter().filter(|step| step.outcome == StepOutcome::Failed).collect();
    assert_eq!(failed.iter().map(|step| step.name).collect::<Vec<_>>(), [step], "{explanation}");
    assert!(!failed[0].expected.is_empty() && !failed[0].found.is_empty(), "{explanation}");
    let advice = explanation.advice().join("\n");
    for word in words {
        assert!(advice.contains(word), "{word:?} is not in:\n{explanation}");
    }
}

fn expect_token(header: Value, claims: Value, code: Code, step: &str, words: &[&str]) {
    expect(&format!("Bearer {}", token(&header, &claims)), code, step, words);
}

#[test]
fn an_accepted_request_has_only_passed_steps_and_no_advice() {
    let explanation = explain(&format!("Bearer {}", token(&json!({}), &json!({}))));
    assert_eq!(explanation.code(), Code::Ok, "{explanation}");
    assert!(explanation.steps().iter().all(|step| step.outcome == StepOutcome::Passed), "{explanation}");
    assert_eq!(explanation.steps().len(), 18);
    assert!(explanation.advice().is_empty());
}

#[test]
fn every_denial_has_advice_and_the_rest_is_not_reached() {
    for value in ["", "Bearer", "Digest x", "Basic YTpi", "Bearer a", "Bearer a.b.c"] {
        let explanation = explain(value);
        let failed = explanation.steps().iter().position(|step| step.outcome == StepOutcome::Failed).unwrap();
        let (before, after) = explanation.steps().split_at(failed);
        assert!(before.iter().all(|step| step.outcome == StepOutcome::Passed), "{explanation}");
        assert!(after[1..].iter().all(|step| step.outcome == StepOutcome::NotReached), "{explanation}");
        assert!(!explanation.advice().is_empty(), "{explanation}");
    }
}

#[test]
fn the_header_is_explained() {
    let good = token(&json!({}), &json!({}));
    expect("", Code::CredentialsMissing, "header", &["Authorization: Bearer"]);
    expect(&good, Code::SchemeUnsupported, "header", &["Put `Bearer ` before it"]);
    expect(&format!("Bearer Bearer {good}"), Code::HeaderMalformed, "header", &["stands twice"]);
    expect(&format!("Bearer \"{good}\""), Code::HeaderMalformed, "header", &["quotes"]);
    expect(&format!("Bearer '{good}'"), Code::HeaderMalformed, "header", &["quotes"]);
    expect(&format!("Bearer {good} "), Code::HeaderMalformed, "header", &["white space around"]);
    expect(&format!(" Bearer {good}"), Code::HeaderMalformed, "header", &["white space around"]);
    expect(&format!("Bearer {good}\n"), Code::HeaderMalformed, "header", &["line break"]);
    expect(&format!("Bearer {}", "a".repeat(17_000)), Code::HeaderTooLarge, "header", &["17007 bytes"]);
    expect("Basic YTpi", Code::MethodNotAccepted, "method", &["apis.api.accept"]);
}

#[test]
fn the_shape_of_the_token_is_explained() {
    let good = token(&json!({}), &json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    expect("Bearer a.b.c.d.e", Code::TokenEncrypted, "token", &["encrypted (JWE)"]);
    expect(&format!("Bearer {}.{}", parts[0], parts[1]), Code::TokenMalformed, "token", &["cut short"]);
    expect(&format!("Bearer {}", &good[..parts[0].len() + 30]), Code::TokenMalformed, "token", &["cut short"]);
    expect(&format!("Bearer {}", &good[..good.len() - 6]), Code::SignatureInvalid, "signature", &["cut short"]);
    expect_token(json!({"cty": "JWT"}), json!({}), Code::TokenMalformed, "token", &[""]);
    expect_token(json!({"crit": ["exp"]}), json!({}), Code::CriticalHeaderUnsupported, "token", &["extension"]);
}

#[test]
fn issuer_algorithm_and_key_are_explained() {
    let iss = |iss: &str| json!({ "iss": iss });
    expect_token(json!({}), iss("https://issuer.example"), Code::IssuerUnknown, "issuer", &["Only the slash"]);
    expect_token(json!({}), iss("https://ISSUER.example/"), Code::IssuerUnknown, "issuer", &["upper and lower case"]);
    expect_token(json!({}), iss("https://evil.example"), Code::IssuerUnknown, "issuer", &["\"https://evil.example\""]);
    let v2 = "https://login.microsoftonline.com/9188aaaa/v2.0";
    expect_token(
        json!({}),
        iss(v2),
        Code::IssuerUnknown,
        "issuer",
        &["v2.0 token", "set to v1.0", "accessTokenAcceptedVersion"],
    );
    let other = "https://sts.windows.net/72f988bf/";
    expect_token(json!({}), iss(other), Code::IssuerUnknown, "issuer", &["tenant 72f988bf", "tenant 9188aaaa"]);
    for graph in ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "https://graph.microsoft.com/"]
    {
        let claims = json!({"aud": graph, "iss": other});
        expect_token(json!({"nonce": "x"}), claims, Code::GraphToken, "issuer", &["Microsoft Graph token", AUDIENCE]);
    }
    expect_token(
        json!({"alg": "ES384"}),
        json!({}),
        Code::AlgorithmNotAllowed,
        "algorithm",
        &["add \"ES384\" to issuers.main.algorithms"],
    );
    expect_token(json!({"alg": "HS256"}), json!({}), Code::AlgorithmNotAllowed, "algorithm", &["symmetric", "public"]);
    expect_token(json!({"alg": "none"}), json!({}), Code::AlgorithmNotAllowed, "algorithm", &["not signed"]);
    expect_token(json!({"kid": "other"}), json!({}), Code::KeyUnknown, "key", &["other", KEY_ID]);
    let stranger = TestKey::generate(Algorithm::ES256).unwrap();
    let forged = sign(&stranger, &header(&KEY), &claims());
    expect(&format!("Bearer {forged}"), Code::SignatureInvalid, "signature", &["another key signed it"]);
}

#[test]
fn times_and_audience_are_explained() {
    expect_token(json!({}), json!({"exp": NOW - 3900}), Code::Expired, "time", &["expired 65 minutes ago"]);
    expect_token(
        json!({}),
        json!({"nbf": NOW + 600}),
        Code::NotYetValid,
        "time",
        &["valid in 10 minutes", "clock", "60 seconds"],
    );
    let slash = AUDIENCE.trim_end_matches('/');
    let line = format!("add \"{slash}\" to issuers.main.audiences");
    expect_token(json!({}), json!({"aud": slash}), Code::AudienceMismatch, "audience", &["Only the slash", &line]);
    expect_token(
        json!({}),
        json!({"aud": "HTTPS://api.k2.com/"}),
        Code::AudienceMismatch,
        "audience",
        &["upper and lower case"],
    );
    expect_token(
        json!({}),
        json!({"aud": "api://other"}),
        Code::AudienceMismatch,
        "audience",
        &["another API", "add api://other"],
    );
    let id_token = json!({"aud": "client-7", "azp": "client-7", "nonce": "n", "scp": null});
    expect_token(json!({}), id_token, Code::AudienceMismatch, "audience", &["ID token", "access token"]);
    expect_token(json!({"typ": "logout+jwt"}), json!({}), Code::TypeMismatch, "type", &["access token"]);
}

#[test]
fn access_is_explained() {
    expect_token(
        json!({}),
        json!({"scp": "read write"}),
        Code::ScopeInsufficient,
        "scope",
        &["read, write", "user_impersonation"],
    );
    expect_token(
        json!({}),
        json!({"scp": "User_Impersonation"}),
        Code::ScopeInsufficient,
        "scope",
        &["upper and lower case"],
    );
    let v1 = json!({"iss": "https://sts.windows.net/9188aaaa/"});
    expect_token(json!({}), v1, Code::UserManagerNotAllowed, "user manager", &["Add \"v1\" to apis.api.issuers"]);
    let off = VERIFIER.explain(&Request::new("off"));
    assert_eq!(
        (off.code(), off.advice().join("")),
        (Code::ApiDisabled, "Set apis.off.enabled to true to switch the API on.".to_owned())
    );
    let unknown = VERIFIER.explain(&Request::new("nowhere"));
    assert_eq!(unknown.code(), Code::ApiUnknown);
    assert!(unknown.advice()[0].contains("api, off"), "{unknown}");
}

#[test]
fn the_explanation_is_json_and_holds_no_control_character() {
    let value = format!("Bearer {}", token(&json!({}), &json!({"iss": "evil\r\nX-Admin: yes\u{1b}[2J"})));
    let explanation = explain(&value);
    let json: Value = serde_json::from_str(&explanation.to_json()).unwrap();
    assert_eq!(json["name"], "IssuerUnknown");
    assert_eq!(json["steps"].as_array().unwrap().len(), 18);
    let harmless = |text: &str| !text.chars().any(|character| character.is_control() && character != '\n');
    assert!(harmless(&explanation.to_string()));
    let tenant = json!({"iss": "https://sts.windows.net/x\u{1b}[2J\r\nFAKE/"});
    let value = format!("Bearer {}", token(&json!({}), &tenant));
    assert!(harmless(&explain(&value).to_string()), "{:?}", explain(&value));
}
