//! Why a refresh failed: where it ended, what kind of fault it is, and words for an administrator.

use std::borrow::Cow;
use std::fmt;

/// A refresh that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshFailure {
    /// When, in seconds since 1970.
    pub at: i64,
    /// Where it ended.
    pub step: RefreshStep,
    /// What kind of fault it is.
    pub kind: FailureKind,
    /// What is wrong, in one clause without a capital or a full stop.
    pub message: String,
}

/// The steps of a refresh, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefreshStep {
    /// The discovery document of an OpenID provider.
    Discovery,
    /// The key set.
    KeySet,
}

/// What kind of fault ended a refresh.
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

impl RefreshStep {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::KeySet => "key_set",
        }
    }
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

impl fmt::Display for RefreshFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What ended a step: its kind, and one clause in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: FailureKind,
    pub(super) what: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(kind: FailureKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, what: what.into() }
    }

    pub(super) fn at(self, step: RefreshStep, now: i64) -> RefreshFailure {
        RefreshFailure { at: now, step, kind: self.kind, message: self.what.into_owned() }
    }
}
