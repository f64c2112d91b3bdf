//! The value of `WWW-Authenticate`: each scheme that the API accepts (RFC 9110 section 11.6.1).

use crate::code::{BearerError, Code};
use crate::policy::Api;
use base64_simd::STANDARD;
use std::io::{Cursor, Write};

/// Appends the challenge that goes with a denial, or nothing where none does. Nothing of the
/// request is echoed. `renew`: the client is to ask for a token that starts to be valid at this time or later.
pub(super) fn write(text: &mut String, code: Code, renew: Option<i64>, api: Option<&Api>) {
    let Some(api) = api.filter(|_| is_challenged(code)) else { return };
    if api.accepts_bearer {
        match renew {
            Some(start) => claims(text, start, api),
            None => bearer(text, code, api),
        }
    }
    if api.accepts_basic {
        if api.accepts_bearer {
            text.push_str(", ");
        }
        parameter(text, "Basic realm", &api.realm);
        parameter(text, ", charset", "UTF-8");
    }
}

fn is_challenged(code: Code) -> bool {
    code != Code::ApiDisabled && matches!(code.http(), Some(400 | 401 | 403))
}

fn bearer(text: &mut String, code: Code, api: &Api) {
    parameter(text, "Bearer realm", &api.realm);
    let Some(error) = code.bearer_error() else { return };
    parameter(text, ", error", error.name());
    parameter(text, ", error_description", code.message());
    if error == BearerError::InsufficientScope && !api.scopes.values.is_empty() {
        text.push_str(", scope=\"");
        for (index, scope) in api.scopes.values.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { " " });
            text.push_str(scope);
        }
        text.push('"');
    }
}

/// A claims challenge, as clients of Entra ID understand it: the value of `claims` is a claims request (OpenID Connect
/// Core section 5.5) in base64, which the client hands to the issuer.
fn claims(text: &mut String, start: i64, api: &Api) {
    parameter(text, "Bearer realm", &api.realm);
    parameter(text, ", error", "insufficient_claims");
    text.push_str(", claims=\"");
    let mut request = Cursor::new([0; 96]);
    // A time has at most twenty characters, so there is room for it.
    let _ = write!(request, r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{start}"}}}}}}"#);
    let len = request.position() as usize;
    STANDARD.encode_append(&request.get_ref()[..len], text);
    text.push('"');
}

/// Names, realms, scopes and messages hold neither quotes nor backslashes: their makers see to it.
fn parameter(text: &mut String, name: &str, value: &str) {
    for piece in [name, "=\"", value, "\""] {
        text.push_str(piece);
    }
}
