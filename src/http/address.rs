//! The address of a document that is fetched: HTTPS, or HTTP on the machine itself.

use super::nobody::is_nobodys_host;
use crate::limits;
use std::fmt;
use std::net::IpAddr;
use ureq::http::Uri;

/// An address that may be fetched from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address(Uri);

impl Address {
    /// Takes an absolute `https` address, or an `http` one whose host is the loopback interface.
    ///
    /// # Errors
    /// What is wrong, without a capital or a full stop.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("an address has only printable ASCII, without spaces");
        }
        if text.len() > limits::ADDRESS_BYTES {
            return Err("the address has more than 2048 bytes");
        }
        let uri: Uri = text.parse().map_err(|_| "it is not an address, such as https://login.example/keys")?;
        let authority = uri.authority().ok_or("the address has no host")?;
        if authority.as_str().contains('@') {
            return Err("an address with a user name or password is not used");
        }
        let has_more = authority.as_str().len() > authority.host().len();
        if has_more && authority.port_u16().is_none() {
            return Err("the port of the address is not a number up to 65535");
        }
        if text.contains('#') {
            return Err("an address of a document has no fragment (#)");
        }
        let address = Self(uri);
        if is_nobodys_host(&address.host()) {
            return Err("the host is no provider's: it is a number, of the link, or a cloud's metadata service");
        }
        match address.0.scheme_str() {
            Some("https") => Ok(address),
            Some("http") if address.is_loopback() => Ok(address),
            Some("http") => Err("keys come over https only, except from the machine itself"),
            _ => Err("the address has to begin with https://"),
        }
    }

    /// The host, in lower case, without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> String {
        let host = self.0.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
    }

    /// Scheme, host and port: what a redirect may not change.
    pub(crate) fn has_origin_of(&self, other: &Self) -> bool {
        let port = |address: &Self| address.0.port_u16().unwrap_or(if address.is_https() { 443 } else { 80 });
        self.is_https() == other.is_https() && self.host() == other.host() && port(self) == port(other)
    }

    /// The address that a `Location` leads to from here (RFC 9110 section 10.2.2): absolute, or a path.
    pub(crate) fn join(&self, location: &str) -> Result<Self, &'static str> {
        match location.strip_prefix('/') {
            Some(rest) if !rest.starts_with('/') => {
                let scheme = if self.is_https() { "https" } else { "http" };
                let authority = self.0.authority().map_or("", |authority| authority.as_str());
                Self::parse(&format!("{scheme}://{authority}{location}"))
            }
            _ => Self::parse(location),
        }
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    fn is_loopback(&self) -> bool {
        let host = self.host();
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    pub(super) fn uri(&self) -> Uri {
        self.0.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn only_https_or_the_machine_itself() {
        for good in [
            "https://login.example/keys",
            "https://login.example:8443",
            "https://10.0.0.1/keys?a=b",
            "https://[2001:db8::1]/",
            "http://127.0.0.1:80/keys",
            "http://localhost/keys",
            "http://[::1]:8080/keys",
            "HTTPS://Login.Example/",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "login.example/keys",
            "/keys",
            "http://login.example/keys",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://169.254.169.254/latest",
            "https://169.254.169.254/latest",
            "https://[fd00:ec2::254]/latest",
            "https://2852039166/latest",
            "https://metadata.google.internal/keys",
            "file:///etc/passwd",
            "ftp://login.example/keys",
            "https://user:pass@login.example/",
            "https://login.example@evil.example/",
            "https://login.example/#keys",
            "https://login.example/ keys",
            "https://login.example/\nkeys",
            "https:///keys",
            "https://login.example:99999/",
            "https://login.example:/",
            &format!("https://{}.example/", "a".repeat(2048)),
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let parse = |text: &str| Address::parse(text).unwrap();
        let here = parse("https://login.example/a");
        for same in ["https://LOGIN.example/b", "https://login.example:443/"] {
            assert!(here.has_origin_of(&parse(same)), "{same}");
        }
        for other in ["https://login.example:444/", "https://a.login.example/", "http://localhost/"] {
            assert!(!here.has_origin_of(&parse(other)), "{other}");
        }
    }

    #[test]
    fn a_location_is_absolute_or_a_path() {
        let here = Address::parse("https://login.example:8443/a?b").unwrap();
        assert_eq!(here.join("/keys").unwrap().to_string(), "https://login.example:8443/keys");
        assert_eq!(here.join("https://other.example/").unwrap().to_string(), "https://other.example/");
        for bad in ["//other.example/", "keys", "", "http://other.example/", "file:///etc/passwd"] {
            assert!(here.join(bad).is_err(), "{bad}");
        }
    }
}
