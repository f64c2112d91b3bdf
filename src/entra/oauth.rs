//! The fields `error` and `suberror` of a refusal by Entra ID: what a program goes by.

use super::refusal::Retry::{self, Later, No, SignIn};

/// What a value of `error` or `suberror` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorField {
    /// The value, such as `invalid_grant`.
    pub name: &'static str,
    /// What it means for a program, in sentences.
    pub meaning: &'static str,
    /// Whether the request may be sent again.
    pub retry: Retry,
}

/// What a value of `error` means (RFC 6749 sections 4.1.2.1 and 5.2, and Entra ID's own). `None` where it is not known.
///
/// ```
/// use doorward::entra::{Retry, oauth_error};
/// assert_eq!(oauth_error("temporarily_unavailable").unwrap().retry, Retry::Later);
/// assert_eq!(oauth_error("invalid_grunt"), None);
/// ```
pub fn oauth_error(name: &str) -> Option<&'static ErrorField> {
    ERRORS.iter().find(|field| field.name == name)
}

/// What a value of `suberror` means: it says more of an `error` that asks for the user. `None` where it is not known.
///
/// ```
/// use doorward::entra::{Retry, oauth_suberror};
/// assert_eq!(oauth_suberror("basic_action").unwrap().retry, Retry::SignIn);
/// ```
pub fn oauth_suberror(name: &str) -> Option<&'static ErrorField> {
    SUBERRORS.iter().find(|field| field.name == name)
}

const fn row(name: &'static str, retry: Retry, meaning: &'static str) -> ErrorField {
    ErrorField { name, meaning, retry }
}

static ERRORS: [ErrorField; 16] = [
    row(
        "access_denied",
        No,
        "The user, an administrator or a policy said no. Tell the user, and don't ask again by yourself.",
    ),
    row(
        "authorization_pending",
        Later,
        "The user of the device flow has not signed in yet. Ask again, no sooner than the interval says.",
    ),
    row("consent_required", SignIn, "The user or an administrator has to consent first, in a browser."),
    row(
        "insufficient_claims",
        SignIn,
        "An API wants more than the token tells. Ask for a new token, and pass the value of claims on.",
    ),
    row(
        "interaction_required",
        SignIn,
        "The user has to do something. Send the same request through a browser, with the value of claims if there is one.",
    ),
    row(
        "invalid_client",
        No,
        "The client did not prove who it is. Its id, secret or certificate has to be corrected; the user can do nothing.",
    ),
    row(
        "invalid_grant",
        SignIn,
        "The password, code or refresh token is no good, or not enough. Throw a code or refresh token away and begin a \
         new sign-in; suberror says more, where there is one.",
    ),
    row("invalid_request", No, "The request lacks something or is malformed. The client has to be corrected."),
    row("invalid_resource", No, "The resource is not there, or not in this tenant. Its name or the tenant is wrong."),
    row("invalid_scope", No, "The scope is not known or not allowed. The client has to ask for another."),
    row("login_required", SignIn, "Nobody is signed in, and the request forbade to ask. Ask the user to sign in."),
    row("server_error", Later, "Entra ID could not answer. Wait, and try again a few times."),
    row(
        "temporarily_unavailable",
        Later,
        "Entra ID is too busy. Wait, as Retry-After says if it is there, and try again.",
    ),
    row(
        "unauthorized_client",
        No,
        "The client may not use this grant, or is not in this tenant. Its registration has to be changed.",
    ),
    row("unsupported_grant_type", No, "The grant type is not known here. The client has to use another."),
    row(
        "unsupported_response_type",
        No,
        "The response type is not known or not switched on. The client asks for code.",
    ),
];

static SUBERRORS: [ErrorField; 10] = [
    row("additional_action", SignIn, "The user has to do something beside signing in, and may then sign in again."),
    row("bad_token", SignIn, "The refresh token is good no more. Throw it away, and begin a new sign-in."),
    row("basic_action", SignIn, "The user can do what is needed in the sign-in itself, such as a second factor."),
    row("client_mismatch", No, "The token is of another client. Each client uses its own tokens only."),
    row("consent_required", SignIn, "The user or an administrator has to consent first, in a browser."),
    row("device_authentication_failed", SignIn, "The device could not prove itself. The user signs in anew."),
    row("message_only", No, "A sign-in would only show a message. Tell the user to look at it in a browser."),
    row(
        "protection_policy_required",
        SignIn,
        "The device has to be managed before it gets a token. The user registers it, and signs in.",
    ),
    row("token_expired", SignIn, "The refresh token has expired. Throw it away, and begin a new sign-in."),
    row("user_password_expired", SignIn, "The password has expired. The user changes it in a browser."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_stands_once_and_says_something() {
        for table in [&ERRORS[..], &SUBERRORS[..]] {
            assert!(table.is_sorted_by(|a, b| a.name < b.name));
            for field in table {
                assert!((30..200).contains(&field.meaning.len()) && field.meaning.ends_with('.'), "{}", field.name);
            }
        }
        assert_eq!((oauth_error("Invalid_grant"), oauth_suberror("")), (None, None));
    }
}
