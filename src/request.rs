//! What the host hands over for one decision.

use std::fmt;

/// A request, borrowed for the call only. `Debug` leaves the credential out.
///
/// ```
/// use doorward::Request;
/// let request = Request::new("workflow-rest").authorization(b"Bearer eyJ...");
/// ```
#[derive(Clone, Copy)]
pub struct Request<'a> {
    api: &'a str,
    authorization: &'a [u8],
    authorizations: usize,
}

impl<'a> Request<'a> {
    /// A request for an API of the configuration, without credentials so far.
    pub const fn new(api: &'a str) -> Self {
        Self { api, authorization: b"", authorizations: 0 }
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

    pub(crate) const fn api(&self) -> &'a str {
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
        f.debug_struct("Request")
            .field("api", &self.api)
            .field("authorizations", &self.authorizations)
            .field("bytes", &self.authorization.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn debug_shows_no_credential() {
        let request = Request::new("api").authorization(b"Bearer abc");
        assert_eq!(format!("{request:?}"), r#"Request { api: "api", authorizations: 1, bytes: 10 }"#);
    }
}
