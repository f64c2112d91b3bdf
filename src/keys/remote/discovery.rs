//! A discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414): whose it is, and where its keys are.

use crate::http::Address;
use crate::http::{FailureKind, Fault};
use crate::limits;
use crate::parse::invisible::is_invisible;
use crate::parse::json::{Document, Most};
use std::borrow::Cow;
use std::sync::Arc;

/// Where the keys are, and of which cloud (`cloud_instance_name`, of Entra ID).
#[derive(Debug)]
pub(super) struct Located {
    pub(super) address: Address,
    pub(super) cloud: Option<Arc<str>>,
}

/// Finds the address of the key set. The document has to be the issuer's own, and the key set on the host of the
/// document or on one of `hosts`.
///
/// # Errors
/// What is wrong, in one clause for an administrator.
pub(super) fn locate(text: &[u8], from: &Address, issuer: &str, hosts: &[String]) -> Result<Located, Fault> {
    let mut document = Document::default();
    document
        .read(text, Most::members(limits::TOKEN_MEMBERS))
        .map_err(|error| malformed(format!("the discovery document is not strict JSON: {}", error.what)))?;
    let member = |name| document.root().and_then(|root| root.get(name)).and_then(|value| value.as_str());
    let found = member("issuer").ok_or_else(|| malformed("the discovery document names no issuer"))?;
    if found != issuer {
        return Err(Fault::new(FailureKind::Issuer, other_issuer(found, issuer)));
    }
    let address = member("jwks_uri").ok_or_else(|| malformed("the discovery document has no jwks_uri"))?;
    let address = Address::parse(address).map_err(|what| refused(format!("the jwks_uri is refused: {what}")))?;
    if from.is_https() && !address.is_https() {
        return Err(refused("the jwks_uri is not on https, though the discovery document is"));
    }
    let host = address.host();
    if !address.has_origin_of(from) && !hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host)) {
        let other = if host == from.host() { "port of the host" } else { "host" };
        return Err(refused(format!(
            "the jwks_uri is on another {other}, {host}; if it belongs there, add that to jwks_hosts"
        )));
    }
    Ok(Located { address, cloud: member("cloud_instance_name").map(Arc::from) })
}

fn malformed(what: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(FailureKind::Content, what)
}

fn refused(what: impl Into<Cow<'static, str>>) -> Fault {
    Fault::new(FailureKind::Host, what)
}

fn other_issuer(found: &str, issuer: &str) -> String {
    let trimmed = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
    let shown: String = found.chars().filter(|character| !is_invisible(*character)).take(200).collect();
    match trimmed(found) == trimmed(issuer) {
        true => format!("the discovery document is of the issuer {shown}: only the slash at the end differs from ours"),
        false => format!("the discovery document is of another issuer, {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, hosts: &[&str]) -> Result<String, String> {
        let from = Address::parse("https://login.example/.well-known/openid-configuration").unwrap();
        let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let found = locate(text.as_bytes(), &from, "https://login.example", &hosts);
        found.map(|located| located.address.to_string()).map_err(|fault| fault.what.into_owned())
    }

    #[test]
    fn the_key_set_is_on_the_issuers_host_or_on_a_listed_one() {
        let at = |address: &str| format!(r#"{{"issuer":"https://login.example","jwks_uri":"{address}"}}"#);
        assert_eq!(find(&at("https://login.example/keys"), &[]).unwrap(), "https://login.example/keys");
        assert!(find(&at("https://login.example:443/keys"), &[]).is_ok());
        assert!(find(&at("https://login.example:8443/keys"), &["login.example"]).is_ok());
        assert!(find(&at("https://keys.example/keys"), &["Keys.example"]).is_ok());
        for refused in [
            "https://keys.example/keys",
            "https://login.example:8443/keys",
            "https://[fd00:ec2::254]/keys",
            "https://login.example.evil.example/keys",
            "http://login.example/keys",
            "http://127.0.0.1/keys",
            "http://169.254.169.254/latest/meta-data",
            "https://169.254.169.254/",
            "file:///etc/passwd",
            "https://login.example@evil.example/",
            "/keys",
            "",
        ] {
            assert!(find(&at(refused), &["127.0.0.1"]).is_err(), "{refused}");
        }
    }

    #[test]
    fn the_document_is_the_issuers_own() {
        let by = |issuer: &str| format!(r#"{{"issuer":{issuer},"jwks_uri":"https://login.example/keys"}}"#);
        assert!(find(&by(r#""https://login.example""#), &[]).is_ok());
        assert!(find(&by(r#""https://login.example/""#), &[]).unwrap_err().contains("only the slash"));
        for other in [r#""https://evil.example""#, r#""""#, "null", "1", r#"["https://login.example"]"#] {
            assert!(find(&by(other), &[]).is_err(), "{other}");
        }
        for broken in ["", "[]", "{", "<html>", r#"{"issuer":"https://login.example"}"#] {
            assert!(find(broken, &[]).is_err(), "{broken}");
        }
        let twice = r#"{"issuer":"https://login.example","issuer":"https://login.example","jwks_uri":"https://login.example/keys"}"#;
        assert!(find(twice, &[]).is_err());
    }
}
