//! Why a document could not be fetched, in words for an administrator.

use crate::limits;
use std::borrow::Cow;
use std::fmt;
use std::io;
use ureq::{Error, Timeout};

/// What kind of fault it is; the name is a label of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Name,
    Connect,
    Tls,
    Timeout,
    Redirect,
    Status,
    Content,
    TooLarge,
    Cancelled,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
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
        }
    }
}

/// A fault, with one clause in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) what: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(kind: Kind, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, what: what.into() }
    }

    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::Timeout(Timeout::Resolve) => Self::new(Kind::Timeout, "the name of the host was not found in time"),
            Error::Timeout(Timeout::Connect) => Self::new(Kind::Timeout, "no connection in time"),
            Error::Timeout(_) => Self::new(Kind::Timeout, "no whole answer in time"),
            Error::HostNotFound => Self::new(Kind::Name, "the name of the host leads to no address that may be used"),
            Error::BodyExceedsLimit(_) => Self::new(Kind::TooLarge, "the answer has more than 512 KiB"),
            Error::LargeResponseHeader(..) => Self::new(Kind::TooLarge, "the head of the answer has more than 16 KiB"),
            Error::Rustls(error) => Self::tls(error),
            Error::Tls(what) => Self::new(Kind::Tls, *what),
            Error::Io(error) => Self::io(error),
            Error::ConnectProxyFailed(what) => Self::new(Kind::Connect, format!("the proxy refuses: {}", shown(what))),
            Error::Protocol(_) => Self::new(Kind::Content, "the answer is not HTTP"),
            other => Self::new(Kind::Connect, shown(&other.to_string())),
        }
    }

    fn io(error: &io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::tls(tls);
        }
        match error.kind() {
            io::ErrorKind::Interrupted => Self::new(Kind::Cancelled, "the verifier was closed"),
            io::ErrorKind::ConnectionRefused => Self::new(Kind::Connect, "the host refuses the connection"),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::new(Kind::Timeout, "no connection in time"),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
                Self::new(Kind::Connect, "the server closed the connection before its answer was whole")
            }
            // The system's look-up says it in words only.
            _ if error.to_string().contains("lookup address") => {
                Self::new(Kind::Name, format!("the name of the host was not found: {}", shown(&error.to_string())))
            }
            _ => Self::new(Kind::Connect, shown(&error.to_string())),
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
        Self::new(Kind::Tls, what)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Somebody else's words: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String =
        text.chars().map(|character| if character.is_control() { '?' } else { character }).collect();
    if shown.len() > limits::ERROR_TEXT_BYTES {
        let end = (0..=limits::ERROR_TEXT_BYTES).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or(0);
        shown.truncate(end);
    }
    shown
}
