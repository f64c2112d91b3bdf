//! The value of `WWW-Authenticate`: each scheme that the API accepts (RFC 9110 section 11.6.1).

use crate::code::{BearerError, Code};
use crate::policy::Api;

/// Appends the challenge that goes with a denial, or nothing where none does. Nothing of the
/// request is echoed.
pub(super) fn write(text: &mut String, code: Code, api: Option<&Api>) {
    let Some(api) = api.filter(|_| is_challenged(code)) else { return };
    if api.accepts_bearer {
        bearer(text, code, api);
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

/// Names, realms, scopes and messages hold neither quotes nor backslashes: their makers see to it.
fn parameter(text: &mut String, name: &str, value: &str) {
    for piece in [name, "=\"", value, "\""] {
        text.push_str(piece);
    }
}
