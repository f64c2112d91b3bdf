//! The addresses of Entra ID that a client or an administrator opens: sign-in, tokens, and consent.
//!
//! It makes texts. It fetches nothing, and can't know whether a tenant or a client is there.

use super::{PERSONAL_ACCOUNTS, is_tenant_id};
use crate::limits;
use std::fmt::{self, Write};

/// The generation of an endpoint: how a client names what it wants. It does not decide the version of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/oauth2/authorize`, with `resource`.
    V1,
    /// `/oauth2/v2.0/authorize`, with `scope`.
    V2,
}

/// A tenant in its cloud, and the addresses of its endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant<'a> {
    authority: &'a str,
    tenant: &'a str,
}

impl<'a> Tenant<'a> {
    /// A tenant of the cloud whose sign-in is at `authority`: scheme and host, such as
    /// `https://login.microsoftonline.com`. The tenant is an id (GUID) or one of its verified domains; whether it is
    /// there is not looked at.
    ///
    /// ```
    /// use doorward::entra::Tenant;
    /// assert!(Tenant::new("https://login.microsoftonline.com", "contoso.example").is_ok());
    /// assert!(Tenant::new("https://login.microsoftonline.com", "common").unwrap_err().contains("every tenant"));
    /// ```
    ///
    /// # Errors
    /// What is wrong, in one clause.
    pub fn new(authority: &'a str, tenant: &'a str) -> Result<Self, &'static str> {
        if !is_authority(authority) {
            return Err(
                "an authority is https:// and a host, such as https://login.microsoftonline.com, without a path",
            );
        }
        check_tenant(tenant)?;
        Ok(Self { authority, tenant })
    }

    /// Where a user signs in.
    pub fn authorization_url(self, endpoint: Endpoint) -> String {
        self.address(match endpoint {
            Endpoint::V1 => "oauth2/authorize",
            Endpoint::V2 => "oauth2/v2.0/authorize",
        })
    }

    /// Where a client gets tokens.
    pub fn token_url(self, endpoint: Endpoint) -> String {
        self.address(match endpoint {
            Endpoint::V1 => "oauth2/token",
            Endpoint::V2 => "oauth2/v2.0/token",
        })
    }

    /// Where an administrator of the tenant lets a client call a resource, for everybody in the tenant.
    ///
    /// `redirect_uri` is where the browser goes afterwards. It must be one that the client has registered. Entra ID
    /// takes the registered one where it is left out, but the v2 form needs it. Every value is percent-encoded.
    ///
    /// ```
    /// use doorward::entra::{Endpoint, Tenant};
    /// let tenant = Tenant::new("https://login.microsoftonline.com", "contoso.example")?;
    /// assert_eq!(
    ///     tenant.consent_url(Endpoint::V1, "c1", Some("https://k2.example/"), "https://api.k2.com"),
    ///     "https://login.microsoftonline.com/contoso.example/oauth2/authorize?client_id=c1&response_type=code\
    ///      &redirect_uri=https%3A%2F%2Fk2.example%2F&resource=https%3A%2F%2Fapi.k2.com&prompt=admin_consent",
    /// );
    /// # Ok::<(), &str>(())
    /// ```
    pub fn consent_url(
        self,
        endpoint: Endpoint,
        client_id: &str,
        redirect_uri: Option<&str>,
        resource: &str,
    ) -> String {
        let redirect = ("redirect_uri", redirect_uri);
        let client = ("client_id", Some(client_id));
        match endpoint {
            Endpoint::V1 => {
                let resource = ("resource", Some(resource));
                let fixed = [("response_type", Some("code")), ("prompt", Some("admin_consent"))];
                with_query(self.authorization_url(endpoint), &[client, fixed[0], redirect, resource, fixed[1]])
            }
            Endpoint::V2 => {
                let scope = default_scope(resource);
                with_query(self.address("v2.0/adminconsent"), &[client, ("scope", Some(&scope)), redirect])
            }
        }
    }

    fn address(self, path: &str) -> String {
        format!("{}/{}/{path}", self.authority, self.tenant)
    }
}

/// The scope of the v2 endpoint for everything that a client was given on a resource. A slash at the end of the
/// resource stays, so that there are two: without it the token would be for another audience.
///
/// ```
/// assert_eq!(doorward::entra::default_scope("https://api.k2.com/"), "https://api.k2.com//.default");
/// ```
pub fn default_scope(resource: &str) -> String {
    format!("{resource}/.default")
}

/// Whether a text is an id of Entra ID: a GUID in its usual form, of a tenant or of an application.
pub fn is_guid(text: &str) -> bool {
    is_tenant_id(&text.to_ascii_lowercase())
}

/// Whether a text names one tenant, by its id or a verified domain; else what is wrong.
pub(crate) fn check_tenant(tenant: &str) -> Result<(), &'static str> {
    match tenant.to_ascii_lowercase().as_str() {
        "common" => {
            Err("\"common\" stands for every tenant and for personal accounts; name the one tenant that is meant")
        }
        "organizations" => Err("\"organizations\" stands for every tenant; name the one tenant that is meant"),
        "consumers" | PERSONAL_ACCOUNTS => Err("that is the tenant of personal accounts, which has no administrator"),
        _ if is_guid(tenant) || is_domain(tenant) => Ok(()),
        _ => Err("a tenant is its id, such as 11111111-2222-3333-4444-555555555555, or one of its verified domains, \
                  such as contoso.onmicrosoft.com"),
    }
}

/// HTTPS and a host, with a port where it has one; plain HTTP on the machine itself.
fn is_authority(text: &str) -> bool {
    let plain = || text.strip_prefix("http://").filter(|rest| rest.split(':').next().is_some_and(is_loopback));
    let Some(rest) = text.strip_prefix("https://").or_else(plain) else { return false };
    let (host, port) = rest.split_once(':').unwrap_or((rest, "443"));
    is_host(host) && port.parse::<u16>().is_ok_and(|number| number > 0 && !port.starts_with('+'))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "127.0.0.1"
}

/// A domain as DNS has it: two labels at least, the last one not a number, as that of an IP address is.
fn is_domain(text: &str) -> bool {
    let last = text.rsplit_once('.').map_or("", |(_, last)| last);
    is_host(text) && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=limits::DOMAIN_LABEL_BYTES).contains(&label.len())
            && label.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= limits::DOMAIN_BYTES && text.split('.').all(is_label)
}

/// Adds the parameters that have a value, in their order.
fn with_query(mut address: String, parameters: &[(&str, Option<&str>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    for (index, (name, value)) in given.enumerate() {
        let before = if index == 0 { '?' } else { '&' };
        // Writing into a String does not fail.
        let _ = write!(address, "{before}{name}={}", Encoded(value));
    }
    address
}

/// A text with everything but the unreserved characters percent-encoded (RFC 3986 section 2.3).
pub(crate) struct Encoded<'a>(pub(crate) &'a str);

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => f.write_char(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => f.write_char(char::from(byte)),
            _ => write!(f, "%{byte:02X}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = "https://login.microsoftonline.com";

    #[test]
    fn a_tenant_is_an_id_or_a_domain() {
        let longest = format!("{}.example", "a".repeat(63));
        for good in
            ["11111111-2222-3333-4444-555555555555", "contoso.onmicrosoft.com", "Contoso.Example", "xn--a.de", &longest]
        {
            assert!(Tenant::new(AUTHORITY, good).is_ok(), "{good}");
        }
        let long_label = format!("{}.example", "a".repeat(64));
        let long = "a.".repeat(126) + "example";
        for bad in [
            "",
            "contoso",
            "a b.example",
            "a/b.example",
            "a.example/",
            "..",
            "a..b",
            "-a.example",
            "a-.example",
            "a.example.",
            "10.0.0.1",
            "a.example?x",
            "a%2eexample.de",
            "ä.example",
            "a.example#",
            "a@b.example",
            "a.example\n",
            "11111111-2222-3333-4444-55555555555",
            "{11111111-2222-3333-4444-555555555555}",
            &long_label,
            &long,
        ] {
            assert!(Tenant::new(AUTHORITY, bad).is_err_and(|what| what.starts_with("a tenant is its id")), "{bad}");
        }
        for (everybody, why) in [
            ("Common", "every tenant"),
            ("organizations", "every tenant"),
            ("consumers", "personal"),
            ("9188040D-6c67-4c5b-b112-36a304b66dad", "personal"),
        ] {
            assert!(Tenant::new(AUTHORITY, everybody).is_err_and(|what| what.contains(why)), "{everybody}");
        }
    }

    #[test]
    fn an_authority_is_a_scheme_and_a_host() {
        for good in
            ["https://login.microsoftonline.us", "https://a.example:8443", "http://127.0.0.1:80", "http://localhost"]
        {
            assert!(Tenant::new(good, "a.example").is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example:",
            "https://a.example:0",
            "https://a.example:+1",
            "https://a.example:99999",
            "https://u@a.example",
            "https://a.example?b",
            "http://a.example",
            "http://localhost.a.example",
            "http://127.0.0.1@a.example",
        ] {
            assert!(Tenant::new(bad, "a.example").is_err_and(|what| what.starts_with("an authority")), "{bad}");
        }
    }

    #[test]
    fn a_guid_has_its_usual_form_only() {
        assert!(is_guid("00000003-0000-0000-C000-000000000000"));
        for bad in
            ["", "-", "----", "0000000300000000C000000000000000", "g0000003-0000-0000-C000-000000000000", "0-0-0-0-0"]
        {
            assert!(!is_guid(bad), "{bad}");
        }
    }

    #[test]
    fn every_value_is_encoded() {
        assert_eq!(Encoded("aZ09-._~").to_string(), "aZ09-._~");
        assert_eq!(Encoded("a b&c=d+e%/ä#\n").to_string(), "a%20b%26c%3Dd%2Be%25%2F%C3%A4%23%0A");
    }
}
