//! Configurations: what is wrong has a place, what opens is closed until it says otherwise.

use crate::json::{self, Reading};
use crate::mutate::Words;
use crate::{has_bug, shown};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use doorward::{Clock, Code, Config, Request, Verifier, internal};
use libfuzzer_sys::Corpus;
use serde_json::{Value, json};
use std::sync::LazyLock;

const NOW: i64 = 1_700_000_000;

const FIELDS: [&str; 12] = [
    "$schema",
    "issuers",
    "user_managers",
    "apis",
    "clock_skew",
    "state_dir",
    "max_key_age",
    "resolve_timeout",
    "max_waiting",
    "max_waiting_of_process",
    "watch",
    "denylist",
];

const API_FIELDS: [&str; 15] = [
    "enabled",
    "accept",
    "issuers",
    "user_managers",
    "scopes",
    "scopes_match",
    "roles",
    "roles_match",
    "clients",
    "app_only",
    "allow_no_scopes",
    "claims",
    "administrators",
    "paths",
    "realm",
];

/// A token that the seeds' issuer signed.
static AUTHORIZATION: LazyLock<String> = LazyLock::new(|| {
    let claims = json!({ "iss": "urn:i", "aud": "urn:a", "sub": "bob", "exp": NOW + 60, "scp": "read" });
    let signed = format!("{}.{}", BASE64URL.encode(r#"{"alg":"HS256"}"#), BASE64URL.encode(claims.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), signed.as_bytes());
    format!("Bearer {signed}.{}", BASE64URL.encode(signature.as_ref()))
});

/// Without a configuration that lets the token in, nothing below would prove anything.
static GOOD: LazyLock<()> = LazyLock::new(|| {
    let text = include_str!("../seeds/config/accepts");
    assert_eq!(code(&open(text).unwrap(), "api"), Code::Ok);
});

/// What inputs are made of.
pub const WORDS: Words = Words {
    members: &[
        r#""$schema":"s""#,
        r#""issuers":{}"#,
        r#""user_managers":{}"#,
        r#""apis":{}"#,
        r#""clock_skew":"30s""#,
        r#""max_key_age":"5m""#,
        r#""resolve_timeout":"3s""#,
        r#""max_waiting":8"#,
        r#""watch":true"#,
        r#""issuer":"urn:i""#,
        r#""entra":{"tenant":"any"}"#,
        r#""oidc":"https://x.example""#,
        r#""jwks_url":"https://x.example/keys""#,
        r#""jwks_hosts":["y.example"]"#,
        r#""proxy":"environment""#,
        r#""timeout":"2s""#,
        r#""jwks":{"keys":[]}"#,
        r#""audiences":["urn:a"]"#,
        r#""algorithms":["RS256"]"#,
        r#""typ":["at+jwt"]"#,
        r#""user_claim":"a.b""#,
        r#""tenant":"any""#,
        r#""allowed_tenants":["9188aaaa-6c67-4c5b-b112-36a304b66dad"]"#,
        r#""danger_any_tenant":true"#,
        r#""cloud":"china""#,
        r#""authority":"https://x.example""#,
        r#""v1_issuer":"https://x.example""#,
        r#""versions":["v1"]"#,
        r#""application_id":"9188aaaa-6c67-4c5b-b112-36a304b66dad""#,
        r#""metadata":"tenant""#,
        r#""user_claims":["upn"]"#,
        r#""case":"lower""#,
        r#""applications":"object_id""#,
        r#""guests":true"#,
        r#""tenants":["9188aaaa-6c67-4c5b-b112-36a304b66dad"]"#,
        r#""ldap":{}"#,
        r#""entra_password":{"tenant":"x.example","client_id":"c"}"#,
        r#""windows":{}"#,
        r#""default":true"#,
        r#""passwords":{}"#,
        r#""roles":["r"]"#,
        r#""roles_match":"any""#,
        r#""app_only":{"roles":[]}"#,
        r#""scopes":["read"]"#,
        r#""scopes":[]"#,
        r#""scopes_match":"any""#,
        r#""clients":["c"]"#,
        r#""allow_no_scopes":true"#,
        r#""claims":[{"claim":"a","present":true}]"#,
        r#""equals":1"#,
        r#""any_of":["x"]"#,
        r#""administrators":["AAD:bob"]"#,
        r#""paths":["/api/v1"]"#,
        r#""realm":"r""#,
        r#""enabled":true"#,
        r#""accept":["bearer"]"#,
        r#""accept":["basic"]"#,
        r#""issuers":["i"]"#,
        r#""user_managers":["AAD"]"#,
        r#""jwks_file":"keys""#,
    ],
    values: &[
        r#"["bearer"]"#,
        r#"["basic"]"#,
        r#"["read"]"#,
        r#"["i"]"#,
        r#"["e"]"#,
        r#"["/api/v1"]"#,
        r#"["v1"]"#,
        r#""30s""#,
        r#""2m""#,
        r#""24h""#,
        r#""5m""#,
        r#""i""#,
        r#""e""#,
        r#""any""#,
        r#""lower""#,
        r#""object_id""#,
        r#""environment""#,
        r#""us_government""#,
        r#""organizations""#,
        r#""https://x.example""#,
        r#""urn:i""#,
        r#""AAD:bob""#,
        r#""K2""#,
    ],
};

pub fn check(text: &[u8]) -> Corpus {
    LazyLock::force(&GOOD);
    let Ok(text) = str::from_utf8(text) else { return Corpus::Reject };
    let document = json::read(json::without_mark(text.as_bytes()));
    let corpus = document.corpus();
    match document {
        Reading::Good(document) => check_document(text, &document),
        Reading::Bad => check_refused(text),
        Reading::Unknown => {}
    }
    corpus
}

fn check_document(text: &str, document: &Value) {
    if !is_document(document) {
        check_refused(text);
    } else if !names_files(document) {
        match open(text) {
            Ok(verifier) => check_open(&verifier, document, text),
            Err(_) => check_error(text),
        }
    }
}

fn check_refused(text: &str) {
    assert!(internal::config(text).is_err(), "{}", shown(text.as_bytes()));
    check_error(text);
}

fn open(text: &str) -> Result<Verifier, doorward::ConfigError> {
    Verifier::open_with_clock(&Config::from_json(text).without_thread(), Clock::fixed(NOW))
}

fn code(verifier: &Verifier, api: &str) -> Code {
    verifier.verify(&Request::new(api).authorization(AUTHORIZATION.as_bytes())).code()
}

/// Whether a document has the fields of a configuration and its APIs, and no others.
fn is_document(document: &Value) -> bool {
    let is_known = |object: &Value, fields: &[&str]| {
        object.as_object().is_some_and(|object| object.keys().all(|name| fields.contains(&name.as_str())))
    };
    let is_wrong = has_bug() && document.get("watch").is_some();
    let apis = document.get("apis").and_then(Value::as_object);
    is_known(document, &FIELDS)
        && !is_wrong
        && apis.is_some_and(|apis| apis.values().all(|api| is_known(api, &API_FIELDS)))
}

/// Files stay out of it.
fn names_files(value: &Value) -> bool {
    let is_file = |name: &str| name.ends_with("file") || name.ends_with("dir") || name == "htpasswd";
    match value {
        Value::Object(object) => object.iter().any(|(name, value)| is_file(name) || names_files(value)),
        Value::Array(elements) => elements.iter().any(names_files),
        _ => false,
    }
}

/// The configuration is refused, with a place and one sentence.
fn check_error(text: &str) {
    let Err(error) = Verifier::check(&Config::from_json(text)) else {
        panic!("it is refused once and taken the next time: {}", shown(text.as_bytes()));
    };
    let has_place = !error.path().is_empty() || error.message().contains("(line ");
    let is_sentence = !error.message().is_empty() && !error.message().ends_with('.');
    assert!(has_place && is_sentence, "{error:?}: {}", shown(text.as_bytes()));
    assert_eq!(error.code() as u32 / 1000, 7, "{error:?}");
}

/// Each API that lets the token in is switched on, takes bearer tokens, and says whose, and which scopes they need.
fn check_open(verifier: &Verifier, document: &Value, text: &str) {
    let apis = document.get("apis").and_then(Value::as_object);
    for (name, api) in apis.into_iter().flatten() {
        let list = |field: &str| api.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
        let is_on = api.get("enabled") == Some(&Value::Bool(true));
        let is_said = list("accept").contains(&"bearer".into())
            && !(list("issuers").is_empty() && list("user_managers").is_empty())
            && list("scopes").iter().all(|scope| scope == "read")
            && api.get("scopes").is_some();
        let code = code(verifier, name);
        assert!(verifier.has_api(name), "{}", shown(text.as_bytes()));
        assert!(code != Code::Ok || (is_on && is_said), "{name}: {}", shown(text.as_bytes()));
        assert_eq!(code == Code::ApiDisabled, !is_on, "{name}: {}", shown(text.as_bytes()));
    }
}
