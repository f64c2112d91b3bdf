//! Advice on what came before the issuer was known: the header and the shape of the token.

use super::{Advice, NONCE};
use crate::code::Code;
use crate::crypto::{Algorithm, Family};
use crate::explain::shown;
use crate::parse::base64url;
use crate::parse::json::Value;
use crate::parse::jws::{Jws, without_application};
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
    let after_scheme = text.strip_prefix("bearer").or_else(|| text.strip_prefix("basic")).unwrap_or(&text);
    let credential = after_scheme.trim_start_matches(' ');
    if credential.is_empty() && text.starts_with("basic") {
        "The credential after the scheme is missing: the client's variables for user name and password are probably empty."
    } else if text.starts_with("basic") {
        "Send `Basic`, one space, and base64 of user name, colon and password in UTF-8, as curl -u does."
    } else if credential.is_empty() {
        "The credential after the scheme is missing: the client's variable for it is probably empty."
    } else if text.contains("bearer bearer") || text.contains("bearer: bearer") {
        "`Bearer ` stands twice: the client puts it before a value that has it already."
    } else if credential.starts_with('{') && credential.contains("access_token") {
        "This is the whole token response. Send its `access_token` alone."
    } else if after_scheme.starts_with(':') {
        "There is a colon after the scheme. Write `Bearer`, one space and the token."
    } else {
        malformed_credential(&text, credential)
    }
}

fn malformed_credential(text: &str, credential: &str) -> &'static str {
    if text.contains(['"', '\'']) {
        "There are quotes around the token. Send it without them."
    } else if text.contains(['\r', '\n']) {
        "There is a line break in the token: it was wrapped when it was copied. Put it on one line."
    } else if text.trim() != text || text.contains(['\t', '\u{a0}']) {
        "There is white space around the token. Send `Bearer`, one space and the token, and nothing after it."
    } else if credential.contains(' ') {
        "There is white space within the token: it was broken when it was copied. Copy it whole."
    } else {
        "Send `Bearer`, one space and the token. A token has letters, digits, `-`, `_` and `.` only."
    }
}

pub(in crate::explain) fn method(api: &Api, found: &str) -> Advice {
    let text = format!("Add \"{found}\" to apis.{}.accept, or let the client use another method.", api.name);
    vec![(Code::MethodNotAccepted, text)]
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

/// Whether the header of a token says that its payload is a token too (RFC 7519 section 5.2).
fn is_nested(header: &[u8]) -> bool {
    let header =
        base64url::decode(header).ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let content = header.as_ref().and_then(|header| header.get("cty")?.as_str());
    content.is_some_and(|content| without_application(content).eq_ignore_ascii_case("jwt"))
}

fn malformed_token(token: &[u8]) -> String {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').take(7).collect();
    if parts.len() == 3 && is_nested(parts[0]) {
        return "The token wraps another token (cty). Let the issuer send the inner one, signed, by itself.".to_owned();
    }
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
        let text = format!("{NONCE} The client has to ask for a token of this API.");
        advice.push((Code::SignatureInvalid, text));
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
    if expected.contains(&found) {
        return None;
    }
    if matches!(algorithm.family(), Family::Ec(_)) && is_der(signature) {
        return Some(format!(
            "The signature is DER, and {algorithm} is written as r and s, one after the other (RFC 7518 section 3.4): \
             the program that signs has to convert it."
        ));
    }
    let sizes = expected.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    // A few bytes more than a size that is made: something was added to a signature of that size.
    let added = expected.iter().any(|size| (1..=16).contains(&found.saturating_sub(*size)));
    let reason = if added || expected.iter().all(|size| found > *size) {
        "it is too long. Something was added to the token, or another algorithm signed it."
    } else {
        "the token was cut short by copying. Copy it whole."
    };
    Some(format!("The signature has {found} bytes, and {algorithm} makes {sizes}: {reason}"))
}

/// Whether a signature is an ASN.1 sequence of just its length, as most libraries make them for elliptic curves.
fn is_der(signature: &[u8]) -> bool {
    base64url::decode(signature).is_ok_and(|bytes| match *bytes.as_slice() {
        [0x30, 0x81, length, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, length, ref rest @ ..] => rest.len() == usize::from(length),
        _ => false,
    })
}
