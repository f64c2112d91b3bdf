//! Why a document could not be fetched, in words for an administrator.

use super::connector::Closed;
use crate::limits;
use crate::parse::invisible::is_invisible;
use std::borrow::Cow;
use std::io;
use ureq::{Error, Timeout};

/// What kind of fault ended a fetch, or a refresh of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// The name of the host was not found, or leads to no address that may be used.
    Name,
    /// There was no connection, or it was cut off.
    Connect,
    /// The server's certificate, or the handshake.
    Tls,
    /// It took too long.
    Timeout,
    /// A redirect that is not followed.
    Redirect,
    /// An HTTP status other than success.
    Status,
    /// The answer is not JSON of the right shape.
    Content,
    /// The answer is too large.
    TooLarge,
    /// The verifier was closed.
    Cancelled,
    /// The discovery document is of another issuer.
    Issuer,
    /// The discovery document names a key set that may not be fetched.
    Host,
    /// The key set has no usable key.
    Keys,
    /// A panic, which is a defect of the library or of the host's log.
    Internal,
}

impl FailureKind {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Redirect => "redirect",
            Self::Status => "status",
            Self::Content => "content",
            Self::TooLarge => "too_large",
            Self::Cancelled => "cancelled",
            Self::Issuer => "issuer",
            Self::Host => "host",
            Self::Keys => "keys",
            Self::Internal => "internal",
        }
    }
}

/// What ended a fetch, or a step of a refresh: its kind, and one clause in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FailureKind,
    pub(crate) what: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(kind: FailureKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, what: what.into() }
    }

    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Timeout(Timeout::Resolve) => {
                Self::new(FailureKind::Timeout, "the name of the host was not found in time")
            }
            Error::Timeout(Timeout::Connect) => Self::new(FailureKind::Timeout, "no connection in time"),
            Error::Timeout(_) => Self::new(FailureKind::Timeout, "no whole answer in time"),
            Error::HostNotFound => {
                Self::new(FailureKind::Name, "the name of the host leads to no address that may be used")
            }
            Error::BodyExceedsLimit(_) => Self::new(FailureKind::TooLarge, "the answer is larger than it may be"),
            Error::LargeResponseHeader(..) => {
                Self::new(FailureKind::TooLarge, "the head of the answer has more than 16 KiB")
            }
            Error::Rustls(error) => Self::tls(error),
            Error::Tls(what) => Self::new(FailureKind::Tls, *what),
            Error::Io(error) => Self::io(error),
            Error::ConnectProxyFailed(what) => {
                Self::new(FailureKind::Connect, format!("the proxy refuses: {}", shown(what)))
            }
            Error::Protocol(_) => Self::new(FailureKind::Content, "the answer is not HTTP"),
            other => Self::new(FailureKind::Connect, shown(&other.to_string())),
        }
    }

    /// Of any connection, not only one that speaks HTTP.
    pub(crate) fn io(error: &io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::tls(tls);
        }
        if error.get_ref().is_some_and(|inner| inner.is::<Closed>()) {
            return Self::new(FailureKind::Cancelled, Closed.to_string());
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::new(FailureKind::Connect, "the host refuses the connection"),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                Self::new(FailureKind::Timeout, "no connection in time")
            }
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => {
                Self::new(FailureKind::Connect, "the server closed the connection before its answer was whole")
            }
            // The system's look-up says it in words only.
            _ if error.to_string().contains("lookup address") => Self::new(
                FailureKind::Name,
                format!("the name of the host was not found: {}", shown(&error.to_string())),
            ),
            _ => Self::new(FailureKind::Connect, shown(&error.to_string())),
        }
    }

    fn tls(error: &rustls::Error) -> Self {
        use rustls::CertificateError;
        let what = match error {
            rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => "the server's certificate is for another name".to_owned(),
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                "the server's certificate is by an authority that is not trusted; see ca_file".to_owned()
            }
            rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                "the server's certificate has expired".to_owned()
            }
            other => format!("TLS fails: {}", shown(&other.to_string())),
        };
        Self::new(FailureKind::Tls, what)
    }
}

/// Somebody else's words: short, and without characters that nobody sees.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|character| if is_invisible(character) { '?' } else { character }).collect();
    if shown.len() > limits::ERROR_TEXT_BYTES {
        let end = (0..=limits::ERROR_TEXT_BYTES).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or(0);
        shown.truncate(end);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_does_not_close_the_verifier() {
        let kind = |error: io::Error| Fault::of(&Error::Io(error)).kind;
        assert_eq!(kind(io::Error::other(Closed)), FailureKind::Cancelled);
        assert_eq!(kind(io::ErrorKind::Interrupted.into()), FailureKind::Connect);
    }
}
