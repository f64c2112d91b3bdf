//! Passwords of Entra ID, checked at a token endpoint on loopback that answers as Entra ID does.

use base64_simd::URL_SAFE_NO_PAD;
use doorward::{Algorithm, Clock, Code, Config, Verdict, Verifier};
use doorward_testkit::passwords::*;
use doorward_testkit::server::{Answer, Authority, Server};
use doorward_testkit::{KEY_ID, NOW, TestKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const TENANT: &str = "9188aaaa-6c67-4c5b-b112-36a304b66dad";
const OBJECT: &str = "6467b1e1-1b3e-4b3f-9d51-000000000001";
const CLIENT: &str = "11111111-2222-3333-4444-555555555555";
pub const PATH: &str = "/9188aaaa-6c67-4c5b-b112-36a304b66dad/oauth2/v2.0/token";

pub fn configuration(server: &Server) -> Value {
    json!({
        "user_managers": { "AAD": {
            "entra_password": {
                "tenant": TENANT, "client_id": CLIENT, "realms": ["contoso.example"], "authority": server.url("")
            },
            "passwords": { "max_failures": 1000, "remember_refused": "0s" }
        } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["AAD"] } },
    })
}

fn open(configuration: &Value) -> Verifier {
    let config = Config::from_json(configuration.to_string()).without_thread();
    Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap_or_else(|error| panic!("{error}"))
}

/// An access token of v1 for the user, as it is: signed by a key that nobody here has.
fn token(patch: &Value) -> String {
    let mut claims = json!({
        "aud": "https://api.k2.com/", "iss": format!("https://sts.windows.net/{TENANT}/"), "tid": TENANT, "oid": OBJECT,
        "upn": "Bob@contoso.example", "name": "Bob", "scp": "user_impersonation", "ver": "1.0", "exp": NOW + 3600
    });
    claims.as_object_mut().unwrap().extend(patch.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let part = |value: &Value| URL_SAFE_NO_PAD.encode_to_string(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "typ": "JWT", "alg": "RS256", "kid": "k" })), part(&claims))
}

pub fn granted(patch: &Value) -> Answer {
    let body = json!({ "token_type": "Bearer", "scope": "https://api.k2.com//user_impersonation", "expires_in": 3599,
        "ext_expires_in": 3599, "access_token": token(patch) });
    Answer::json(body.to_string())
}

/// A refusal in the form that Entra ID gives it.
pub fn refused(error: &str, suberror: &str, number: u32) -> Answer {
    let mut body = json!({
        "error": error,
        "error_description": format!("AADSTS{number}: Words for people, that change. Trace ID: 0a1b Correlation ID: 2c3d Timestamp: 2026-11-28 10:00:00Z"),
        "error_codes": [number], "timestamp": "2026-11-28 10:00:00Z", "trace_id": "0a1b", "correlation_id": "2c3d",
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}")
    });
    if !suberror.is_empty() {
        body["suberror"] = json!(suberror);
    }
    Answer::status(400).body(body.to_string()).content_type("application/json; charset=utf-8")
}

fn ask(verifier: &Verifier) -> Verdict {
    decide(verifier, &header("bob@contoso.example", "pass word"))
}

/// Point 17 of `cases/entra.toml`: a password of the tenant is good.
#[test]
fn a_right_password_is_the_users_with_all_that_the_token_says() {
    let server = Server::start();
    server.set(PATH, granted(&json!({ "roles": ["Operators", "Readers"] })));
    let mut configuration = configuration(&server);
    configuration["apis"]["api"]["roles"] = json!(["Operators"]);
    configuration["apis"]["api"]["administrators"] = json!([format!("AAD:{TENANT}/{OBJECT}")]);
    let verifier = open(&configuration);
    let verdict = ask(&verifier);
    let identity = verdict.identity().unwrap();
    assert_eq!(identity.qualified_name(), "AAD:Bob@contoso.example");
    assert_eq!((identity.tenant(), identity.object_id()), (Some(TENANT), Some(OBJECT)));
    assert_eq!(identity.roles().collect::<Vec<_>>(), ["Operators", "Readers"]);
    assert!(identity.is_administrator() && identity.claim("name").unwrap().as_str() == Some("Bob"));
    for value in [header("bob@contoso.example", "pass word"), header("AAD:bob@contoso.example", "pass word")] {
        assert!(verify(&verifier, &value).is_accepted());
    }
    // A name without a realm is of the only one; it is another spelling, and checked by itself.
    assert!(decide(&verifier, &header("bob", "pass word")).is_accepted());
    assert_eq!(server.requests(PATH), 2);
    assert_eq!(decide(&verifier, &header("CONTOSO\\bob", "pass word")).code(), Code::BasicRejected);
    assert_eq!(server.requests(PATH), 2, "a domain is nothing that Entra ID knows");
}

#[test]
fn the_form_holds_the_password_and_the_address_does_not() {
    let server = Server::start();
    server.set(PATH, granted(&json!({})));
    let file = UserFile::new("se&cret=1 +%\n");
    let mut configuration = configuration(&server);
    configuration["user_managers"]["AAD"]["entra_password"]["client_secret_file"] = json!(file.0.to_str().unwrap());
    let verifier = open(&configuration);
    for password in ["simple", "a+b&c=d%20 e", "Zürich-Straße.9-密码", "☃&password=x", " a ", "\"'<>\\"] {
        verifier.forget("AAD:Bob@contoso.example");
        assert!(decide(&verifier, &header("bob@contoso.example", password)).is_accepted());
        let request = server.last_request(PATH).unwrap();
        let fields: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
        let expected = [
            ("grant_type", "password"),
            ("client_id", CLIENT),
            ("client_secret", "se&cret=1 +%"),
            ("scope", "https://api.k2.com//.default"),
            ("username", "bob@contoso.example"),
            ("password", password),
        ];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", PATH));
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    }
}

/// Each refusal that is told apart, as Entra ID gives it: `error`, `suberror`, the number, and the code of the denial.
const REFUSALS: &[(&str, &str, u32, Code)] = &[
    ("invalid_grant", "", 50126, Code::BasicRejected),
    ("invalid_grant", "", 50034, Code::BasicRejected),
    ("invalid_grant", "", 50020, Code::BasicRejected),
    ("interaction_required", "basic_action", 50076, Code::MfaRequired),
    ("interaction_required", "basic_action", 50079, Code::MfaRequired),
    ("interaction_required", "", 50074, Code::MfaRequired),
    ("interaction_required", "basic_action", 50072, Code::MfaRequired),
    ("invalid_grant", "basic_action", 50076, Code::MfaRequired),
    ("interaction_required", "", 50158, Code::MfaRequired),
    ("invalid_grant", "", 50053, Code::AccountLocked),
    ("invalid_grant", "user_password_expired", 50055, Code::PasswordExpired),
    ("invalid_grant", "", 50057, Code::AccountDisabled),
    ("interaction_required", "message_only", 53003, Code::SignInBlocked),
    ("access_denied", "message_only", 53003, Code::SignInBlocked),
    ("interaction_required", "message_only", 53000, Code::SignInBlocked),
    ("invalid_grant", "", 50105, Code::LogonRightMissing),
    ("invalid_grant", "", 50142, Code::PasswordExpired),
    ("invalid_grant", "", 50144, Code::PasswordExpired),
    // Pass-through authentication: hours of Active Directory, and an Active Directory that nobody reaches.
    ("invalid_grant", "", 80012, Code::LogonRestricted),
    ("invalid_grant", "", 80001, Code::DirectoryUnavailable),
    ("invalid_grant", "", 80002, Code::DirectoryUnavailable),
    ("invalid_grant", "", 53003, Code::SignInBlocked),
    ("invalid_grant", "consent_required", 65001, Code::DirectoryUnavailable),
    ("invalid_grant", "", 90094, Code::DirectoryUnavailable),
    ("invalid_resource", "", 500011, Code::DirectoryUnavailable),
    ("invalid_resource", "", 50001, Code::DirectoryUnavailable),
    ("unauthorized_client", "", 700016, Code::DirectoryUnavailable),
    ("invalid_client", "", 7000218, Code::DirectoryUnavailable),
    ("invalid_client", "", 7000215, Code::DirectoryUnavailable),
    ("invalid_request", "", 50011, Code::DirectoryUnavailable),
    // Numbers that nobody knew when this was written.
    ("interaction_required", "", 999_001, Code::MfaRequired),
    ("invalid_grant", "additional_action", 999_002, Code::MfaRequired),
    ("invalid_grant", "user_password_expired", 999_003, Code::PasswordExpired),
    ("invalid_grant", "", 999_004, Code::BasicRejected),
    ("interaction_required", "message_only", 999_007, Code::SignInBlocked),
    ("access_denied", "", 999_008, Code::SignInBlocked),
    ("invalid_scope", "", 999_005, Code::DirectoryUnavailable),
    ("temporarily_unavailable", "", 999_006, Code::DirectoryUnavailable),
];

/// Points 17 and 18 of `cases/entra.toml`: a second factor, guests and personal accounts are refused, and each by `error`
/// and `suberror`: also with a number that nobody knows.
#[test]
fn each_refusal_of_entra_has_its_code_and_advice() {
    let server = Server::start();
    for (error, suberror, number, expected) in REFUSALS {
        server.set(PATH, refused(error, suberror, *number));
        let verifier = open(&configuration(&server));
        let verdict = ask(&verifier);
        let denial = verdict.denial().unwrap();
        assert_eq!(denial.code(), *expected, "{error} {suberror} {number}");
        let is_refusal = *expected != Code::DirectoryUnavailable;
        assert_eq!(denial.http(), if is_refusal { 401 } else { 503 });
        assert_eq!(denial.client_code(), if is_refusal { Code::BasicRejected } else { *expected });
        let known = doorward::entra::aadsts(*number);
        if let Some(known) = known.filter(|_| is_refusal) {
            assert_eq!(denial.expected(), Some(known.title), "{number}");
        }
        let failure = verifier.health().directories()[0].failure.clone();
        assert_eq!(failure.is_some(), !is_refusal, "{number}");
        if let (Some(known), Some(failure)) = (known, failure) {
            assert!(
                failure.message.contains(known.cure) && failure.message.contains(&number.to_string()),
                "{failure:?}"
            );
        }
        assert!(!format!("{verdict:?}").contains("Words for people"));
        // The next request asks again: nothing is remembered here, and nothing was tried twice.
        let before = server.requests(PATH);
        ask(&verifier);
        assert_eq!(server.requests(PATH), before + 1);
    }
}

/// Point 18 of `cases/entra.toml`: the number is for people.
#[test]
fn mfa_is_explained() {
    let server = Server::start();
    server.set(PATH, refused("interaction_required", "basic_action", 50076));
    let mut configuration = configuration(&server);
    configuration["user_managers"]["AAD"]["passwords"] = json!({ "tell_account_state": true });
    let verifier = open(&configuration);
    let verdict = ask(&verifier);
    assert_eq!(verdict.denial().unwrap().client_code(), Code::MfaRequired, "where the configuration says so");
    let value = header("bob@contoso.example", "pass word");
    let request = doorward::Request::new("api").authorization(value.as_bytes());
    let told = verifier.explain(&request).to_string();
    assert!(told.starts_with("5101 MfaRequired") && told.contains("let the client get a bearer token"), "{told}");
    // A number that nobody knew when this was written is told as it is.
    server.set(PATH, refused("interaction_required", "basic_action", 999_001));
    verifier.reload(&Config::from_json(configuration.to_string()).without_thread()).unwrap();
    ask(&verifier);
    let told = verifier.explain(&request).to_string();
    assert!(told.starts_with("5101 MfaRequired") && told.contains("AADSTS999001"), "{told}");
}

#[test]
fn what_is_no_good_answer_is_no_answer() {
    let server = Server::start();
    let deny = |text: &str| Answer::json(text);
    for (answer, expected) in [
        (Answer::status(500), "answers 500"),
        (Answer::status(429), "answers 429"),
        (Answer::status(503).header("Retry-After", "7"), "answers 503"),
        (Answer::status(401).body("<html>"), "not as Entra ID does"),
        (Answer::redirect(307, &server.url("/elsewhere")), "answers 307"),
        (Answer::redirect(302, "https://evil.example/token"), "answers 302"),
        (deny("{}"), "is missing in the answer"),
        (deny("[]"), "is missing in the answer"),
        (deny(r#"{"access_token": 5}"#), "is missing in the answer"),
        (deny(r#"{"access_token": "opaque"}"#), "is no JWT"),
        (deny(r#"{"access_token": "a.!!!.c"}"#), "is no JWT"),
        (granted(&json!({ "tid": null })), "does not name tenant and object id"),
        (granted(&json!({ "oid": 5 })), "does not name tenant and object id"),
        (granted(&json!({ "tid": "9188aaaa-6c67-4c5b-b112-36a304b66dae" })), "is of another tenant"),
        (granted(&json!({ "tid": "contoso.example" })), "no GUID"),
        (granted(&json!({ "oid": "bob" })), "no GUID"),
        (granted(&json!({ "iss": null })), "has an issuer that is not of its tenant"),
        (
            granted(&json!({ "iss": "https://sts.windows.net/9188aaaa-6c67-4c5b-b112-36a304b66dae/" })),
            "has an issuer that is not of its tenant",
        ),
        (granted(&json!({ "aud": "https://graph.microsoft.com" })), "is for another resource"),
        (granted(&json!({ "aud": null })), "is for another resource"),
        (granted(&json!({ "upn": null })), "does not name the user"),
        (granted(&json!({ "upn": "ann@contoso.example" })), "is of another user"),
        (granted(&json!({ "upn": "bob@contoso.example.evil" })), "is of another user"),
        (granted(&json!({ "upn": "bob\nx", "unique_name": "bob@contoso.example" })), "that nobody sees"),
        (Answer::json("x".repeat(70_000)), "larger than it may be"),
        (Answer::endless(), "larger than it may be"),
        (Answer::garbage(), "not HTTP"),
        (Answer::close(), "closed the connection"),
        (Answer::truncated(r#"{"access_token": ""#), ""),
    ] {
        server.set(PATH, answer);
        let verifier = open(&configuration(&server));
        let verdict = ask(&verifier);
        let denial = verdict.denial().unwrap();
        assert_eq!(
            (denial.code(), denial.http(), denial.retry_after()),
            (Code::DirectoryUnavailable, 503, Some(5)),
            "{expected}"
        );
        let failure = verifier.health().directories()[0].failure.clone().unwrap();
        assert!(failure.message.contains(expected), "{expected}: {}", failure.message);
    }
    assert_eq!(server.requests("/elsewhere"), 0);
    let version_2 = json!({ "ver": "2.0", "aud": CLIENT, "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "upn": null, "preferred_username": "BOB@contoso.example" });
    for (patch, user) in [
        (json!({}), "AAD:Bob@contoso.example"),
        (json!({ "aud": "https://api.k2.com" }), "AAD:Bob@contoso.example"),
        (json!({ "upn": "B1@contoso.example", "unique_name": "bob@contoso.example" }), "AAD:B1@contoso.example"),
        (version_2, "AAD:BOB@contoso.example"),
    ] {
        server.set(PATH, granted(&patch));
        let verdict = ask(&open(&configuration(&server)));
        assert_eq!(verdict.identity().map(|identity| identity.qualified_name()), Some(user), "a control: {patch}");
    }
}

/// By token and by password: an account that is revoked by its one name comes in by neither.
#[test]
fn a_user_has_one_name_by_both_methods() {
    let (server, key) = (Server::start(), TestKey::generate(Algorithm::EdDSA).unwrap());
    server.set(PATH, granted(&json!({ "employee": { "number": "E17" } })));
    let mut both = configuration(&server);
    let tokens = doorward_testkit::configuration(&[key.jwk(KEY_ID)], &[Algorithm::EdDSA]);
    both["issuers"] = tokens["issuers"].clone();
    both["user_managers"]["AAD"]["issuers"] = json!(["main"]);
    both["user_managers"]["AAD"]["user_claims"] = json!(["employee.number"]);
    both["apis"]["api"]["accept"] = json!(["basic", "bearer"]);
    both["apis"]["api"]["scopes"] = json!([]);
    let verifier = open(&both);
    let mut claims = doorward_testkit::entra_claims();
    claims["employee"] = json!({ "number": "E17" });
    let token = format!("Bearer {}", doorward_testkit::sign(&key, &doorward_testkit::entra_header(&key), &claims));
    let by_each = || [ask(&verifier), decide(&verifier, &token)];
    for verdict in by_each() {
        assert_eq!(verdict.identity().map(|identity| identity.qualified_name()), Some("AAD:E17"), "{verdict:?}");
    }
    verifier.revoke(&json!({ "account": "AAD:E17", "until": NOW + 3600 }).to_string()).unwrap();
    assert_eq!(by_each().map(|verdict| verdict.code()), [Code::CredentialsRevoked, Code::TokenRevoked]);
}

/// Two tenants' users may be called alike; each is somebody of their own.
#[test]
fn users_of_two_realms_who_are_called_alike_are_two_accounts() {
    let server = Server::start();
    let mut configuration = configuration(&server);
    configuration["user_managers"]["AAD"]["entra_password"]["realms"] = json!(["contoso.example", "fabrikam.example"]);
    let verifier = open(&configuration);
    let users = [("bob@contoso.example", OBJECT), ("bob@fabrikam.example", "6467b1e1-1b3e-4b3f-9d51-000000000002")];
    for (user, object) in users {
        server.set(PATH, granted(&json!({ "upn": user, "oid": object })));
        assert_eq!(decide(&verifier, &header(user, "pass word")).code(), Code::Ok, "{user}");
    }
    for (user, _) in users {
        assert_eq!(verify(&verifier, &header(user, "pass word")).code(), Code::Ok, "{user} is remembered");
    }
    assert_eq!(server.requests(PATH), 2);
}

/// Somebody may type the password of another account: that is for nobody else to know.
#[test]
fn a_name_of_another_realm_is_refused_without_asking() {
    let server = Server::start();
    server.set(PATH, granted(&json!({})));
    let mut configuration = configuration(&server);
    configuration["user_managers"]["AAD"]["entra_password"]["realms"] = json!(["contoso.example", "fabrikam.example"]);
    let verifier = open(&configuration);
    for user in
        ["ann@other.example", "AAD:eve@other.example", "eva@contoso.example.other.example", "CONTOSO\\tom", "sue"]
    {
        assert_eq!(decide(&verifier, &header(user, "pass word")).code(), Code::BasicRejected, "{user}");
    }
    assert_eq!(server.requests(PATH), 0);
    assert!(decide(&verifier, &header("bob@CONTOSO.example", "pass word")).is_accepted(), "the control");
}

#[test]
fn a_server_that_stalls_takes_no_longer_than_it_may() {
    let server = Server::start();
    for answer in
        [Answer::stall(), Answer::stall_after_head(), Answer::drip(1, Duration::from_millis(100), "x".repeat(500))]
    {
        server.set(PATH, answer);
        let mut configuration = configuration(&server);
        configuration["resolve_timeout"] = json!("1s");
        let verifier = open(&configuration);
        // None of these answers comes to its end within the time of a request.
        assert_eq!(ask(&verifier).code(), Code::DirectoryUnavailable);
    }
}

#[test]
fn only_the_right_server_is_told_the_password() {
    let (authority, other) = (Authority::new(), Authority::new());
    let good = Server::start_tls(&authority, &["127.0.0.1"]);
    let cases = [
        (&good, &authority, true),
        (&good, &other, false),
        (&Server::start_tls(&authority, &["other.example"]), &authority, false),
    ];
    for (server, trusted, is_told) in cases {
        server.set(PATH, granted(&json!({})));
        let file = UserFile::new(&trusted.pem());
        let mut configuration = configuration(server);
        configuration["user_managers"]["AAD"]["entra_password"]["ca_file"] = json!(file.0.to_str().unwrap());
        let before = server.requests(PATH);
        assert_eq!(ask(&open(&configuration)).is_accepted(), is_told);
        assert_eq!(server.requests(PATH) - before, usize::from(is_told));
    }
}

/// Point 17 of `cases/entra.toml`: passwords need a tenant, and none that stands for several.
#[test]
fn mistakes_of_the_configuration_are_told() {
    let server = Server::start();
    for (patch, expected) in [
        (json!({ "tenant": "common" }), "entra_password.tenant: \"common\" stands for every tenant"),
        (json!({ "tenant": "organizations" }), "entra_password.tenant"),
        (json!({ "tenant": "consumers" }), "entra_password.tenant"),
        (json!({ "tenant": "a/b" }), "entra_password.tenant"),
        (json!({ "client_id": "me" }), "entra_password.client_id"),
        (json!({ "realms": [] }), "entra_password.realms: the list is empty"),
        (json!({ "realms": ["@contoso.example"] }), "entra_password.realms[0]"),
        (json!({ "cloud": "public" }), "entra_password.authority: give only one of"),
        (json!({ "authority": "http://login.example" }), "entra_password.authority"),
        (json!({ "client_secret_file": "/nowhere/secret" }), "entra_password.client_secret_file"),
        (json!({ "ca_file": "/nowhere/ca.pem" }), "entra_password.ca_file"),
        (json!({ "timeout": "0s" }), "entra_password.timeout"),
        (json!({ "secret": "x" }), "entra_password.secret"),
    ] {
        let mut configuration = configuration(&server);
        let document = configuration["user_managers"]["AAD"]["entra_password"].as_object_mut().unwrap();
        document.extend(patch.as_object().unwrap().clone());
        let told = Verifier::open(&Config::from_json(configuration.to_string())).map(|_| ()).unwrap_err().to_string();
        assert!(told.contains(expected), "{patch}: {told}");
    }
}
