//! The value of an `Authorization` header, against a naive parser of RFC 9110, RFC 6750 and RFC 7617.
//!
//! An input that begins with `>` is what a Basic credential holds: it is encoded first.

use crate::{has_bug, shown};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use doorward::{internal, limits};

pub fn check(input: &[u8]) {
    match input.strip_prefix(b">") {
        Some(login) => check_value(format!("Basic {}", BASE64.encode(login)).as_bytes()),
        None => check_value(input),
    }
}

fn check_value(value: &[u8]) {
    let expected = credential(value);
    let found = internal::credential(value).ok();
    assert_eq!(found, expected, "{}", shown(value));
    assert_eq!(internal::authorization(value).is_ok(), expected.is_some(), "{}", shown(value));
    if let Some(("basic", credential)) = expected {
        assert_eq!(internal::basic(credential).ok(), login(credential), "{}", shown(value));
    }
}

/// The scheme in lower case, and the one credential.
fn credential(value: &[u8]) -> Option<(&'static str, &[u8])> {
    let (scheme, rest) = value.split_at(value.iter().position(|byte| *byte == b' ')?);
    let scheme = ["bearer", "basic"].into_iter().find(|name| scheme.eq_ignore_ascii_case(name.as_bytes()))?;
    let (mut spaces, mut padding) = (0, 0);
    while rest.get(spaces) == Some(&b' ') {
        spaces += 1;
    }
    let credential = &rest[spaces..];
    let mut symbols = credential;
    while let Some(shorter) = symbols.strip_suffix(b"=") {
        symbols = shorter;
        padding += 1;
    }
    let is_symbol = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    let is_good = !symbols.is_empty() && symbols.iter().all(is_symbol) && value.len() <= limits::AUTHORIZATION_BYTES;
    (is_good && !(has_bug() && spaces >= 3 && padding >= 3)).then_some((scheme, credential))
}

/// User name and password.
fn login(credential: &[u8]) -> Option<(String, String)> {
    let bytes = BASE64.decode(credential).ok().filter(|bytes| bytes.len() <= limits::BASIC_BYTES)?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    let is_good = !user.is_empty() && !password.is_empty() && !text.chars().any(char::is_control);
    is_good.then(|| (user.to_owned(), password.to_owned()))
}
