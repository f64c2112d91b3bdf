//! What `explain` says: the same code as `verify`, the step that failed, and the advice.

mod entra;
use doorward::{Algorithm, Code, Explanation, Request, StepOutcome, Verifier};
use doorward_testkit::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

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
    assert_eq!(explanation.steps().len(), 20);
    assert!(explanation.advice().is_empty());
}

#[test]
fn every_denial_has_advice_and_the_rest_is_not_reached() {
    let shapes = ["", "Bearer", "Digest x", "Basic YTpi", "Bearer a", "Bearer a.b.c"].map(str::to_owned);
    let claims = [
        json!({"iss": "x"}),
        json!({"exp": 1}),
        json!({"exp": null}),
        json!({"nbf": NOW + 600}),
        json!({"aud": "x"}),
        json!({"cnf": {}}),
        json!({"sub": ""}),
        json!({"scp": 1}),
        json!({"scp": "x"}),
        json!({"roles": 1}),
        json!({"events": {}}),
    ];
    let tokens = claims.map(|claims| format!("Bearer {}", token(&json!({}), &claims)));
    for value in shapes.iter().chain(&tokens) {
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
    expect("Basic YTpi", Code::MethodNotAccepted, "method", &["Add \"basic\" to apis.api.accept"]);
}

#[test]
fn the_shape_of_the_token_is_explained() {
    let good = token(&json!({}), &json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    expect("Bearer a.b.c.d.e", Code::TokenEncrypted, "token", &["encrypted (JWE)"]);
    expect(&format!("Bearer {}.{}", parts[0], parts[1]), Code::TokenMalformed, "token", &["cut short"]);
    expect(&format!("Bearer {}", &good[..parts[0].len() + 30]), Code::TokenMalformed, "token", &["cut short"]);
    expect(&format!("Bearer {}", &good[..good.len() - 6]), Code::SignatureInvalid, "signature", &["cut short"]);
    for cty in ["JWT", "application/jwt"] {
        expect_token(json!({"cty": cty}), json!({}), Code::TokenMalformed, "token", &["wraps another token"]);
    }
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
        &["valid only in 10 minutes", "clock", "60 seconds"],
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
        &["another API", "add \"api://other\""],
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

/// Explains a path, for APIs with prefixes.
fn explain_path(path: &str) -> Explanation {
    let mut configuration = CONFIGURATION.clone();
    configuration["apis"]["api"]["paths"] = json!(["/api/v1", "/api/v2"]);
    configuration["apis"]["off"]["paths"] = json!(["/off"]);
    let verifier = open(&configuration);
    let value = format!("Bearer {}", token(&json!({}), &json!({})));
    let request = Request::for_path(path.as_bytes()).authorization(value.as_bytes());
    let explanation = verifier.explain(&request);
    assert_eq!(explanation.code(), verifier.verify(&request).code(), "{path}");
    explanation
}

#[test]
fn the_path_is_explained() {
    let good = explain_path("/api/v2/x?access_token=secret");
    assert_eq!((good.code(), good.steps().len()), (Code::Ok, 21), "{good}");
    assert_eq!(good.steps()[0].name, "path");
    assert_eq!(good.steps()[0].found, "/api/v2/x, which apis.api.paths[1] leads to api");
    assert_eq!(good.steps()[1].found, "api, switched on");
    let off = explain_path("/off");
    assert_eq!((off.code(), off.steps()[1].outcome), (Code::ApiDisabled, StepOutcome::Failed), "{off}");

    let line = "/api/v1 (apis.api.paths[0])";
    for (path, found, words) in [
        ("/Api/v1", "some hosts find", &[line, "upper and lower case differ"][..]),
        ("/api/v%31", "some hosts find", &[line, "percent-encoded"]),
        ("/api/v1;a=b/x", "some hosts find", &[line, "parameters (;)"]),
        ("/api/../api/v1", "a segment is . or ..", &["every host reads alike", "docs/configuration.md"]),
        ("/api/%C3%A9", "letters beyond ASCII", &["only behind the prefix"]),
        ("https://k2.example/api/v1", "does not begin with a slash", &["after the name of the host"]),
    ] {
        let explanation = explain_path(path);
        assert_eq!(explanation.code(), Code::PathAmbiguous, "{explanation}");
        assert!(explanation.steps()[1..].iter().all(|step| step.outcome == StepOutcome::NotReached), "{explanation}");
        assert!(explanation.steps()[0].found.contains(found), "{found:?} is not in:\n{explanation}");
        assert_eq!(explanation.advice().len(), 1);
        for word in words {
            assert!(explanation.advice()[0].contains(word), "{word:?} is not in:\n{explanation}");
        }
    }
    let unknown = explain_path("/api/v10\u{1b}?access_token=secret").to_string();
    assert!(!unknown.contains("secret") && !unknown.contains('\u{1b}'), "{unknown}");
    let unknown = explain_path("/api/v10?access_token=secret");
    assert_eq!(unknown.code(), Code::PathUnknown);
    assert_eq!(unknown.steps()[0].found, "/api/v10");
    assert!(unknown.advice()[0].contains("/api/v1 (api), /api/v2 (api), /off (off)"), "{unknown}");
}

#[test]
fn a_configuration_without_paths_says_so() {
    let unknown = VERIFIER.explain(&Request::for_path(b"/api/v1"));
    assert_eq!(unknown.code(), Code::PathUnknown);
    assert!(unknown.advice()[0].contains("The configuration has: none."), "{unknown}");
}

#[test]
fn the_explanation_is_json_and_holds_no_control_character() {
    let value = format!("Bearer {}", token(&json!({}), &json!({"iss": "evil\r\nX-Admin: yes\u{1b}[2J"})));
    let explanation = explain(&value);
    let json: Value = serde_json::from_str(&explanation.to_json()).unwrap();
    assert_eq!(json["name"], "IssuerUnknown");
    assert_eq!(json["steps"].as_array().unwrap().len(), 20);
    let harmless = |text: &str| !text.chars().any(|character| character.is_control() && character != '\n');
    assert!(harmless(&explanation.to_string()));
    let tenant = json!({"iss": "https://sts.windows.net/x\u{1b}[2J\r\nFAKE/"});
    let value = format!("Bearer {}", token(&json!({}), &tenant));
    assert!(harmless(&explain(&value).to_string()), "{:?}", explain(&value));
}

/// What the step that failed has found.
fn found(explanation: &Explanation) -> &str {
    let failed = explanation.steps().iter().find(|step| step.outcome == StepOutcome::Failed);
    &failed.unwrap().found
}

/// Explains claims against a configuration that was changed.
fn explain_with(patch: &Value, claims_patch: &Value) -> Explanation {
    let mut configuration = CONFIGURATION.clone();
    for (path, new) in patch.as_object().unwrap() {
        let (parent, name) = path.rsplit_once('/').unwrap();
        configuration.pointer_mut(parent).unwrap()[name] = new.clone();
    }
    let value = format!("Bearer {}", token(&json!({}), claims_patch));
    open(&configuration).explain(&Request::new("api").authorization(value.as_bytes()))
}

/// One advice at least holds each of the words, and none holds the other words.
fn expect_advice(explanation: &Explanation, words: &[&str], others: &[&str]) {
    let advice = explanation.advice().join("\n");
    assert!(words.iter().all(|word| advice.contains(word)), "{words:?} are not all in:\n{explanation}");
    assert!(!others.iter().any(|word| advice.contains(word)), "one of {others:?} is in:\n{explanation}");
}

#[test]
fn a_header_is_told_what_is_wrong_with_it_and_nothing_else() {
    let good = token(&json!({}), &json!({}));
    let letters = "letters, digits";
    for (value, words) in [
        (format!("Bearer access_token={good}"), letters),
        (format!("Bearer {}", good.replace('.', "%2E")), letters),
        ("Bearer \u{2026}".to_owned(), letters),
        (format!("Bearer: {good}"), "colon"),
        (format!("Bearer {{\"access_token\": \"{good}\"}}"), "`access_token` alone"),
        (format!("Bearer {}", good.replace('.', ". ")), "white space within"),
        ("Bearer ".to_owned(), "is missing"),
    ] {
        expect(&value, Code::HeaderMalformed, "header", &[words]);
    }
}

#[test]
fn a_signature_that_fails_does_not_fit() {
    let good = token(&json!({}), &json!({}));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let short = format!("Bearer {signed}.{}", &signature[..80]);
    assert_eq!(found(&explain(&short)), "a signature that does not fit");
    expect_advice(&explain(&short), &["60 bytes", "cut short"], &["too long"]);
    expect_advice(&explain(&format!("Bearer {good}AAAA")), &["too long"], &["cut short"]);
    // A sequence of 70 bytes, and filling.
    let der = format!("Bearer {signed}.MEYC{}", "A".repeat(92));
    expect_advice(&explain(&der), &["DER", "RFC 7518 section 3.4"], &["cut short", "too long"]);
}

#[test]
fn the_nearest_issuer_is_named() {
    let issuers = json!({"/issuers/main/issuer": "https://sts.windows.net/72f988bf/"});
    let v2 = explain_with(&issuers, &json!({"iss": "https://login.microsoftonline.com/9188aaaa/v2.0"}));
    let second = "second issuer with \"issuer\": \"https://login.microsoftonline.com/9188aaaa/v2.0\"";
    expect_advice(&v2, &["v2.0 token", "issuers.v1 ", second], &["tenant 72f988bf", "set issuers"]);
    let slash = explain_with(&issuers, &json!({"iss": "https://sts.windows.net/9188aaaa"}));
    expect_advice(&slash, &["Only the slash", "issuers.v1.issuer"], &["tenant"]);
    let cloud = explain_with(&issuers, &json!({"iss": "https://sts.chinacloudapi.cn/9188aaaa/"}));
    expect_advice(&cloud, &["another cloud"], &["v1.0"]);
}

#[test]
fn the_client_that_is_not_listed_is_named() {
    let clients = json!({"/apis/api/clients": ["c1"]});
    let other = explain_with(&clients, &json!({"azp": "c1", "client_id": "other"}));
    assert_eq!((other.code(), found(&other)), (Code::ClientNotAllowed, "other"));
    expect_advice(&other, &["Add \"other\""], &["\"c1\""]);
    expect_advice(&explain_with(&clients, &json!({"azp": null})), &["has to be a string"], &["Add"]);
}

#[test]
fn nothing_is_to_be_pasted_that_is_not_whole() {
    let long = format!("https://{}", "x".repeat(200));
    for iss in ["", &long] {
        expect_advice(&explain_with(&json!({}), &json!({"iss": iss})), &["ask who made"], &["add"]);
    }
    expect_advice(&explain_with(&json!({}), &json!({"aud": []})), &["is empty"], &["add"]);
    expect_advice(&explain_with(&json!({}), &json!({"aud": ["x", "y"]})), &["add \"x\", \"y\" to"], &[]);
    expect_advice(&explain_with(&json!({}), &json!({"aud": long})), &["another API"], &["add"]);
}

#[test]
fn types_and_times_are_told_apart() {
    let events = explain_with(&json!({}), &json!({"events": {}, "nonce": "n"}));
    assert_eq!((events.code(), found(&events)), (Code::TypeMismatch, "typ JWT, and the claims events"));
    expect_advice(&events, &["claim events"], &["issuers.main.typ"]);
    let typ = explain(&format!("Bearer {}", token(&json!({"typ": "x"}), &json!({}))));
    expect_advice(&typ, &["issuers.main.typ, beside \"JWT\" and \"at+jwt\""], &[]);
    expect_advice(&explain_with(&json!({}), &json!({"exp": 1_763_900_000_000_i64})), &["milliseconds"], &[]);
    let text = explain_with(&json!({}), &json!({"exp": "1763900000"}));
    assert!(found(&text).contains("exp \"1763900000\""), "{text}");
    let early = explain_with(&json!({}), &json!({"nbf": NOW + 600, "iat": NOW + 600}));
    assert_eq!(early.advice().len(), 1, "{early}");
    let rule = json!({"/apis/api/claims": [{"claim": "level", "any_of": [3]}]});
    let level = explain_with(&rule, &json!({"level": "3"}));
    assert_eq!((level.code(), found(&level)), (Code::ClaimNotAllowed, "level \"3\""), "{level}");
}

#[test]
fn scopes_and_roles_are_told_as_they_are_needed() {
    let any = json!({"/apis/api/scopes": ["a", "b"], "/apis/api/scopes_match": "any"});
    expect_advice(&explain_with(&any, &json!({})), &["one of a, b"], &[" too"]);
    let prefixed = explain_with(&json!({}), &json!({"scp": "https://api/user_impersonation"}));
    expect_advice(&prefixed, &["before its last slash"], &[]);
    let roles = explain_with(&json!({}), &json!({"roles": {"a": 1}}));
    assert_eq!((roles.code(), found(&roles)), (Code::ClaimMalformed, "roles: {\"a\":1}"));
}
