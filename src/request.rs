//! What the host hands over for one decision.

use std::fmt;

/// A request, borrowed for the call only. `Debug` leaves the credential out, and the path: its query may hold another.
///
/// ```
/// use doorward::Request;
/// let request = Request::new("workflow-rest").authorization(b"Bearer eyJ...");
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    api: ApiBy<'a>,
    authorization: &'a [u8],
    authorizations: usize,
    peer: Option<&'a [u8]>,
}

/// What says which API a request is for.
#[derive(Clone, Copy)]
pub(crate) enum ApiBy<'a> {
    Name(&'a str),
    /// The request target.
    Path(&'a [u8]),
}

/// How the request proved its identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    #[default]
    /// An OAuth bearer token (RFC 6750).
    Bearer,
    /// User name and password (RFC 7617).
    Basic,
}

impl Method {
    /// The name, as in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
        }
    }
}

impl<'a> Request<'a> {
    /// A request for an API of the configuration, without credentials so far.
    pub const fn new(api: &'a str) -> Self {
        Self::by(ApiBy::Name(api))
    }

    /// A request for the API that its path belongs to, by the `paths` of the configuration; without credentials so far.
    ///
    /// The path is the target of the request line as the client sent it, from its first slash on: not decoded, and nothing
    /// resolved, for that would hide what another host reads in it. A query (`?...`) may follow; it is not looked at. A path
    /// that can be read in more than one way, a whole URL, a fragment, or more than
    /// [`PATH_BYTES`](crate::limits::PATH_BYTES) are denied with [`Code::PathAmbiguous`](crate::Code::PathAmbiguous), and
    /// one that belongs to no API with [`Code::PathUnknown`](crate::Code::PathUnknown).
    ///
    /// ```
    /// use doorward::{Code, Config, Request, Verifier};
    /// let config = Config::from_json(r#"{"apis": {"reports": {"paths": ["/api/reports/v1"]}}}"#);
    /// let verifier = Verifier::open(&config)?;
    /// let code = |path: &str| verifier.verify(&Request::for_path(path.as_bytes())).code();
    /// assert_eq!(code("/api/reports/v1/2026?page=2"), Code::ApiDisabled);
    /// assert_eq!(code("/api/reports/v10"), Code::PathUnknown);
    /// assert_eq!(code("/api/x/../reports/v1"), Code::PathAmbiguous);
    /// # Ok::<(), doorward::ConfigError>(())
    /// ```
    pub const fn for_path(path: &'a [u8]) -> Self {
        Self::by(ApiBy::Path(path))
    }

    const fn by(api: ApiBy<'a>) -> Self {
        Self { api, authorization: b"", authorizations: 0, peer: None }
    }

    /// Adds the value of an `Authorization` header. Call it once for each such header that the
    /// request has: more than one is refused.
    #[must_use]
    pub const fn authorization(mut self, value: &'a [u8]) -> Self {
        if self.authorizations == 0 {
            self.authorization = value;
        }
        self.authorizations += 1;
        self
    }

    /// Tells from where the request comes: the client's address as the host knows it, such as `203.0.113.7`, without a port.
    /// Behind a proxy that is what the proxy says, if it is trusted. It is compared as it is, and never shown.
    ///
    /// It helps against who guesses a user's password: the user's own addresses are not made to pay for it. Without it
    /// everything counts as one. Empty is as good as none.
    #[must_use]
    pub const fn peer(mut self, address: &'a [u8]) -> Self {
        self.peer = if address.is_empty() { None } else { Some(address) };
        self
    }

    pub(crate) const fn peer_value(&self) -> Option<&'a [u8]> {
        self.peer
    }

    pub(crate) const fn api_by(&self) -> ApiBy<'a> {
        self.api
    }

    pub(crate) const fn authorization_value(&self) -> &'a [u8] {
        self.authorization
    }

    pub(crate) const fn authorizations(&self) -> usize {
        self.authorizations
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Request");
        match self.api {
            ApiBy::Name(api) => shown.field("api", &api),
            ApiBy::Path(path) => shown.field("path_bytes", &path.len()),
        };
        shown.field("authorizations", &self.authorizations).field("bytes", &self.authorization.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn debug_shows_no_credential() {
        let request = Request::new("api").authorization(b"Bearer abc");
        assert_eq!(format!("{request:?}"), r#"Request { api: "api", authorizations: 1, bytes: 10 }"#);
        let request = Request::for_path(b"/a?access_token=abc");
        assert_eq!(format!("{request:?}"), r#"Request { path_bytes: 19, authorizations: 0, bytes: 0 }"#);
    }
}
