//! Advice on what came before the issuer was known: the header and the shape of the token.

use super::Advice;
use crate::code::Code;
use crate::crypto::{Algorithm, Family};
use crate::explain::shown;
use crate::parse::base64url;
use crate::parse::json::Value;
use crate::parse::jws::Jws;
use crate::policy::{Api, Policy};

pub(in crate::explain) fn api(name: &str, policy: &Policy) -> Advice {
    let mut known: Vec<&str> = policy.apis.keys().map(AsRef::as_ref).collect();
    known.sort_unstable();
    let known = shown::list(known);
    vec![
        (Code::ApiDisabled, format!("Set apis.{name}.enabled to true to switch the API on.")),
        (Code::ApiUnknown, format!("The host asks for an API that the configuration does not have. It has: {known}.")),
    ]
}

pub(in crate::explain) fn header(value: &[u8]) -> Advice {
    let mut advice = vec![
        (
            Code::CredentialsMissing,
            "The client has to send the header `Authorization: Bearer <access token>`. \
             If it does, look for a proxy on the way that takes the header off."
                .to_owned(),
        ),
        (
            Code::HeaderTooLarge,
            format!(
                "The header has {} bytes, and 16384 are allowed. Tokens grow with the groups of the user: \
                 let the issuer put fewer of them into the token.",
                value.len()
            ),
        ),
        (
            Code::HeaderRepeated,
            "One request carries one credential. Look for a client or a proxy that adds a second Authorization header."
                .to_owned(),
        ),
    ];
    let shape = if is_bare_token(value) { missing_scheme() } else { malformed(value).to_owned() };
    advice.push((Code::HeaderMalformed, shape.clone()));
    advice.push((Code::SchemeUnsupported, if is_bare_token(value) { shape } else { unsupported(value) }));
    advice
}

fn missing_scheme() -> String {
    "The value begins with the token. Put `Bearer ` before it.".to_owned()
}

/// Whether the value is a token without a scheme: JSON objects begin with `ey` in base64url.
fn is_bare_token(value: &[u8]) -> bool {
    value.starts_with(b"ey") && value.contains(&b'.')
}

fn unsupported(value: &[u8]) -> String {
    let scheme = value.split(|byte| *byte == b' ').next().unwrap_or_default();
    let scheme = shown::text(&String::from_utf8_lossy(scheme));
    format!("The scheme is {scheme}. Only Bearer and Basic are known here.")
}

fn malformed(value: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(value).to_ascii_lowercase();
    if text.contains("bearer bearer") || text.contains("bearer: bearer") {
        "`Bearer ` stands twice: the client puts it before a value that has it already."
    } else if text.contains(['"', '\'']) {
        "There are quotes around the token. Send it without them."
    } else if text.contains(['\r', '\n']) {
        "There is a line break in the token: it was wrapped when it was copied. Put it on one line."
    } else if text.trim() != text || text.contains(['\t', '\u{a0}']) {
        "There is white space around the token. Send `Bearer`, one space and the token, and nothing after it."
    } else if text.trim_start_matches("bearer").contains(' ') {
        "There is white space within the token: it was broken when it was copied. Copy it whole."
    } else if text == "bearer" || text == "basic" {
        "The credential after the scheme is missing: the client's variable for it is probably empty."
    } else if text.starts_with("bearer:") || text.starts_with("basic:") {
        "There is a colon after the scheme. Write `Bearer`, one space and the token."
    } else {
        "Send `Bearer`, one space and the token. A token has letters, digits, `-`, `_` and `.` only."
    }
}

pub(in crate::explain) fn method(api: &Api, found: &str) -> Advice {
    let name = &api.name;
    vec![
        (
            Code::MethodNotAccepted,
            format!("Add \"{found}\" to apis.{name}.accept, or let the client use another method."),
        ),
        (Code::BasicRejected, "No user manager of the configuration checks passwords.".to_owned()),
    ]
}

pub(in crate::explain) fn token(token: &[u8]) -> Advice {
    vec![
        (
            Code::TokenEncrypted,
            "The token has five parts: it is encrypted (JWE), and only its recipient can read it. \
             Let the issuer sign access tokens for this API, and not encrypt them."
                .to_owned(),
        ),
        (
            Code::CriticalHeaderUnsupported,
            "The token demands an extension that is not supported. Let the issuer make plain tokens.".to_owned(),
        ),
        (Code::TokenMalformed, malformed_token(token)),
    ]
}

fn malformed_token(token: &[u8]) -> String {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').take(7).collect();
    let foreign = token.iter().any(|byte| matches!(byte, b'=' | b'+' | b'/' | b'~'));
    if parts.len() < 3 && (!token.starts_with(b"ey") || parts.len() == 1 && token.len() < 64) {
        "This is no JWT. Some issuers give out tokens that only they can read; this API needs signed tokens (JWT)."
            .to_owned()
    } else if parts.len() < 3 {
        format!(
            "A token has three parts with two dots between, and this one has {}: it was cut short. Copy it whole.",
            parts.len()
        )
    } else if parts.len() > 3 {
        "A token has three parts. This one has more: two tokens were run together, or text was added.".to_owned()
    } else if foreign {
        "The token holds `=`, `+`, `/` or `~`: it went through another encoding on its way. Send it as the issuer gave it.".to_owned()
    } else if parts.iter().any(|part| part.is_empty() || part.len() % 4 == 1) {
        "A part of the token has a length that no encoding has: it was cut short. Copy it whole.".to_owned()
    } else if parts[..2]
        .iter()
        .any(|part| base64url::decode(part).is_ok_and(|bytes| bytes.starts_with(b"{") && !bytes.ends_with(b"}")))
    {
        "A part of the token ends in the midst of its JSON: it was cut short or changed. Copy it whole.".to_owned()
    } else {
        "The token was not made as RFC 7515 and RFC 7519 say, or was changed on its way. Take a new one from the issuer.".to_owned()
    }
}

pub(in crate::explain) fn signature(jws: Jws<'_>, header: Value<'_>, algorithm: Algorithm) -> Advice {
    let mut advice = Vec::new();
    if let Some(short) = wrong_length(jws.signature, algorithm) {
        advice.push((Code::SignatureInvalid, short.clone()));
        advice.push((Code::TokenMalformed, short));
    }
    if header.get("nonce").is_some() {
        let text = "The header has a `nonce`: Microsoft makes such tokens for its own APIs, and nobody else can verify them. \
                    The client has to ask for a token of this API.";
        advice.push((Code::SignatureInvalid, text.to_owned()));
    }
    let text = "The token was changed after it was signed, or another key signed it under the same key id. \
                Take a new one from the issuer; if that fails too, compare the issuer's key set with the configured one.";
    advice.push((Code::SignatureInvalid, text.to_owned()));
    advice.push((
        Code::TokenMalformed,
        "The signature is not base64url. Copy the token whole, without anything after it.".to_owned(),
    ));
    advice
}

fn wrong_length(signature: &[u8], algorithm: Algorithm) -> Option<String> {
    let found = signature.len() * 3 / 4;
    let expected: &[usize] = match (algorithm.family(), algorithm) {
        (Family::Rsa, _) => &[256, 384, 512, 768, 1024],
        (Family::Ec(_), Algorithm::ES384) => &[96],
        (Family::Ec(_), Algorithm::ES512) => &[132],
        (Family::Ec(_) | Family::Ed25519, _) => &[64],
        (Family::Hmac, Algorithm::HS384) => &[48],
        (Family::Hmac, Algorithm::HS512) => &[64],
        (Family::Hmac, _) => &[32],
    };
    let sizes = expected.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    (!expected.contains(&found)).then(|| {
        format!("The signature has {found} bytes, and {algorithm} makes {sizes}: the token was cut short by copying. Copy it whole.")
    })
}
