//! Why a refresh failed: where it ended, what kind of fault it is, and words for an administrator.

pub use crate::http::FailureKind;

use crate::http::Fault;
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

impl RefreshStep {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::KeySet => "key_set",
        }
    }
}

impl fmt::Display for RefreshFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl RefreshFailure {
    pub(super) fn new(fault: Fault, step: RefreshStep, now: i64) -> Self {
        Self { at: now, step, kind: fault.kind, message: fault.what.into_owned() }
    }
}
