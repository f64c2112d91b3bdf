//! Tokens for [`configuration`](crate::configuration), and what becomes of them.

use crate::{AUDIENCE, ISSUER, KEY_ID, NOW, TestKey};
use doorward::{Request, Verdict, Verifier};
use serde_json::{Value, json};

/// Claims that [`configuration`] accepts.
pub fn good_claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "bob", "exp": NOW + 3600, "nbf": NOW - 60, "iat": NOW - 60 })
}

/// The header of a token by `key`.
pub fn header(key: &TestKey) -> Value {
    json!({ "typ": "JWT", "alg": key.algorithm().name(), "kid": KEY_ID })
}

/// Signs a header and claims.
pub fn sign(key: &TestKey, header: &Value, claims: &Value) -> String {
    key.sign(&header.to_string(), &claims.to_string()).unwrap()
}

/// Verifies a bearer token for the API `api`.
pub fn verify(verifier: &Verifier, token: &str) -> Verdict {
    verifier.verify(&Request::new("api").authorization(format!("Bearer {token}").as_bytes()))
}

/// The claims of an access token of Entra ID, version 1, as large as real ones: 24 claims.
pub fn entra_claims() -> Value {
    json!({
        "aud": AUDIENCE, "iss": ISSUER, "iat": NOW - 300, "nbf": NOW - 300, "exp": NOW + 3600,
        "acr": "1", "aio": "AVQAq/8TAAAAVmf0Jd1Yv5aUuYfJ0kz2o7D0zQ4Jc5Xv0d3b7e1F2g3H4i5J6k7L8m9N0o1P2q3R4s5T6u7V8w9X0y1Z2a3B4c5D6e7F8g9H0==",
        "amr": ["pwd", "mfa"], "appid": "04f0c124-f2bc-4f59-8241-bf6df9866bbd", "appidacr": "1",
        "family_name": "Jansen", "given_name": "Bob", "ipaddr": "203.0.113.7", "name": "Bob Jansen",
        "oid": "6467b1e1-1b3e-4b3f-9d51-2a4e5f4a9c11", "puid": "10032001A2B3C4D5", "scp": "user_impersonation Workflow.Read",
        "sub": "xX2bU5o7lYv6vH6d9m1QzVnS3yF0cJ8kR4tW7pL2aEg", "tid": "9188aaaa-6c67-4c5b-b112-36a304b66dad",
        "unique_name": "bob@contoso.example", "upn": "bob@contoso.example",
        "uti": "a1b2c3d4e5f6g7h8i9j0kA", "ver": "1.0", "wids": ["b79fbf4d-3ef9-4689-8143-76b194e85509"]
    })
}

/// The header of an access token of Entra ID, version 1.
pub fn entra_header(key: &TestKey) -> Value {
    json!({ "typ": "JWT", "alg": key.algorithm().name(), "x5t": KEY_ID, "kid": KEY_ID })
}
